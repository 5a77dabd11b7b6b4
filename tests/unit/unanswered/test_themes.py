"""Unanswered questions as themes: who counts, what is shown, and what editors do about it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from pydantic import TypeAdapter

from bot.records.query_answering import QueryAnswering
from bot.report.theme_closing import ThemeClosing
from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.question import Question
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Viewer, viewer_of
from dialogs.editing import feature as editing
from dialogs.editing.model import ArticleHead, ArticleRevision, RevisionState
from dialogs.handoff import suggesting
from dialogs.handoff.addition import Addition
from dialogs.handoff.suggestion import Suggestion, Verdict, gap_id
from dialogs.unanswered import answering, flow
from dialogs.unanswered.model import ThemeAct, ThemeDecision
from dialogs.unanswered.theme import ThemeWeek
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
from knowledge.language.text import words
from knowledge.matching.match import Candidate, Match, Phrasing
from knowledge.matching.policy import OutcomeKind
from tests.unit.at_once import run
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import ARTICLE, organisation, person
from tests.unit.unanswered.reading import FirstWords

HELP = Action(
    id="lunch",
    kind=ActionKind.ACT,
    verb=None,
    titles={Language.NB: "Lunsj", Language.NN: "Lunsj", Language.EN: "Lunch"},
    replies={Language.NB: "Klokka elleve.", Language.NN: "Klokka elleve.", Language.EN: "At eleven."},
    phrasings={},
)


LAST_WEEK: Final = "2026-W47"


class Town(Stage):
    """Seven registered people of Lillevik and of Storvik, and an editor of each; weeks are closed as at night."""

    meant: Match | None = None
    reading: FirstWords

    def _understand(self, utterance: str, previous: Sequence[str]) -> Match:
        return self.meant or super()._understand(utterance, previous)

    def asks(self, id_: str, who: str, words: str, *, days_ago: int = 3, **more: object) -> Question:
        values: dict[str, object] = {
            "outcome": OutcomeKind.HAND_OVER,
            "language": Language.NB,
            "municipality_id": "lillevik",
            "asked_at": TUESDAY - timedelta(days=days_ago),
        }
        question = Question(id=id_, person_id=who, utterance=words, **{**values, **more})  # type: ignore[arg-type]
        self.put(question)
        return question

    def many(self, said: str, *, people: int = 5, start: str = "q", who: str = "p", **more: object) -> None:
        for number in range(people):
            self.asks(f"{start}{number}", f"{who}{number}", f"{said} {number}", **more)

    def closes(self) -> int:
        """Close the themes of the weeks that are over, and return how many records were written."""
        closing = ThemeClosing(store=self.store, content=lambda: self.content, reading=self.reading)
        return run(closing.close_themes(self.now))

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
    scene.reading = FirstWords()
    scene.content = replace(scene.content, actions=ActionBook.from_actions([HELP]))
    scene.put(*(person(f"p{number}", "nord", registered=True) for number in range(7)))
    scene.put(*(person(f"s{number}", "bryggen", municipality_id="storvik", registered=True) for number in range(7)))
    scene.put(person("ed", "nord", Role.EDITOR, registered=True))
    scene.put(person("eva", "bryggen", Role.EDITOR, municipality_id="storvik", registered=True))
    scene.put(person("guest-1", "nord"), person("entra-1", "nord"))
    return scene


def test_a_theme_exists_from_five_registered_people_in_a_closed_week(town: Town) -> None:
    town.many("kantina åpner når", people=4)
    town.asks("q8", "guest-1", "kantina åpner når")
    town.asks("q9", "entra-1", "kantina åpner når")
    town.asks("q7", "p0", "kantina åpner når igjen")
    town.asks("q5", "p5", "kantina åpner når", days_ago=10)  # another week
    town.asks("q6", "p6", "kantina åpner når", days_ago=1)  # a week that goes on
    town.closes()
    assert town.sees("ed").rows.items == ()
    town.now += timedelta(days=7)
    town.many("kantina åpner når", start="r", days_ago=0)
    town.closes()
    [row] = town.sees("ed").rows.items
    assert (row.sentence, row.people, row.terms) == ("Setningen om kant", "5–9 personer", "kantina, når, åpner")
    assert (row.latest, row.weeks) == ("Uken fra 23. november 2026", ("", "", "", "5–9"))
    assert row.reasons == ("Ukjent for Heia",)


def test_a_theme_shows_no_sentence_no_name_and_no_health_of_a_person(town: Town) -> None:
    town.put(replace(person("p5", "nord", registered=True), name="Zebulon Kvamsdal"))
    for number in range(6):
        said = "printeren har papirstopp" if number < 5 else "printeren til Odd Zebulon har kreft, Hansens epilepsi"
        town.asks(f"q{number}", f"p{number}", f"{said} Ruths astma Kvamsdal elev" if number else said)
    town.closes()
    assert town.sees("ed").rows.items == (), "the others would only lend their number to one plain question"


def test_questions_about_health_and_names_give_nothing_to_the_theme_of_others(town: Town) -> None:
    town.put(replace(person("p5", "nord", registered=True), name="Zebulon Kvamsdal"))
    for number in range(6):
        said = "printeren har papirstopp" if number < 5 else "printeren til Odd Zebulon har kreft, Hansens epilepsi"
        town.asks(f"q{number}", f"p{number}", f"{said} Ruths astma Kvamsdal elev" if number else said)
    for number, word in enumerate(("tygger", "blinker", "hveser", "stanser")):
        town.asks(f"z{number}", f"p{number + 1}", f"printeren {word}")
    town.closes()
    [row] = town.sees("ed").rows.items
    assert (row.sentence, row.terms) == ("Setningen om prin", "printeren")
    shown = set(words(f"{town.sees('ed')} {town.opens('ed', row.id)} {town.all(ThemeWeek)}"))
    for word in ("papirstopp", "odd", "zebulon", "kreft", "hansen", "ruth", "astma", "kvamsdal", "elev"):
        assert word not in shown


def test_sentences_about_health_alone_are_no_theme(town: Town) -> None:
    for number in range(6):
        town.asks(f"q{number}", f"p{number}", "jeg har kreft og får ikke sendt sykmelding")
    town.closes()
    assert town.sees("ed").rows.items == ()


def test_a_closed_week_stays_as_it_was_closed(town: Town) -> None:
    town.many("kantina åpner når")
    written = town.closes()
    before = town.all(ThemeWeek)
    assert written == len(before)
    town.many("kantina åpner når", start="z", people=7)
    town.forget(Question, "q0")
    assert town.closes() == 0
    assert town.all(ThemeWeek) == before
    assert [row.people for row in town.sees("ed").rows.items] == ["5–9 personer"]


def test_a_term_is_a_word_of_five_people_of_one_municipality(town: Town) -> None:
    town.many("kantina mangler tofaktor", people=5)
    town.asks("q5", "p5", "kantina mangler gerica")
    town.asks("q6", "p6", "kantina mangler gerica")
    town.asks("q7", "p6", "kantina gerica gerica")
    town.closes()
    [row] = town.sees("ed").rows.items
    assert row.terms == "kantina, mangler, tofaktor"


def test_editors_see_their_own_municipality_and_other_people_nothing(town: Town) -> None:
    town.many("kantina åpner når")
    town.closes()
    assert town.sees("eva").rows.items == ()
    [row] = town.sees("ed").rows.items
    with pytest.raises(EventRefused):
        town.sees("p1")
    with pytest.raises(EventRefused):
        town.opens("eva", row.id)


def with_provider(town: Town) -> None:
    """Let Storvik be the provider, with ``eva`` as its editor."""
    places = town.content.organisation.municipalities
    provided = {**places, "storvik": replace(places["storvik"], provider=True)}
    town.content = replace(town.content, organisation=replace(town.content.organisation, municipalities=provided))


def test_the_provider_sees_a_theme_from_five_people_in_each_of_two_municipalities(town: Town) -> None:
    with_provider(town)
    town.many("kantina åpner når", people=7)
    town.many("kantina stenger når", people=4, start="s", who="s", municipality_id="storvik")
    town.closes()
    assert town.sees("eva").rows.items == ()
    assert len(town.sees("ed").rows.items) == 1
    town.now += timedelta(days=7)
    town.many("kantina åpner når", people=7, start="t", days_ago=0)
    town.many("kantina stenger når", people=5, start="u", who="s", municipality_id="storvik", days_ago=0)
    town.closes()
    [row] = town.sees("eva").rows.items
    assert (row.people, row.terms) == ("10–19 personer", "kantina, når"), "a word of one municipality is none"


@pytest.mark.parametrize(
    ("outcome", "more", "reason"),
    [
        (OutcomeKind.CLARIFY, {}, "Spurt tilbake, ingenting valgt"),
        (OutcomeKind.HAND_OVER, {}, "Ukjent for Heia"),
        (OutcomeKind.ANSWER, {"helped": False}, "Svaret hjalp ikke"),
        (OutcomeKind.ANSWER, {"handed_over": True}, "Sendt til en kollega"),
    ],
)
def test_unknown_asked_back_handed_over_and_not_helped_are_unanswered(
    town: Town, outcome: OutcomeKind, more: dict[str, bool], reason: str
) -> None:
    town.many("kantina åpner når", outcome=outcome, **more)
    town.many("lønna kommer når", start="a", outcome=OutcomeKind.ANSWER, article_id="mfa")
    town.closes()
    [row] = town.sees("ed").rows.items
    assert row.reasons == (reason,)


def test_a_reason_of_few_people_is_not_named(town: Town) -> None:
    town.many("kantina åpner når", people=6)
    town.asks("q9", "p6", "kantina åpner når", helped=False)
    town.closes()
    assert town.sees("ed").rows.items[0].reasons == ("Ukjent for Heia",)


def test_the_service_desks_list_is_a_file_for_a_spreadsheet_without_formulas(town: Town) -> None:
    town.reading.named["skriveren"] = Phrasing(article_id="print", language="nb", text="=skriveren er tom")
    town.many("skriveren er tom", people=6, start="s")
    town.closes()
    town.press("ed", "unanswered.service_desk", theme=f"{LAST_WEEK}-1")
    lines = town.takes_file("ed")
    assert lines[0] == "\ufeffLillevik kommune"
    assert lines[4] == "Nærmeste setning i innholdet;Ord som flere brukte;Satt på listen;Tema igjen siden"
    [row] = lines[5:]
    assert row.startswith("'=skriveren er tom;er, skriveren;")
    assert row.endswith(";Ikke i noen hel uke")
    assert town.takes_file("eva")[5:] == []
    with pytest.raises(EventRefused):
        town.takes_file("p0")


def test_a_question_that_its_asker_showed_is_in_no_theme_alone(town: Town) -> None:
    town.asks("q2", "p2", "kantina åpner når", for_editors=True)
    town.closes()
    assert town.sees("ed").rows.items == ()


def test_themes_of_several_weeks_about_one_thing_are_one_row_with_a_band_a_week(town: Town) -> None:
    town.many("kantina åpner når", people=6)
    town.many("kantina åpner når", people=5, start="b", days_ago=10)
    town.many("skriveren er tom", people=5, start="c", days_ago=17)
    town.closes()
    canteen, printer = town.sees("ed").rows.items
    assert canteen.weeks == ("", "", "5–9", "5–9")
    assert (printer.weeks, printer.latest) == (("", "5–9", "", ""), "Uken fra 2. november 2026")


def test_a_dismissed_theme_stays_away_with_its_reason_and_another_act_shows_its_effect(town: Town) -> None:
    town.many("kantina åpner når")
    town.many("skriveren er tom for", start="s")
    town.closes()
    assert town.press("ed", "unanswered.dismiss", theme=f"{LAST_WEEK}-1").notices == ["Skriv en grunn."]
    town.press("ed", "unanswered.dismiss", theme=f"{LAST_WEEK}-1", reason="Ikke vårt bord")
    [handled] = town.sees("ed").handled.items
    assert (handled.act, handled.reason, handled.sentence) == ("Avvist", "Ikke vårt bord", "Setningen om kant")
    town.press("ed", "unanswered.service_desk", theme=f"{LAST_WEEK}-2")
    assert [each.sentence for each in town.sees("ed").service_desk] == ["Setningen om skri"]
    assert town.sees("ed").rows.items == ()
    town.now += timedelta(days=7)
    town.many("kantina åpner når", start="r", days_ago=0)
    town.many("skriveren er tom for", start="t", days_ago=0)
    town.closes()
    [again] = town.sees("ed").rows.items
    assert again.sentence == "Setningen om skri", "what is not dismissed comes back"
    assert [each.since for each in town.sees("ed").service_desk] == ["5–9 personer"]


def test_a_draft_begins_with_the_shipped_sentence_and_the_terms(town: Town) -> None:
    town.many("kantina åpner når")
    town.closes()
    assert town.opens("ed", f"{LAST_WEEK}-1").phrasings == "Setningen om kant\nkantina når åpner"


def test_written_phrasings_become_those_of_an_action(town: Town) -> None:
    town.many("kantina åpner når")
    town.closes()
    press = {"theme": f"{LAST_WEEK}-1", "entry_id": "lunch"}
    assert town.press("ed", "unanswered.action", **press).notices == ["Skriv minst én formulering."]
    assert town.press("ed", "unanswered.action", **press, phrasings="kantina").notices
    assert town.all(Addition) == []
    press["phrasings"] = "kantina åpner når\nkantina\nnår er det mat"
    asked = town.press("ed", "unanswered.action", **press)
    assert asked.notices == ["Skal 2 formuleringer føre til «Lunsj»?"]
    assert (town.all(Addition), town.all(ThemeDecision)) == ([], [])
    done = town.press("ed", "unanswered.action", **press, sure="yes")
    assert done.notices == ["2 formuleringer fører nå til «Lunsj»."]
    assert [(each.article_id, each.question, each.live) for each in town.all(Addition)] == [
        ("lunch", "kantina åpner når", True),
        ("lunch", "når er det mat", True),
    ]
    assert town.press("eva", "unanswered.action", **press, sure="yes").notices
    assert len(town.all(Addition)) == 2


def test_what_was_linked_to_an_action_is_listed_and_means_it_no_more_once_withdrawn(town: Town) -> None:
    town.many("kantina åpner når")
    town.closes()
    press = {"theme": f"{LAST_WEEK}-1", "entry_id": "lunch", "phrasings": "kantina åpner når\nnår er det mat"}
    town.press("ed", "unanswered.action", **press, sure="yes")
    [handled] = town.sees("ed").handled.items
    assert (handled.linked, handled.entry) == (True, "Lunsj")
    told = town.press("ed", "unanswered.reopen", decision_id=handled.id)
    assert told.notices == ["Formuleringene fører ikke lenger til handlingen, og temaet er tatt fram igjen."]
    assert [(each.live, each.question, each.undone_by) for each in town.all(Addition)] == [(False, "", "ed")] * 2
    assert (len(town.sees("ed").rows.items), town.sees("ed").handled.items) == (1, ())


def test_written_phrasings_become_those_of_an_articles_draft(town: Town) -> None:
    town.many("kantina åpner når")
    town.closes()
    press = {"theme": f"{LAST_WEEK}-1", "entry_id": "mfa", "copy": "yes"}
    town.press("ed", "unanswered.phrasings", **press, phrasings="kantina åpner når")
    [draft] = town.all(ArticleRevision)
    assert (draft.key, draft.state) == ("mfa@lillevik", RevisionState.DRAFT)
    assert "kantina åpner når" in draft.text_in(Language.NB).phrasings
    assert town.sees("ed").handled.items == ()
    publishes(town, "mfa", answer_nb="Trykk der.", title_nb=ARTICLE.title, title_en="", answer_en="")
    [handled] = town.sees("ed").handled.items
    assert (handled.act, handled.entry) == ("Nye formuleringer i en artikkel", ARTICLE.title)


def test_a_copy_of_a_shared_article_is_made_only_when_the_editor_says_so(town: Town) -> None:
    with_provider(town)
    town.many("kantina åpner når")
    town.closes()
    page = town.opens("ed", f"{LAST_WEEK}-1")
    assert (page.copies, page.provider, page.place) == (True, "Storvik kommune", "Lillevik kommune")
    press = {"theme": f"{LAST_WEEK}-1", "entry_id": "mfa", "phrasings": page.phrasings}
    refused = town.press("ed", "unanswered.phrasings", **press).notice
    assert "Kryss av for at dere vil ha en egen utgave" in refused
    assert (town.all(ArticleRevision), town.all(ThemeDecision)) == ([], [])
    town.press("ed", "unanswered.phrasings", **press, copy="yes")
    assert [each.key for each in town.all(ArticleRevision)] == ["mfa@lillevik"]
    town.press("ed", "unanswered.phrasings", **press)
    assert len(town.all(ArticleRevision)) == 2, "the municipality has its own draft now"


def test_phrasings_are_suggested_to_the_editors_of_the_provider_and_count_for_all_once_approved(town: Town) -> None:
    with_provider(town)
    town.many("kantina åpner når")
    town.closes()
    press = {"theme": f"{LAST_WEEK}-1", "entry_id": "mfa", "phrasings": "kantina åpner når\nnår er det mat"}
    outcome = town.press("ed", "unanswered.propose", **press)
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
    assert town.sees("eva").handled.items == (), "the theme was one of Lillevik"


def test_only_editors_of_other_municipalities_suggest_to_the_provider(town: Town) -> None:
    town.many("kantina åpner når")
    town.closes()
    press = {"theme": f"{LAST_WEEK}-1", "entry_id": "mfa", "phrasings": "kantina åpner når"}
    assert "Velg en artikkel" in town.press("ed", "unanswered.propose", **press).notice
    with_provider(town)
    town.press("p1", "unanswered.propose", **press)
    town.press("eva", "unanswered.propose", **press)
    assert town.all(Suggestion) == []


def publishes(town: Town, article_id: str, **fields: str) -> None:
    """Let the editor write and publish the draft of the own municipality."""
    data = {"article_id": article_id, "municipality_id": "lillevik"}
    base = town.get(ArticleHead, f"{article_id}@lillevik").draft_id
    town.press("ed", "article.save", **data, base_id=base, related="", source_title_nb="Kantina", **fields)
    base = town.get(ArticleHead, f"{article_id}@lillevik").draft_id
    outcome = town.press("ed", "article.publish", **data, base_id=base)
    assert "er publisert" in outcome.notice, outcome.notice


WRITES: Final = {"theme": f"{LAST_WEEK}-1", "title": "Kantina", "phrasings": "kantina åpner når"}


def test_a_theme_is_done_when_its_article_is_published_and_open_again_when_the_draft_is_discarded(town: Town) -> None:
    town.many("kantina åpner når")
    town.closes()
    town.press("ed", "unanswered.article", **WRITES)
    [row] = town.sees("ed").rows.items
    assert (row.writing, row.article) == ("Utkast, ikke publisert", "kantina@lillevik")
    assert town.opens("ed", row.id).row.article == "kantina@lillevik"
    assert town.sees("ed").handled.items == ()
    town.press("ed", "article.discard", article_id="kantina", municipality_id="lillevik")
    [row] = town.sees("ed").rows.items
    assert (row.writing, row.article) == ("", "")
    town.press("ed", "unanswered.article", **WRITES)
    publishes(town, "kantina-2", answer_nb="Klokka åtte.")
    assert town.sees("ed").rows.items == ()
    [handled] = town.sees("ed").handled.items
    assert (handled.act, handled.article) == ("Ny artikkel", "kantina-2@lillevik")


def test_phrasings_whose_draft_is_discarded_open_the_theme_again(town: Town) -> None:
    town.many("kantina åpner når")
    town.closes()
    press = {"theme": f"{LAST_WEEK}-1", "entry_id": "mfa", "phrasings": "kantina åpner når", "copy": "yes"}
    town.press("ed", "unanswered.phrasings", **press)
    assert town.sees("ed").rows.items[0].writing == "Utkast, ikke publisert"
    town.press("ed", "article.discard", article_id="mfa", municipality_id="lillevik")
    assert town.sees("ed").rows.items[0].writing == ""


def test_the_providers_draft_is_named_to_an_editor_of_a_municipality_without_its_key(town: Town) -> None:
    with_provider(town)
    town.many("kantina åpner når")
    town.many("kantina åpner når", start="s", who="s", municipality_id="storvik")
    town.closes()
    town.press("eva", "unanswered.article", **WRITES)
    [row] = town.sees("ed").rows.items
    assert (row.writing, row.article) == ("Utkast, ikke publisert", "")
    [row] = town.sees("eva").rows.items
    assert row.article == "kantina"


def test_the_title_is_in_the_editors_language_and_phrasings_in_that_of_the_sentence(town: Town) -> None:
    town.reading.named["canteen"] = Phrasing(article_id="lunch", language="en", text="when is lunch")
    town.many("canteen opens when", language=Language.EN)
    town.closes()
    press = {**WRITES, "title": "Når åpner kantina?", "phrasings": "canteen opens when"}
    town.press("ed", "unanswered.article", **press)
    [draft] = town.all(ArticleRevision)
    assert draft.text_in(Language.NB).title == "Når åpner kantina?"
    assert (draft.text_in(Language.EN).title, draft.text_in(Language.EN).phrasings) == ("", ("canteen opens when",))


def test_a_new_article_begins_with_the_phrasings_and_a_free_id(town: Town) -> None:
    town.many("kantina åpner når")
    town.closes()
    assert town.press("ed", "unanswered.article", **{**WRITES, "title": ""}).notices == ["Skriv en tittel."]
    town.press("ed", "unanswered.article", **{**WRITES, "title": "MFA"})
    [draft] = town.all(ArticleRevision)
    assert draft.article_id == "mfa-2", "another article has the first id"
    assert draft.text_in(Language.NB).title == "MFA"
    assert (town.goes_on_with("ed"), town.goes_on_with("eva")) == (draft.key, "")
    assert draft.text_in(Language.NB).phrasings == ("kantina åpner når",)
    [decision] = town.all(ThemeDecision)
    publishes(town, "mfa-2", answer_nb="Klokka åtte.")
    town.press("eva", "unanswered.reopen", decision_id=decision.id)
    assert town.sees("ed").rows.items == ()
    town.press("ed", "unanswered.reopen", decision_id=decision.id)
    assert len(town.sees("ed").rows.items) == 1


def shown_to_editors(town: Town, question: Question) -> None:
    """Let the question be one that its asker showed to the editors."""
    town.put(
        Suggestion(
            id=gap_id(question.id),
            municipality_id="lillevik",
            handoff_id="",
            language=Language.NB,
            question=question.utterance,
            answer="",
            by=question.person_id,
            created_at=TUESDAY,
        )
    )


def test_askers_who_asked_for_it_get_the_answer_once_and_the_others_none(town: Town) -> None:
    town.many("kantina åpner når", people=6)
    shown_to_editors(town, town.asks("q1", "p1", "kantina åpner når", for_editors=True))
    town.schedule(suggesting.check_later("q1", since=town.now, now=town.now))
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
    assert not [key for key in town.timers if key.startswith("gap/")]


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.WAITING])
def test_looks_for_an_answer_end_when_the_editors_refuse_or_after_a_month(town: Town, verdict: Verdict) -> None:
    shown_to_editors(town, town.asks("q1", "p1", "kantina åpner når", for_editors=True))
    town.put(replace(town.get(Suggestion, "gap-q1"), verdict=verdict))
    town.schedule(suggesting.check_later("q1", since=town.now, now=town.now))
    town.ring_until(town.now + timedelta(days=29))
    assert bool(town.timers) is (verdict is Verdict.WAITING)
    town.ring_until(town.now + timedelta(days=2))
    assert not town.timers


def test_a_timer_of_an_earlier_version_goes_on_by_question(town: Town) -> None:
    shown_to_editors(town, town.asks("q1", "p1", "kantina åpner når", for_editors=True))
    town.put(
        ThemeDecision(
            id="theme-1", municipality_id="lillevik", act=ThemeAct.ACTION, waiting_ids=("q1",), by="ed", at=TUESDAY
        )
    )
    town.ring("unanswered.check", decision_id="theme-1")
    assert list(town.timers) == ["gap/q1/check"]


def test_a_decision_of_an_earlier_version_shows_no_words_and_covers_nothing(town: Town) -> None:
    town.many("kantina åpner når")
    town.closes()
    body = {
        "id": "theme-1",
        "municipality_id": "lillevik",
        "act": "dismissed",
        "question_ids": ["q0", "q1"],
        "reason": "ikke vårt bord",
        "people": 6,
        "by": "ed",
        "at": TUESDAY.isoformat(),
    }
    town.put(TypeAdapter(ThemeDecision).validate_python(body))
    page = town.sees("ed")
    assert (len(page.rows.items), page.handled.items) == (1, ())
