"""«Når får vi …?»: the plan of the asker's own unit in place of the article, which knows no date."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.content.loading import content_folder, load_content
from dialogs import router
from dialogs.core.milestone import Certainty, Milestone
from dialogs.core.person import Person
from dialogs.core.question import Question
from dialogs.rollout.timeline.answer import answers, things_in, things_of
from dialogs.rollout.timeline.model import PlanEntry, digest_of
from knowledge.article.action import ActionBook
from knowledge.article.article import ArticleBook, Language
from knowledge.matching.match import Candidate, Match
from knowledge.matching.policy import OutcomeKind
from tests.learned import sample_content
from tests.unit.announce.town import Town
from tests.unit.driver import CATALOGUE, TUESDAY
from tests.unit.few_articles import few_articles
from tests.unit.handoff.scene import ARTICLE

ROLLOUT = replace(ARTICLE, id="rollout-when", title="Når får vi Microsoft 365?", answer="Ingen kan si når.")
WINDOWS = replace(ARTICLE, id="windows-11", title="Er Windows 10 trygt?", answer="Spør IT om dato.")


class WaitingTown(Town):
    """The town, in which every question is about the rollout's date unless it names Windows."""

    def __init__(self, *milestones: Milestone) -> None:
        super().__init__(verbs=router.VERBS, timers=router.TIMERS)
        [when] = [each for each in sample_content().actions.actions.values() if each.verb == "timeline.when"]
        self.content = replace(
            self.content,
            articles=ArticleBook.from_articles([ROLLOUT, WINDOWS]),
            actions=ActionBook.from_actions([when]),
            milestones=milestones,
        )

    def _understand(self, utterance: str, previous: Sequence[str]) -> Match:
        found = "windows-11" if "indows" in utterance else "rollout-when"
        candidates = (Candidate(article_id=found, confidence=0.99),)
        return Match(utterance=utterance, language="nb", small_talk=None, candidates=candidates, precision=0.99)

    def answer(self, who: str, words: str) -> str:
        self.say(who, words)
        return self.shown(who, self.slots(who, "ask/")[-1])


def planned(text: str, date: str = "2027-03", **more: Any) -> Milestone:
    limits = {name: frozenset(more.pop(name, ())) for name in ("units", "municipalities")}
    certainty = more.pop("certainty", Certainty.LIKELY)
    return Milestone(
        date=date, what={Language.NB: text, Language.EN: f"{text} (en)"}, certainty=certainty, **limits, **more
    )


def test_the_nearest_milestone_up_the_tree_answers_with_certainty_date_before_owner_and_the_day() -> None:
    town = WaitingTown(
        planned("Teams til alle", "2027-01"),
        planned("Teams til helse", was="2027-02", units=["helse"], owner={Language.NB: "Prosjektleder Bjørk"}),
        planned("Teams til skolen", "2026-12", units=["skole"]),
    )
    shown = town.answer("nils", "Når får vi Teams?")
    assert "**Teams til helse:** mars 2027." in shown
    for words in (
        "Det er sannsynlig",
        "Planen var tidligere februar 2027",
        "Ansvarlig: Prosjektleder Bjørk.",
        "Per 24. november 2026",
        "Planen for Nord",
        "Gjelder Helse",
    ):
        assert words in shown
    assert shown.index("Teams til helse") < shown.index("Deretter") < shown.index("Teams til alle")
    assert "Teams til skolen" not in shown
    assert "Ingen kan si" not in shown
    assert "Teams til skolen" in town.answer("siri", "Når får vi Teams?")
    assert "Teams til alle" in town.answer("bo", "Når får vi Teams?")
    assert "Teams til helse (en)" in town.answer("sven", "When do we get Teams?")


def test_without_a_milestone_about_it_the_article_answers() -> None:
    town = WaitingTown(planned("Nye skrivere"), planned("Teams i Storvik", municipalities=["storvik"]))
    assert "Ingen kan si når." in town.answer("nils", "Når får vi Teams?")
    assert "Ingen kan si når." in town.answer("nils", "Når starter utrullingen igjen?")
    assert "Teams i Storvik" in town.answer("bo", "når får vi Office 365?"), "a part of the whole"


def test_history_is_no_promise_and_what_is_done_answers_what_it_names() -> None:
    town = WaitingTown(
        planned("Teams lanseres", "2026-12", certainty=None),
        planned("Outlook til helse", "2026-10", units=["helse"], done=True, done_on="2026-10-05"),
    )
    assert "Ingen kan si når." in town.answer("nils", "Når får vi Teams?")
    assert "**Outlook til helse** ble ferdig 5. oktober 2026." in town.answer("nils", "Når får vi Outlook?")
    assert "Ingen kan si når." in town.answer("nils", "Når er det vår tur?")


def test_what_is_late_is_said_to_be_late() -> None:
    town = WaitingTown(planned("Teams til helse", "2026-10"))
    assert "skulle vært ferdig oktober 2026, men er ikke meldt ferdig" in town.answer("nils", "når får vi teams")


def test_the_question_is_kept_with_its_article_so_that_what_follows_refers_to_it() -> None:
    town = WaitingTown(planned("Teams til helse"))
    shown = town.answer("nils", "Når får vi Teams?")
    [question] = town.all(Question)
    assert (question.outcome, question.article_id) == (OutcomeKind.ANSWER, "rollout-when")
    town.press("nils", "ask.helped", slot=f"ask/{question.id}", question_id=question.id)
    assert "Teams til helse" in town.shown("nils", f"ask/{question.id}"), "the thanks do not bring back the article"
    assert "Det hjalp" in shown


def test_another_article_is_completed_only_for_a_question_about_a_time_that_names_the_thing() -> None:
    town = WaitingTown(planned("Windows 11 til helse", units=["helse"]))
    assert "Windows 11 til helse" in town.answer("nils", "når får vi Windows 11?")
    assert "Spør IT om dato." in town.answer("nils", "er Windows 10 trygt?")
    assert "Spør IT om dato." in town.answer("siri", "når får vi Windows 11?")


def test_outside_visitors_get_public_milestones_without_the_role_in_charge() -> None:
    owner = {Language.NB: "Prosjektleder Bjørk"}
    town = WaitingTown(
        planned("Teams til alle", owner=owner), planned("Teams til noen", "2027-01", public=False, owner=owner)
    )
    town.put(Person(id="guest-1", name="", municipality_id="lillevik", unit_id="nord", created_at=TUESDAY))
    shown = town.answer("guest-1", "Når får vi Teams?")
    assert "Teams til alle" in shown
    assert "Teams til noen" not in shown
    assert "Bjørk" not in shown


def test_a_change_on_the_desk_is_the_answer_with_the_day_of_the_change() -> None:
    line = planned("Teams til helse", id="teams")
    town = WaitingTown(line)
    changed = replace(line, date="2027-05", was="2027-03", certainty=Certainty.CERTAIN)
    town.put(PlanEntry(id="teams", number=1, plan=changed, file_digest=digest_of(line), changed_at=TUESDAY))
    town.now += timedelta(days=3)
    shown = town.answer("nils", "når får vi teams?")
    for words in (
        "mai 2027",
        "Datoen er sikker",
        "tidligere mars 2027",
        "Per 27. november",
        "Sist endret 24. november",
    ):
        assert words in shown


def test_the_picture_is_a_link_for_employees_to_the_desk_and_for_guests_to_the_public_one() -> None:
    town = WaitingTown(planned("Teams til alle"))
    assert "bilde" not in town.answer("nils", "når får vi teams?"), "without web pages"
    town.content = replace(town.content, origin="https://heia.example")
    town.put(Person(id="guest-1", name="", municipality_id="lillevik", created_at=TUESDAY))
    for who, address in (("nils", "/desk/timeline"), ("guest-1", "/timeline/lillevik.png")):
        assert f"(https://heia.example{address})" in town.answer(who, "når får vi teams?")
        town.press(who, "status.show")
        status = town.slots(who, "status/")[-1]
        assert f"https://heia.example{address}" in town.shown(who, status)
        assert town.posts[who, status].shows_plan
    town.content = replace(town.content, public_calendar=False)
    assert "heia.example" not in town.answer("guest-1", "når får vi teams?")


def test_the_answer_shows_the_picture_itself_also_after_thanks() -> None:
    town = WaitingTown(planned("Teams til alle"))
    town.answer("nils", "når får vi teams?")
    [slot] = town.slots("nils", "ask/")
    assert town.posts["nils", slot].shows_plan
    town.press("nils", "ask.helped", slot=slot, question_id=slot.removeprefix("ask/"))
    assert "Takk" in town.shown("nils", slot)
    assert town.posts["nils", slot].shows_plan


def test_the_day_is_that_of_norway() -> None:
    town = WaitingTown(planned("Teams til helse", "2026-11-25"))
    town.now = datetime(2026, 11, 25, 22, 59, tzinfo=UTC)
    assert "men er ikke meldt ferdig" not in town.answer("nils", "når får vi teams?")
    town.now = datetime(2026, 11, 25, 23, 1, tzinfo=UTC)
    assert "men er ikke meldt ferdig" in town.answer("nils", "når får vi teams?")


def test_the_verb_alone_says_that_the_plan_has_no_date_or_asks_for_the_place() -> None:
    town = WaitingTown()
    town.press("nils", "timeline.when", words="når får vi Teams")
    [slot] = town.slots("nils", "timeline/")
    assert not town.posts["nils", slot].shows_plan
    assert "Planen har ingen dato" in town.shown("nils", slot)
    town.put(Person(id="ny", name="Ny", created_at=TUESDAY))
    town.press("ny", "timeline.when")
    assert town.slots("ny", "profile/")


@pytest.mark.parametrize(
    ("words", "things"),
    [
        ("Når får vi Teams?", {"teams"}),
        ("når kjem e-posten i skya", {"outlook"}),
        ("nye PC-er og telefonene", {"pc", "phone"}),
        ("when do we get new Office", {"office-365"}),
        ("epcot og teamsters", {"teams"}),
        ("når er det vår tur", set()),
    ],
)
def test_things_are_named_in_every_language_with_their_endings(words: str, things: set[str]) -> None:
    assert things_in(words, CATALOGUE) == things


@pytest.mark.parametrize(
    ("asked", "about", "found"),
    [
        ({"teams"}, {"teams"}, True),
        ({"teams"}, {"office-365"}, True),
        ({"office-365"}, {"outlook"}, True),
        ({"teams"}, {"outlook"}, False),
        ({"office-365"}, {"windows"}, False),
        (set(), {"windows"}, False),
        (set(), set(), True),
        ({"windows"}, set(), False),
    ],
)
def test_the_whole_is_about_its_parts_and_a_part_is_no_other_part(
    asked: set[str], about: set[str], found: bool
) -> None:
    assert answers(frozenset(asked), frozenset(about)) is found


@pytest.mark.parametrize("thing", ["teams", "outlook", "onedrive"])
def test_the_sample_plan_has_a_date_for_every_municipality_marked_as_an_example(thing: str) -> None:
    content = sample_content()
    about = [
        milestone
        for milestone in content.milestones
        if milestone.certainty is not None and answers(frozenset({thing}), things_of(milestone, CATALOGUE))
    ]
    assert all(milestone.sample for milestone in about)
    for municipality_id in content.organisation.municipalities:
        assert any(milestone.steps_to(content.organisation, municipality_id, None) is not None for milestone in about)
    town = WaitingTown(*(milestone for milestone in about if not milestone.units))
    assert "**Eksempel: Office 365 med Teams" in town.answer("nils", f"når får vi {thing} hos oss?")


def test_an_action_can_only_complete_articles_that_exist(tmp_path: Path) -> None:
    folder = few_articles(tmp_path / "content")
    shutil.copy(str(content_folder(None) / "actions" / "when-do-we-get.yaml"), folder / "actions")
    one = folder / "actions" / "when-do-we-get.yaml"
    one.write_text(one.read_text("utf-8").replace("[rollout-when,", "[rollout-whenever,"), "utf-8")
    assert "there is no article rollout-whenever" in {fault.reason for fault in load_content(folder).faults}
