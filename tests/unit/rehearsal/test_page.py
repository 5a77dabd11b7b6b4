"""A rehearsal as an editor sees it: bands of people, the words of shown questions, and verdicts as test questions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from bot.records.query_answering import QueryAnswering
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking
from dialogs.core.question import Question
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Viewer, viewer_of
from dialogs.editing.model import ArticleHead, ArticleRevision
from dialogs.handoff.suggestion import Suggestion
from dialogs.insight.suppression import Band, EnoughPeople
from dialogs.rehearsal import flow
from dialogs.rehearsal.asked import AskedAgain, DraftsPage, asked_again, drafts_view, rehearsal_note
from dialogs.rehearsal.model import STALLED_AFTER, Rehearsal, RehearsalState, TestQuestion
from dialogs.rehearsal.page import DraftRehearsal, RehearsalPage, rehearsal_view
from dialogs.rehearsal.result import ChangedOutcome, RehearsalResult, finished_rehearsal
from dialogs.rehearsal.verdict import Captured, Change, Evidence
from knowledge.article.article import ArticleBook, Language
from knowledge.matching.policy import Outcome, OutcomeKind
from tests.unit.at_once import run
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import ARTICLE, organisation, person

LAST_WEEK = TUESDAY - timedelta(days=4)
ANSWER = Outcome(kind=OutcomeKind.ANSWER, article_id="mfa", confidence=0.98)
UNKNOWN = Outcome(kind=OutcomeKind.HAND_OVER)


class Town(Stage):
    """``groups``: the article or theme of a question, by id."""

    groups: dict[str, str]

    def ask_again(self) -> Sequence[AskedAgain]:
        return self._read(asked_again({"lillevik"}, {"lillevik"}, self.now))  # type: ignore[return-value]

    def sees(self, who: str, changed: dict[str, tuple[Outcome, Outcome]]) -> RehearsalPage:
        self.rehearses(who, changed)
        return self.looks(who)

    def rehearses(
        self, who: str, changed: dict[str, tuple[Outcome, Outcome]], *, key: str = "mfa@lillevik"
    ) -> Rehearsal:
        """Begin a rehearsal, and write its result as its process does."""
        self.press(who, "rehearsal.start", key=key)
        asked = tuple(self.ask_again())
        result = RehearsalResult(
            asked=asked,
            ran=len(changed),
            changed=tuple(
                ChangedOutcome(
                    asked=each,
                    before=changed[each.id][0],
                    after=changed[each.id][1],
                    group=self.groups.get(each.id, ""),
                )
                for each in asked
                if each.id in changed
            ),
            captured=Captured(),
        )
        done = finished_rehearsal(self.get(Rehearsal, "draft-1/lillevik"), result, self.now, EnoughPeople())
        self.put(done)
        return done

    def looks(self, who: str) -> RehearsalPage:
        result = self.rehearsal(who).result
        assert result is not None
        return result

    def rehearsal(self, who: str) -> DraftRehearsal:
        return self.views(who, lambda viewer: rehearsal_view(viewer, "mfa@lillevik"))  # type: ignore[return-value]

    def views(self, who: str, view: Callable[[Viewer], Asking[object]]) -> object:
        def seen() -> Asking[object]:
            return (yield from view((yield from viewer_of(who, self.content, self.now))))

        return self._read(seen())

    def _read(self, view: Asking[object]) -> object:
        about = self._surroundings
        return run(QueryAnswering(store=self.store, understanding=about, rng=about).result_of(view))

    def asks(self, id_: str, who: str, words: str, **more: object) -> None:
        values: dict[str, object] = {"outcome": OutcomeKind.ANSWER, "article_id": "mfa", "asked_at": LAST_WEEK, **more}
        self.put(
            Question(
                id=id_,
                person_id=who,
                municipality_id="lillevik",
                utterance=words,
                language=Language.NB,
                **values,  # type: ignore[arg-type]
            )
        )

    def shows(self, id_: str, who: str, words: str, municipality_id: str = "lillevik") -> None:
        """Let somebody show a question to the editors."""
        self.put(
            Suggestion(
                id=id_,
                municipality_id=municipality_id,
                handoff_id="",
                language=Language.NB,
                question=words,
                answer="",
                by=who,
                created_at=TUESDAY,
            )
        )


@pytest.fixture
def town() -> Town:
    scene = Town(organisation(), verbs=flow.VERBS, timers={}, articles=ArticleBook.from_articles([ARTICLE]))
    scene.groups = {}
    scene.put(*(person(f"p{number}", "nord", registered=True) for number in range(8)))
    scene.put(person("ed", "nord", Role.EDITOR, registered=True))
    scene.put(person("eva", "bryggen", Role.EDITOR, municipality_id="storvik", registered=True))
    for number in range(8):
        scene.asks(f"q{number}", f"p{number}", f"passordet er glemt {number}")
    scene.shows("gap-q8", "p2", "skriveren er tom")
    draft = ArticleRevision.from_articles([ARTICLE], id="draft-1", number=1, by="ed", at=TUESDAY)
    scene.put(replace(draft, municipality_id="lillevik"))
    scene.put(ArticleHead(id="mfa@lillevik", article_id="mfa", municipality_id="lillevik", draft_id="draft-1"))
    return scene


def test_words_are_shown_of_shown_questions_and_others_are_a_band_from_five_people_on(town: Town) -> None:
    changed = dict.fromkeys((*(f"q{number}" for number in range(5)), "gap-q8"), (ANSWER, UNKNOWN))
    page = town.sees("ed", changed)
    worse = page.sections[0]
    assert (worse.change, worse.number) == (Change.WORSE, 2)
    assert [(row.words, row.number) for row in worse.rows] == [("", "5–9 personer"), ("skriveren er tom", "")][::-1]
    assert {(row.before, row.after) for row in worse.rows} == {(ARTICLE.title, "Har ikke noe svar")}
    assert page.summary.startswith("Stilt på nytt: spørsmålene til 5–9 personer, og 1 testspørsmål")
    with pytest.raises(EventRefused):
        town.sees("p0", changed)


def test_a_phrasing_is_no_oracle_for_what_one_person_wrote(town: Town) -> None:
    town.asks("secret", "p7", "Odd har MS", outcome=OutcomeKind.HAND_OVER, article_id=None)
    untouched = town.sees("ed", {})
    hit = town.sees("ed", {"secret": (UNKNOWN, ANSWER)})
    assert hit == untouched
    assert town.get(Rehearsal, "draft-1/lillevik").groups == ()


def test_four_people_more_of_other_subjects_do_not_tell_either(town: Town) -> None:
    town.asks("secret", "p7", "Odd har MS", outcome=OutcomeKind.HAND_OVER, article_id=None)
    decoys = {f"q{number}": (UNKNOWN, ANSWER) for number in range(4)}
    town.groups = {**dict.fromkeys(decoys, "theme-1"), "secret": "theme-2"}
    assert town.sees("ed", {**decoys, "secret": (UNKNOWN, ANSWER)}) == town.sees("ed", decoys)


def test_people_count_once_guests_not_at_all_and_a_week_that_goes_on_not_yet(town: Town) -> None:
    town.put(person("guest-1", "nord"))
    for number in range(5):
        town.asks(f"a{number}", "p0", "passordet igjen")
        town.asks(f"b{number}", "guest-1", "passordet igjen")
        town.asks(f"c{number}", f"p{number}", "passordet igjen", asked_at=TUESDAY - timedelta(hours=1))
        town.asks(f"d{number}", f"p{number}", "passordet igjen", asked_at=TUESDAY - timedelta(days=36))
    asked = {each.id for each in town.ask_again()}
    assert {"a0", "q0"} <= asked
    assert not {"b0", "c0", "d0"} & asked
    changed = dict.fromkeys((*(f"a{number}" for number in range(5)), "q1", "q2", "q3"), (ANSWER, UNKNOWN))
    assert town.sees("ed", changed).sections[0].number == 0


def test_a_new_article_is_named_by_the_title_of_its_draft_and_can_be_the_right_answer(town: Town) -> None:
    words = {"title": "Luftskipet står stille", "phrasings": ("luftskipet rikker seg ikke",)}
    new = replace(ARTICLE, id="airship", related=(), municipality_id="lillevik", **words)  # type: ignore[arg-type]
    town.put(ArticleRevision.from_articles([new], id="draft-1", number=1, by="ed", at=TUESDAY))
    town.forget(ArticleHead, "mfa@lillevik")
    key = "airship@lillevik"
    town.put(ArticleHead(id=key, article_id="airship", municipality_id="lillevik", number=1, draft_id="draft-1"))
    flies = Outcome(kind=OutcomeKind.ANSWER, article_id="airship", confidence=0.98)
    town.rehearses("ed", {"gap-q8": (UNKNOWN, flies)}, key=key)
    page: DraftRehearsal = town.views("ed", lambda viewer: rehearsal_view(viewer, key))  # type: ignore[assignment]
    assert page.result is not None
    [row] = page.result.sections[2].rows
    assert (row.after, row.choices) == (new.title, (("airship", new.title),))
    assert (page.base_id, page.publishable) == ("draft-1", True)
    press = {"key": key, "suggestion_id": "gap-q8"}
    for chosen in ("", "balloon"):
        assert "Velg det som er riktig" in town.press("ed", "rehearsal.expect", **press, expected_id=chosen).notice
    town.press("ed", "rehearsal.expect", **press, expected_id="airship")
    assert [each.expected_id for each in town.all(TestQuestion)] == ["airship"]
    listed: DraftsPage = town.views("ed", drafts_view)  # type: ignore[assignment]
    assert [each.right for each in listed.tests] == [new.title]


def test_a_result_shows_no_words_of_a_question_that_is_erased(town: Town) -> None:
    town.shows("gap-q9", "p3", "lønna er feil")
    town.rehearses("ed", dict.fromkeys(("gap-q8", "gap-q9"), (ANSWER, UNKNOWN)))
    assert [row.words for row in town.looks("ed").sections[0].rows] == ["lønna er feil", "skriveren er tom"]
    town.forget(Suggestion, "gap-q8")
    assert [row.words for row in town.looks("ed").sections[0].rows] == ["lønna er feil"]


def test_an_editor_who_moved_sees_no_earlier_result(town: Town) -> None:
    town.rehearses("ed", {"gap-q8": (ANSWER, UNKNOWN)})
    assert town.looks("ed").sections[0].number == 1
    town.put(replace(town.get(Person, "ed"), municipality_id="storvik"))
    with pytest.raises(EventRefused):
        town.looks("ed")


def test_a_result_is_stored_without_words_and_without_ids_of_questions(town: Town) -> None:
    done = town.rehearses("ed", dict.fromkeys((*(f"q{number}" for number in range(6)), "gap-q8"), (ANSWER, UNKNOWN)))
    assert "passord" not in str(done)
    assert [(group.listed_ids, group.people) for group in done.groups] == [(("gap-q8",), None), ((), Band.FEW)]
    assert Rehearsal.RULES.months == 2
    assert (done.changed_number(Change.WORSE), done.asked) == (2, Band.FEW)


def test_a_result_of_an_earlier_version_shows_no_numbers_of_people(town: Town) -> None:
    body = {
        "id": "draft-1/lillevik",
        "revision_id": "draft-1",
        "municipality_id": "lillevik",
        "state": "done",
        "questions": 8,
        "tests": 0,
        "ran": 3,
        "groups": [
            {
                "change": "worse",
                "before": {"kind": "answer", "entry_ids": ["mfa"]},
                "after": {"kind": "hand_over", "entry_ids": []},
                "question_ids": ["q0"],
                "test_ids": [],
            }
        ],
        "by": "ed",
        "begun_at": TUESDAY.isoformat(),
        "at": TUESDAY.isoformat(),
    }
    town.put(TypeAdapter(Rehearsal).validate_python(body))
    page = town.looks("ed")
    assert [section.rows for section in page.sections] == [(), (), ()]
    assert page.changed_number(Change.WORSE) == 0


def test_a_rehearsal_that_runs_is_not_begun_again_until_its_process_is_silent(town: Town) -> None:
    start = {"key": "mfa@lillevik"}
    assert town.rehearsal("ed").state is None
    assert "i gang" in town.press("ed", "rehearsal.start", **start).notice
    [begun] = town.all(Rehearsal)
    town.now += timedelta(seconds=20)
    town.press("ed", "rehearsal.start", **start)
    assert town.all(Rehearsal) == [begun]
    town.put(replace(begun, done=2_560, total=10_000, at=town.now))
    assert "25 prosent" in town.rehearsal("ed").progress
    town.now += STALLED_AFTER + timedelta(seconds=1)
    assert town.rehearsal("ed").state is RehearsalState.FAILED
    town.press("ed", "rehearsal.start", **start)
    [again] = town.all(Rehearsal)
    assert (again.begun_at, again.total) == (town.now, 0)


def test_a_draft_with_faults_is_not_rehearsed(town: Town) -> None:
    draft = town.get(ArticleRevision, "draft-1")
    town.put(replace(draft, texts=()))
    assert "feil" in town.press("ed", "rehearsal.start", key="mfa@lillevik").notice
    assert town.all(Rehearsal) == []
    town.put(draft)
    town.press("ed", "rehearsal.start", key="mfa@lillevik")
    assert len(town.all(Rehearsal)) == 1


def test_an_editor_learns_whether_a_draft_was_rehearsed(town: Town) -> None:
    def note(who: str = "ed") -> Any:
        return town.views(who, lambda viewer: rehearsal_note(viewer, "mfa@lillevik"))

    assert (note().state, note().text) == (None, "Utkastet er ikke prøvd.")
    better = {f"q{number}": (UNKNOWN, ANSWER) for number in range(5)}
    town.rehearses("ed", {"gap-q8": (ANSWER, UNKNOWN), **better})
    assert note().text.endswith("1 linjer blir dårligere, 0 er uklare, 1 blir bedre.")
    [row] = town.views("ed", drafts_view).drafts  # type: ignore[attr-defined]
    assert row.rehearsed == note().text
    assert note("eva") is None, "not an editor of this municipality"
    town.put(replace(town.get(ArticleHead, "mfa@lillevik"), draft_id="draft-2"))
    assert note().state is None, "another draft"


def test_a_verdict_becomes_a_test_question_that_is_asked_with_the_others(town: Town) -> None:
    town.press("ed", "rehearsal.expect", suggestion_id="gap-q8", expected_id="mfa")
    town.press("ed", "rehearsal.expect", suggestion_id="gap-q8", expected_id="none")
    [test] = town.all(TestQuestion)
    assert (test.utterance, test.expected_id, test.suggestion_id) == ("skriveren er tom", None, "gap-q8")
    again = {each.id: each for each in town.ask_again()}
    assert again[test.id].evidence == Evidence(expected=frozenset())
    assert again[test.id].asker_id == ""
    assert "gap-q8" not in again, "it is asked once"
    page = town.sees("ed", {test.id: (UNKNOWN, ANSWER)})
    assert [row.test for row in page.sections[0].rows] == [True], "nothing should answer it"
    town.press("eva", "rehearsal.forget", test_id=test.id)
    assert town.all(TestQuestion) == [test]
    town.press("ed", "rehearsal.forget", test_id=test.id)
    assert town.all(TestQuestion) == []


def test_a_test_question_of_an_earlier_version_is_neither_shown_nor_asked(town: Town) -> None:
    town.put(
        TestQuestion(
            id="test-q0", municipality_id="lillevik", utterance="Odd har MS", language=Language.NB, by="ed", at=TUESDAY
        )
    )
    assert "test-q0" not in {each.id for each in town.ask_again()}
    listed: DraftsPage = town.views("ed", drafts_view)  # type: ignore[assignment]
    assert listed.tests == ()


@pytest.mark.parametrize(
    ("who", "suggestion"), [("ed", "q0"), ("eva", "gap-q8"), ("p1", "gap-q8"), ("ed", "nothing"), ("ed", "handed")]
)
def test_a_verdict_about_words_that_may_not_be_shown_is_refused(town: Town, who: str, suggestion: str) -> None:
    town.put(replace(town.get(Suggestion, "gap-q8"), id="handed", handoff_id="handoff-1"))
    town.press(who, "rehearsal.expect", suggestion_id=suggestion, expected_id="mfa")
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
