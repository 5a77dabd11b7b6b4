"""View of a rehearsal: better, worse and unclear, with words only where they may be shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dialogs.core.query import Asking, find_each, group_questions
from dialogs.core.question import Question
from dialogs.core.viewer import Viewer
from dialogs.rehearsal.result import ChangedOutcome, RehearsalResult
from dialogs.rehearsal.verdict import Change, judge
from dialogs.unanswered.questions import may_be_shown, questions_scope, registered_askers, words_of
from dialogs.unanswered.themes import entry_title
from knowledge.article.article import Language
from knowledge.matching.policy import Outcome, OutcomeKind

# Rows shown of each kind; the numbers count all.
MAX_ROWS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalRow:
    """Questions with the same change.

    Attributes:
        words: of one of them, empty if they may not be shown.
        test: it is a test question.
        question_id: of the stored question, for a verdict; empty without words, and for a test question.
        choices: ids and titles of the entries of the two outcomes.
    """

    words: str
    language: Language
    number: str
    before: str
    after: str
    test: bool
    question_id: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalSection:
    """The rows of one kind of change."""

    change: Change
    title: str
    number: int
    rows: tuple[RehearsalRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalPage:
    """The effect of a change of the articles. ``summary`` names the number of questions."""

    summary: str
    sections: tuple[RehearsalSection, ...]

    def changed_number(self, change: Change) -> int:
        """Return how many outcomes changed in this way."""
        return next(each.number for each in self.sections if each.change is change)


def rehearsal_view(viewer: Viewer, result: RehearsalResult) -> Asking[RehearsalPage]:
    """Show an editor the changes. Raises EventRefused."""
    scope = questions_scope(viewer)
    # A result stays readable for a while; meanwhile an editor may have moved to another municipality.
    if any(each.municipality_id not in scope for each in result.asked):
        raise viewer.refusal("rehearsal.gone")
    return (yield from rehearsal_page(viewer, result))


def rehearsal_page(viewer: Viewer, result: RehearsalResult) -> Asking[RehearsalPage]:
    """Return the changes, for a reader after the check of the role."""
    shown = yield from showable(result)
    judged: dict[Change, list[ChangedOutcome]] = {each: [] for each in Change}
    for each in result.changed:
        judged[judge(each.before, each.after, each.asked.evidence, result.captured)].append(each)
    tests = sum(each.question is None for each in result.asked)
    texts = viewer.texts
    return RehearsalPage(
        summary=texts(
            "rehearsal.summary",
            questions=texts.number(len(result.asked) - tests),
            tests=texts.number(tests),
            ran=texts.number(result.ran),
        ),
        sections=tuple(
            RehearsalSection(
                change=change,
                title=texts(f"rehearsal.change.{change}"),
                number=len(found),
                rows=tuple(_change_rows(viewer, found, shown))[:MAX_ROWS],
            )
            for change, found in judged.items()
        ),
    )


def showable(result: RehearsalResult) -> Asking[frozenset[str]]:
    """Return the ids of changed questions that are still stored, with words that may be shown."""
    questions = [each.question for each in result.asked if each.question is not None]
    changed = sorted(each.asked.id for each in result.changed if each.asked.question is not None)
    # A result outlives questions that are erased or too old.
    stored = yield from find_each(Question, changed)
    return (yield from showable_questions(questions, stored))


def showable_questions(questions: Sequence[Question], wanted: Iterable[str]) -> Asking[frozenset[str]]:
    """Return those of ``wanted`` in a theme of many people, or with consent."""
    chosen = frozenset(wanted)
    agreed = {each.id for each in questions if each.for_editors and each.id in chosen}
    if not chosen - agreed:
        return frozenset(agreed)
    leaders = yield from group_questions(map(words_of, questions))
    themes: dict[int, list[Question]] = {}
    for question, leader in zip(questions, leaders, strict=True):
        themes.setdefault(leader, []).append(question)
    touched = [theme for theme in themes.values() if any(each.id in chosen for each in theme)]
    registered = yield from registered_askers(each for theme in touched for each in theme)
    large = (theme for theme in touched if may_be_shown(theme, registered))
    return frozenset(agreed | {each.id for theme in large for each in theme if each.id in chosen})


def _change_rows(viewer: Viewer, found: Sequence[ChangedOutcome], shown: frozenset[str]) -> Iterable[RehearsalRow]:
    """Yield the rows: test questions first, then those with words, then those that are only counted."""
    groups: dict[tuple[str, str, str], list[ChangedOutcome]] = {}
    for each in found:
        key = (_visible_words(each, shown), _outcome(viewer, each.before), _outcome(viewer, each.after))
        groups.setdefault(key, []).append(each)
    ordered = sorted(groups.items(), key=lambda item: (not _is_test(item[1]), not item[0][0], -len(item[1]), item[0]))
    for (words, before, after), members in ordered:
        first = members[0]
        question = first.asked.question
        yield RehearsalRow(
            words=words,
            language=question.language if question is not None else viewer.person.language,
            number=viewer.texts.plural("rehearsal.questions", len(members)),
            before=before,
            after=after,
            test=_is_test(members),
            question_id=first.asked.id if words and question is not None else "",
            choices=tuple(_choices(viewer, first).items()),
        )


def _visible_words(changed: ChangedOutcome, shown: frozenset[str]) -> str:
    visible = changed.asked.question is None or changed.asked.id in shown
    return changed.asked.words[0] if visible else ""


def _is_test(members: Sequence[ChangedOutcome]) -> bool:
    return members[0].asked.question is None


def _choices(viewer: Viewer, changed: ChangedOutcome) -> Mapping[str, str]:
    """Return the entries that may be right, by id."""
    ids = [id_ for outcome in (changed.before, changed.after) for id_ in _entries(outcome)]
    return {id_: entry_title(viewer, id_) for id_ in ids}


def _entries(outcome: Outcome) -> tuple[str, ...]:
    if outcome.article_id is not None:
        return (outcome.article_id,)
    return tuple(each.article_id for each in outcome.candidates) if outcome.kind is OutcomeKind.CLARIFY else ()


def _outcome(viewer: Viewer, outcome: Outcome) -> str:
    titles = ", ".join(entry_title(viewer, id_) for id_ in _entries(outcome))
    if outcome.kind is OutcomeKind.CLARIFY:
        return viewer.texts("rehearsal.outcome.clarify", titles=titles)
    return titles or viewer.texts(f"rehearsal.outcome.{outcome.kind}")
