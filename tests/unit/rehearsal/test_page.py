"""A rehearsal as an editor sees it: words by the rule of themes, and verdicts as test questions."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.records.query_answering import QueryAnswering
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking
from dialogs.core.question import Question
from dialogs.core.refusal import EventRefused
from dialogs.core.viewer import viewer_of
from dialogs.rehearsal import flow
from dialogs.rehearsal.asked import AskedAgain, asked_again
from dialogs.rehearsal.model import TestQuestion
from dialogs.rehearsal.page import RehearsalPage, rehearsal_view
from dialogs.rehearsal.result import ChangedOutcome, RehearsalResult
from dialogs.rehearsal.verdict import Captured, Change, Evidence
from knowledge.article.article import ArticleBook, Language
from knowledge.matching.policy import Outcome, OutcomeKind
from tests.unit.at_once import run
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import ARTICLE, organisation, person

ANSWER = Outcome(kind=OutcomeKind.ANSWER, article_id="mfa", confidence=0.98)
UNKNOWN = Outcome(kind=OutcomeKind.HAND_OVER)


class Town(Stage):
    def ask_again(self) -> Sequence[AskedAgain]:
        return self._read(asked_again({"lillevik"}, self.now))  # type: ignore[return-value]

    def sees(self, who: str, changed: dict[str, tuple[Outcome, Outcome]]) -> RehearsalPage:
        return self.looks(who, self.rehearses(changed))

    def rehearses(self, changed: dict[str, tuple[Outcome, Outcome]]) -> RehearsalResult:
        asked = tuple(self.ask_again())
        return RehearsalResult(
            asked=asked,
            ran=len(changed),
            changed=tuple(
                ChangedOutcome(asked=each, before=changed[each.id][0], after=changed[each.id][1])
                for each in asked
                if each.id in changed
            ),
            captured=Captured(),
        )

    def looks(self, who: str, result: RehearsalResult) -> RehearsalPage:
        def view() -> Asking[RehearsalPage]:
            viewer = yield from viewer_of(who, self.content, self.now)
            return (yield from rehearsal_view(viewer, result))

        return self._read(view())  # type: ignore[return-value]

    def _read(self, view: Asking[object]) -> object:
        about = self._surroundings
        return run(QueryAnswering(store=self.store, understanding=about, rng=about).result_of(view))

    def asks(self, id_: str, who: str, words: str, **more: object) -> None:
        values: dict[str, object] = {"outcome": OutcomeKind.ANSWER, "article_id": "mfa", **more}
        self.put(
            Question(
                id=id_,
                person_id=who,
                municipality_id="lillevik",
                utterance=words,
                language=Language.NB,
                asked_at=TUESDAY,
                **values,  # type: ignore[arg-type]
            )
        )


@pytest.fixture
def town() -> Town:
    scene = Town(organisation(), verbs=flow.VERBS, timers={}, articles=ArticleBook.from_articles([ARTICLE]))
    scene.put(*(person(f"p{number}", "nord", registered=True) for number in range(5)))
    scene.put(person("ed", "nord", Role.EDITOR, registered=True))
    scene.put(person("eva", "bryggen", Role.EDITOR, municipality_id="storvik", registered=True))
    for number in range(5):
        scene.asks(f"q{number}", f"p{number}", f"passordet er glemt {number}")
    scene.asks("q7", "p1", "lønna mi er feil")
    scene.asks("q8", "p2", "skriveren er tom", for_editors=True)
    return scene


def test_words_are_shown_of_themes_of_many_and_of_agreed_questions_others_are_counted(town: Town) -> None:
    changed = dict.fromkeys(("q0", "q7", "q8"), (ANSWER, UNKNOWN))
    page = town.sees("ed", changed)
    worse = page.sections[0]
    assert (worse.change, worse.number) == (Change.WORSE, 3)
    assert sorted(row.words for row in worse.rows) == ["", "passordet er glemt 0", "skriveren er tom"]
    assert {(row.before, row.after) for row in worse.rows} == {(ARTICLE.title, "Har ikke noe svar")}
    [counted] = [row for row in worse.rows if not row.words]
    assert (counted.number, counted.question_id) == ("1 spørsmål", "")
    with pytest.raises(EventRefused):
        town.sees("p0", changed)


def test_a_result_shows_no_words_of_a_question_that_is_erased(town: Town) -> None:
    result = town.rehearses(dict.fromkeys(("q0", "q8"), (ANSWER, UNKNOWN)))
    town.forget(Question, "q8")
    assert [row.words for row in town.looks("ed", result).sections[0].rows] == ["passordet er glemt 0", ""]


def test_an_editor_who_moved_sees_no_earlier_result(town: Town) -> None:
    result = town.rehearses({"q0": (ANSWER, UNKNOWN)})
    assert town.looks("ed", result).sections[0].number == 1
    town.put(replace(town.get(Person, "ed"), municipality_id="storvik"))
    with pytest.raises(EventRefused):
        town.looks("ed", result)


def test_a_verdict_becomes_a_test_question_that_is_asked_with_the_others(town: Town) -> None:
    town.press("ed", "rehearsal.expect", question_id="q0", expected_id="mfa")
    town.press("ed", "rehearsal.expect", question_id="q0", expected_id="none")
    [test] = town.all(TestQuestion)
    assert (test.utterance, test.expected_id) == ("passordet er glemt 0", None)
    again = {each.id: each for each in town.ask_again()}
    assert again[test.id].evidence == Evidence(expected=frozenset())
    assert again[test.id].question is None
    page = town.sees("ed", {test.id: (UNKNOWN, ANSWER)})
    assert [row.test for row in page.sections[0].rows] == [True], "nothing should answer it"
    town.press("eva", "rehearsal.forget", test_id=test.id)
    assert town.all(TestQuestion) == [test]
    town.press("ed", "rehearsal.forget", test_id=test.id)
    assert town.all(TestQuestion) == []


@pytest.mark.parametrize(("who", "question"), [("ed", "q7"), ("eva", "q0"), ("p1", "q0"), ("ed", "nothing")])
def test_a_verdict_about_words_that_may_not_be_shown_is_refused(town: Town, who: str, question: str) -> None:
    town.press(who, "rehearsal.expect", question_id=question, expected_id="mfa")
    assert town.all(TestQuestion) == []


@pytest.mark.parametrize(
    ("helped", "evidence"),
    [
        (True, Evidence(expected=frozenset({"mfa"}))),
        (False, Evidence(refused=frozenset({"mfa"}))),
        (None, Evidence()),
    ],
)
def test_the_askers_reaction_tells_what_is_right(town: Town, helped: bool | None, evidence: Evidence) -> None:
    town.asks("q9", "p3", "noe annet", helped=helped)
    assert {each.id: each.evidence for each in town.ask_again()}["q9"] == evidence
