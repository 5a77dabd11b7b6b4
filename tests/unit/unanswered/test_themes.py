"""Unanswered questions as themes: who counts, what is shown, and what editors do about it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.records.query_answering import QueryAnswering
from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.question import Question
from dialogs.core.refusal import EventRefused
from dialogs.core.viewer import Viewer, viewer_of
from dialogs.editing import flow as editing
from dialogs.editing.model import ArticleHead, ArticleRevision, RevisionState
from dialogs.handoff import suggesting
from dialogs.handoff.addition import Addition
from dialogs.handoff.suggestion import Suggestion
from dialogs.unanswered import answering, flow
from dialogs.unanswered.model import ThemeAct, ThemeDecision
from dialogs.unanswered.themes import (
    ThemePage,
    ThemesPage,
    drafted_article,
    service_desk_file,
    theme_view,
    themes_view,
)
from knowledge.article.action import Action, ActionBook, ActionKind
from knowledge.article.article import ArticleBook, Language
from knowledge.matching.matcher import Candidate, Match
from knowledge.matching.policy import OutcomeKind
from tests.unit.at_once import run
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import ARTICLE, organisation, person

HELP = Action(
    id="lunch",
    kind=ActionKind.ACT,
    verb=None,
    titles={Language.NB: "Lunsj", Language.NN: "Lunsj", Language.EN: "Lunch"},
    replies={Language.NB: "Klokka elleve.", Language.NN: "Klokka elleve.", Language.EN: "At eleven."},
    phrasings={},
)


class Town(Stage):
    """Seven registered people of Lillevik, an editor there and one next door; utterances mean what a test says."""

    meant: Match | None = None

    def _understand(self, utterance: str, previous: Sequence[str]) -> Match:
        return self.meant or super()._understand(utterance, previous)

    def asks(self, id_: str, who: str, words: str, *, days_ago: int = 1, **more: object) -> Question:
        values: dict[str, object] = {
            "outcome": OutcomeKind.HAND_OVER,
            "language": Language.NB,
            "municipality_id": "lillevik",
            "asked_at": TUESDAY - timedelta(days=days_ago),
        }
        question = Question(id=id_, person_id=who, utterance=words, **{**values, **more})  # type: ignore[arg-type]
        self.put(question)
        return question

    def many(self, words: str, *, people: int = 5, start: str = "q", **more: object) -> None:
        for number in range(people):
            self.asks(f"{start}{number}", f"p{number}", f"{words} {number} takk", **more)

    def sees(self, who: str) -> ThemesPage:
        return self._look(self._viewed(who, None))  # type: ignore[return-value]

    def opens(self, who: str, theme: str) -> ThemePage:
        return self._look(self._viewed(who, theme))  # type: ignore[return-value]

    def goes_on_with(self, who: str) -> str:
        def view() -> Asking[str]:
            return (yield from drafted_article((yield from viewer_of(who, self.content, self.now))))

        return self._look(view())  # type: ignore[return-value]

    def _look(self, view: Asking[object]) -> object:
        about = self._surroundings
        return run(QueryAnswering(store=self.store, understanding=about, rng=about).result_of(view))

    def _viewed(self, who: str, theme: str | None) -> Asking[object]:
        viewer: Viewer = yield from viewer_of(who, self.content, self.now)
        return (yield from themes_view(viewer) if theme is None else theme_view(viewer, theme))

    def takes_file(self, who: str) -> list[str]:
        def view() -> Asking[str]:
            return (yield from service_desk_file((yield from viewer_of(who, self.content, self.now))))

        return str(self._look(view())).splitlines()


@pytest.fixture
def town() -> Town:
    scene = Town(
        organisation(),
        verbs={**flow.VERBS, **editing.VERBS, **suggesting.VERBS},
        timers={**answering.TIMERS, **editing.TIMERS, **suggesting.TIMERS},
        articles=ArticleBook.from_articles([ARTICLE]),
    )
    scene.content = replace(scene.content, actions=ActionBook.from_actions([HELP]))
    scene.put(*(person(f"p{number}", "nord", registered=True) for number in range(7)))
    scene.put(person("ed", "nord", Role.EDITOR, registered=True))
    scene.put(person("eva", "bryggen", Role.EDITOR, municipality_id="storvik", registered=True))
    scene.put(person("guest-1", "nord"), person("entra-1", "nord"))
    return scene


def test_a_theme_is_shown_from_five_registered_people_on(town: Town) -> None:
    town.many("kantina åpner når", people=4)
    town.asks("q8", "guest-1", "kantina åpner når")
    town.asks("q9", "entra-1", "kantina åpner når")
    town.asks("q7", "p0", "kantina åpner når igjen")  # asked before
    page = town.sees("ed")
    assert page.rows.items == ()
    assert page.hidden == "7 spørsmål til vises ikke: Færre enn 5 registrerte personer har spurt om det samme."
    town.asks("q6", "p6", "kantina stenger når", outcome=OutcomeKind.ANSWER, article_id="mfa", helped=False)
    [row] = town.sees("ed").rows.items
    assert (row.people, row.questions) == ("5 personer", "8 spørsmål")
    assert row.reasons == ("Ukjent for Heia: 7", "Svaret hjalp ikke: 1")
    assert town.sees("ed").hidden == ""


def test_editors_see_their_own_municipality_and_other_people_nothing(town: Town) -> None:
    town.many("kantina åpner når")
    assert town.sees("eva").rows.items == ()
    with pytest.raises(EventRefused):
        town.sees("p1")
    with pytest.raises(EventRefused):
        town.opens("eva", "q0")


def test_what_the_provider_did_shows_no_words_of_another_municipality(town: Town) -> None:
    places = town.content.organisation.municipalities
    provider = replace(places["storvik"], provider=True)
    provided = replace(town.content.organisation, municipalities={**places, "storvik": provider})
    town.content = replace(town.content, organisation=provided)
    town.many("kantina åpner når", municipality_id="storvik")
    town.press("eva", "unanswered.service_desk", theme="q0")
    assert [each.words for each in town.sees("eva").service_desk] == ["kantina åpner når 0 takk"]
    assert (town.sees("ed").handled.items, town.sees("ed").service_desk) == ((), ())


@pytest.mark.parametrize(
    ("outcome", "more"),
    [
        (OutcomeKind.CLARIFY, {}),
        (OutcomeKind.HAND_OVER, {}),
        (OutcomeKind.ANSWER, {"helped": False}),
        (OutcomeKind.ANSWER, {"handed_over": True}),
    ],
)
def test_unknown_asked_back_handed_over_and_not_helped_are_unanswered(
    town: Town, outcome: OutcomeKind, more: dict[str, bool]
) -> None:
    town.many("kantina åpner når", outcome=outcome, **more)
    town.many("kantina åpner når", start="a", people=3, outcome=OutcomeKind.ANSWER, article_id="mfa")
    town.many("kantina åpner når", start="b", people=3, days_ago=31)
    [row] = town.sees("ed").rows.items
    assert row.questions == "5 spørsmål"


def test_the_service_desks_list_is_a_file_for_a_spreadsheet_without_formulas(town: Town) -> None:
    town.many("=skriveren er tom", people=6, start="s")
    town.press("ed", "unanswered.service_desk", theme="s0")
    lines = town.takes_file("ed")
    assert lines[0] == "\ufeffLillevik kommune"
    assert lines[4] == "Tema;Satt på listen;Besvart siden;Ubesvart siden"
    [row] = lines[5:]
    assert row.startswith("'=skriveren er tom")
    assert row.count(";") == 3
    assert town.takes_file("eva")[5:] == []
    with pytest.raises(EventRefused):
        town.takes_file("p0")


def test_a_single_question_is_shown_when_its_asker_agreed_and_only_that_one(town: Town) -> None:
    town.asks("q1", "p1", "kantina er hemmelig")
    town.asks("q2", "p2", "kantina åpner når", for_editors=True)
    [row] = town.sees("ed").rows.items
    assert (row.id, row.words) == ("q2", "kantina åpner når")
    assert row.weeks == ()
    assert [each.words for each in town.opens("ed", "q2").examples] == ["kantina åpner når"]
    with pytest.raises(EventRefused):
        town.opens("ed", "q1")


def test_the_trend_compares_the_latest_week_with_those_before(town: Town) -> None:
    town.many("kantina åpner når", people=6, days_ago=2)
    town.many("kantina stenger når", people=4, start="b", days_ago=10)
    [row] = town.sees("ed").rows.items
    assert row.weeks == (0, 0, 4, 6)
    assert row.trend == "øker"
    assert (row.first, row.last) == ("14. november 2026", "22. november 2026")


def test_a_dismissed_theme_stays_away_with_its_reason_and_another_act_shows_its_effect(town: Town) -> None:
    town.many("kantina åpner når")
    assert town.press("ed", "unanswered.dismiss", theme="q0").notices == ["Skriv en grunn."]
    town.press("ed", "unanswered.dismiss", theme="q0", reason="Ikke vårt bord")
    [handled] = town.sees("ed").handled.items
    assert (handled.act, handled.reason, handled.words) == ("Avvist", "Ikke vårt bord", "kantina åpner når 0 takk")
    town.many("kantina åpner når", start="r", days_ago=-1)
    assert town.sees("ed").rows.items == ()
    town.many("skriveren er tom for", start="s")
    town.press("ed", "unanswered.service_desk", theme="s1")
    assert [each.words for each in town.sees("ed").service_desk] == ["skriveren er tom for 0 takk"]
    town.now += timedelta(days=3)
    town.many("skriveren er tom", start="t", days_ago=-2, outcome=OutcomeKind.ANSWER, article_id="mfa")
    town.asks("u1", "p1", "skriveren hjelper ikke", days_ago=-2)
    [printer] = town.sees("ed").service_desk
    assert (printer.answered, printer.unanswered) == ("5", "færre enn fem personer")


def test_chosen_questions_become_phrasings_of_an_action(town: Town) -> None:
    town.many("kantina åpner når")
    press = {"theme": "q0", "entry_id": "lunch"}
    assert town.press("ed", "unanswered.action", **press).notices == ["Velg minst ett spørsmål."]
    assert town.all(Addition) == []
    done = town.press("ed", "unanswered.action", **press, pick_q1="yes", pick_q3="yes", pick_other="yes")
    assert done.notices == ["2 formuleringer fører nå til «Lunsj»."]
    assert [(each.article_id, each.question, each.live) for each in town.all(Addition)] == [
        ("lunch", "kantina åpner når 1 takk", True),
        ("lunch", "kantina åpner når 3 takk", True),
    ]
    assert town.press("eva", "unanswered.action", **press, pick_q1="yes").notices
    assert len(town.all(Addition)) == 2


def test_chosen_questions_become_phrasings_of_an_articles_draft_each_in_its_language(town: Town) -> None:
    town.many("kantina åpner når")
    town.asks("q9", "p6", "kantina opens when", language=Language.EN)
    town.press("ed", "unanswered.phrasings", theme="q0", entry_id="mfa", pick_q1="yes", pick_q9="yes", copy="yes")
    [draft] = town.all(ArticleRevision)
    assert (draft.key, draft.state) == ("mfa@lillevik", RevisionState.DRAFT)
    assert "kantina åpner når 1 takk" in draft.text_in(Language.NB).phrasings
    assert draft.text_in(Language.EN).phrasings == ("kantina opens when",)
    assert town.sees("ed").handled.items == ()
    publishes(town, "mfa", answer_nb="Trykk der.", title_nb=ARTICLE.title, title_en="", answer_en="")
    [handled] = town.sees("ed").handled.items
    assert (handled.act, handled.entry) == ("Nye formuleringer i en artikkel", ARTICLE.title)


def test_a_few_questions_have_no_trend(town: Town) -> None:
    town.many("kantina åpner når", people=6, days_ago=2)
    assert town.sees("ed").rows.items[0].trend == ""


def with_provider(town: Town) -> None:
    """Let Storvik be the provider, with ``eva`` as its editor."""
    places = town.content.organisation.municipalities
    provided = {**places, "storvik": replace(places["storvik"], provider=True)}
    town.content = replace(town.content, organisation=replace(town.content.organisation, municipalities=provided))


def test_a_copy_of_a_shared_article_is_made_only_when_the_editor_says_so(town: Town) -> None:
    with_provider(town)
    town.many("kantina åpner når")
    page = town.opens("ed", "q0")
    assert (page.copies, page.provider, page.place) == (True, "Storvik kommune", "Lillevik kommune")
    refused = town.press("ed", "unanswered.phrasings", theme="q0", entry_id="mfa", pick_q1="yes").notice
    assert "Kryss av for at dere vil ha en egen utgave" in refused
    assert (town.all(ArticleRevision), town.all(ThemeDecision)) == ([], [])
    town.press("ed", "unanswered.phrasings", theme="q0", entry_id="mfa", pick_q1="yes", copy="yes")
    assert [each.key for each in town.all(ArticleRevision)] == ["mfa@lillevik"]
    town.press("ed", "unanswered.phrasings", theme="q0", entry_id="mfa", pick_q2="yes")
    assert len(town.all(ArticleRevision)) == 2, "the municipality has its own draft now"


def test_phrasings_are_suggested_to_the_editors_of_the_provider_and_count_for_all_once_approved(town: Town) -> None:
    with_provider(town)
    town.many("kantina åpner når")
    outcome = town.press("ed", "unanswered.propose", theme="q0", entry_id="mfa", pick_q1="yes", pick_q2="yes")
    assert outcome.notice == "2 formuleringer er sendt til redaktørene i Storvik kommune som forslag."
    assert town.all(ArticleRevision) == []
    [first, _] = town.all(Suggestion)
    shown = town.shown("eva", f"suggestion/{first.id}")
    assert "Foreslått av redaktørene i Lillevik kommune." in shown
    assert "Redaktør" not in shown, "people of another municipality are not named"
    town.press("ed", "editor.approve", suggestion_id=first.id)
    assert town.all(Addition) == []
    town.press("eva", "editor.approve", suggestion_id=first.id)
    addition = town.get(Addition, first.id)
    assert (addition.municipality_id, addition.article_id, addition.live) == ("storvik", "mfa", True)
    [handled] = town.sees("ed").handled.items
    assert (handled.act, handled.entry, handled.article) == ("Foreslått som nye formuleringer", ARTICLE.title, "")


def test_only_editors_of_other_municipalities_suggest_to_the_provider(town: Town) -> None:
    town.many("kantina åpner når")
    alone = town.press("ed", "unanswered.propose", theme="q0", entry_id="mfa", pick_q1="yes")
    assert "Velg en artikkel" in alone.notice
    with_provider(town)
    town.press("p1", "unanswered.propose", theme="q0", entry_id="mfa", pick_q1="yes")
    town.press("eva", "unanswered.propose", theme="q0", entry_id="mfa", pick_q1="yes")
    assert town.all(Suggestion) == []


def publishes(town: Town, article_id: str, **fields: str) -> None:
    """Let the editor write and publish the draft of the own municipality."""
    data = {"article_id": article_id, "municipality_id": "lillevik"}
    base = town.get(ArticleHead, f"{article_id}@lillevik").draft_id
    town.press("ed", "article.save", **data, base_id=base, related="", source_title_nb="Kantina", **fields)
    base = town.get(ArticleHead, f"{article_id}@lillevik").draft_id
    outcome = town.press("ed", "article.publish", **data, base_id=base)
    assert "er publisert" in outcome.notice, outcome.notice


def test_a_theme_is_done_when_its_article_is_published_and_open_again_when_the_draft_is_discarded(town: Town) -> None:
    town.many("kantina åpner når")
    town.press("ed", "unanswered.article", theme="q0", title="Kantina", pick_q1="yes")
    [row] = town.sees("ed").rows.items
    assert (row.writing, row.article) == ("Utkast, ikke publisert", "kantina@lillevik")
    assert town.opens("ed", "q0").row.article == "kantina@lillevik"
    assert town.sees("ed").handled.items == ()
    town.press("ed", "article.discard", article_id="kantina", municipality_id="lillevik")
    [row] = town.sees("ed").rows.items
    assert (row.writing, row.article) == ("", "")
    town.press("ed", "unanswered.article", theme="q0", title="Kantina", pick_q1="yes")
    publishes(town, "kantina-2", answer_nb="Klokka åtte.")
    assert town.sees("ed").rows.items == ()
    [handled] = town.sees("ed").handled.items
    assert (handled.act, handled.article) == ("Ny artikkel", "kantina-2@lillevik")


def test_phrasings_whose_draft_is_discarded_open_the_theme_again(town: Town) -> None:
    town.many("kantina åpner når")
    town.press("ed", "unanswered.phrasings", theme="q0", entry_id="mfa", pick_q1="yes", copy="yes")
    assert town.sees("ed").rows.items[0].writing == "Utkast, ikke publisert"
    town.press("ed", "article.discard", article_id="mfa", municipality_id="lillevik")
    assert town.sees("ed").rows.items[0].writing == ""


def test_the_providers_draft_is_named_to_an_editor_of_a_municipality_without_its_key(town: Town) -> None:
    places = town.content.organisation.municipalities
    provider = replace(places["storvik"], provider=True)
    provided = replace(town.content.organisation, municipalities={**places, "storvik": provider})
    town.content = replace(town.content, organisation=provided)
    town.many("kantina åpner når")
    town.press("eva", "unanswered.article", theme="q0", title="Kantina", pick_q1="yes")
    [row] = town.sees("ed").rows.items
    assert (row.writing, row.article) == ("Utkast, ikke publisert", "")
    [row] = town.sees("eva").rows.items
    assert row.article == "kantina"


def test_the_title_is_in_the_editors_language_and_phrasings_in_the_askers(town: Town) -> None:
    town.many("canteen opens when", language=Language.EN)
    town.press("ed", "unanswered.article", theme="q0", title="Når åpner kantina?", pick_q1="yes")
    [draft] = town.all(ArticleRevision)
    assert draft.text_in(Language.NB).title == "Når åpner kantina?"
    assert (draft.text_in(Language.EN).title, draft.text_in(Language.EN).phrasings) == (
        "",
        ("canteen opens when 1 takk",),
    )


def test_a_new_article_begins_with_the_questions_and_a_free_id(town: Town) -> None:
    town.many("kantina åpner når")
    assert town.press("ed", "unanswered.article", theme="q0", pick_q1="yes").notices == ["Skriv en tittel."]
    town.press("ed", "unanswered.article", theme="q0", title="MFA", pick_q1="yes")
    [draft] = town.all(ArticleRevision)
    assert draft.article_id == "mfa-2", "another article has the first id"
    assert draft.text_in(Language.NB).title == "MFA"
    assert (town.goes_on_with("ed"), town.goes_on_with("eva")) == (draft.key, "")
    assert draft.text_in(Language.NB).phrasings == ("kantina åpner når 1 takk",)
    [decision] = town.all(ThemeDecision)
    publishes(town, "mfa-2", answer_nb="Klokka åtte.")
    town.press("eva", "unanswered.reopen", decision_id=decision.id)
    assert town.sees("ed").rows.items == ()
    town.press("ed", "unanswered.reopen", decision_id=decision.id)
    assert len(town.sees("ed").rows.items) == 1


def test_askers_who_asked_for_it_get_the_answer_once_and_the_others_none(town: Town) -> None:
    town.asks("q1", "p1", "kantina åpner når", for_editors=True)
    town.asks("q2", "p2", "kantina åpner når da")
    town.press("ed", "unanswered.action", theme="q1", entry_id="lunch", pick_q1="yes")
    [decision] = town.all(ThemeDecision)
    assert (decision.act, decision.waiting_ids) == (ThemeAct.ACTION, ("q1",))
    town.ring_until(town.now + timedelta(hours=1))
    assert town.slots("p1", "theme/") == [], "there is no answer yet"
    town.meant = Match(
        utterance="",
        language="nb",
        small_talk=None,
        candidates=(Candidate(article_id="mfa", confidence=0.99),),
        precision=0.99,
    )
    town.ring_until(town.now + timedelta(hours=2))
    [slot] = town.slots("p1", "theme/")
    assert "Nå har Heia et svar på det du spurte om: «kantina åpner når»" in town.shown("p1", slot)
    assert ARTICLE.answer in town.shown("p1", slot)
    assert town.slots("p2", "theme/") == []
    assert town.get(Question, "q1").article_id == "mfa"
    assert town.get(ThemeDecision, decision.id).waiting_ids == ()
