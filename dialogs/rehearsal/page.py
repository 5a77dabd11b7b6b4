"""View of a rehearsal: better, worse and unclear, with words only where they may be shown."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dialogs.core.query import Asking, find_each, group_questions
from dialogs.core.question import Question
from dialogs.core.viewer import Viewer
from dialogs.editing.standing import find_standing
from dialogs.editing.validation import problems_of
from dialogs.rehearsal.drafts import EntryTitles, find_rehearsal, rehearsable_draft
from dialogs.rehearsal.model import ChangedGroup, Rehearsal, RehearsalState, SeenOutcome, TestQuestion
from dialogs.rehearsal.result import RehearsalResult
from dialogs.rehearsal.summary import changed_groups
from dialogs.rehearsal.verdict import Change
from dialogs.unanswered.questions import kept_questions, may_be_shown, questions_scope, registered_askers, words_of
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind

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


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRehearsal:
    """The rehearsal of a draft.

    Attributes:
        state: None without one.
        progress: a sentence, while it is running.
        result: once it is done; ``at`` is then the moment in words.
        base_id: the draft, for its publication.
        publishable: it has no faults, and no other text is planned.
    """

    key: str
    heading: str
    state: RehearsalState | None
    base_id: str = ""
    publishable: bool = False
    progress: str = ""
    at: str = ""
    result: RehearsalPage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedWords:
    """Words of a question, with its language; ``test``: it is a test question."""

    words: str
    language: Language
    test: bool = False


def rehearsal_view(viewer: Viewer, key: str) -> Asking[DraftRehearsal]:
    """Show an editor the rehearsal of an article's draft. Raises EventRefused."""
    scope = questions_scope(viewer)
    draft = yield from rehearsable_draft(viewer, key)
    found = yield from find_rehearsal(viewer, draft.id)
    state = found.state_at(viewer.at) if found is not None else None
    faults = any(not each.notice for each in problems_of(draft, viewer.content, today=viewer.at.date()))
    standing = yield from find_standing(viewer, key)
    page = DraftRehearsal(
        key=key,
        heading=draft.heading(viewer.person.language),
        state=state,
        base_id=draft.id,
        publishable=not faults and standing.scheduled is None,
    )
    if found is None or state is RehearsalState.FAILED:
        return page
    if state is RehearsalState.RUNNING:
        return replace(page, progress=_progress(viewer, found))
    titles = EntryTitles(viewer=viewer, drafted={draft.article_id: page.heading})
    result = yield from _stored_result(titles, found, scope)
    return replace(page, at=viewer.texts.moment(found.at), result=result)


def _progress(viewer: Viewer, running: Rehearsal) -> str:
    texts = viewer.texts
    if not running.total:
        return texts("rehearsal.begins")
    return texts("rehearsal.running", done=texts.number(running.done), total=texts.number(running.total))


def _stored_result(titles: EntryTitles, rehearsal: Rehearsal, scope: Collection[str]) -> Asking[RehearsalPage]:
    """Return a stored result with the words that are stored and may be shown now."""
    viewer = titles.viewer
    ids = sorted({id_ for group in rehearsal.groups for id_ in group.question_ids})
    kept = (yield from kept_questions(scope, viewer.at)) if ids else ()
    # A result outlives questions that are erased or too old.
    stored = {each.id for each in kept}.intersection(ids)
    shown = yield from showable_questions(kept, stored)
    tests = yield from find_each(TestQuestion, sorted({id_ for group in rehearsal.groups for id_ in group.test_ids}))
    known = {each.id: AskedWords(words=each.utterance, language=each.language) for each in kept if each.id in shown}
    known |= {
        each.id: AskedWords(words=each.utterance, language=each.language, test=True)
        for each in tests.values()
        if each.municipality_id in scope
    }
    return _page(titles, rehearsal.groups, known, (rehearsal.questions, rehearsal.tests, rehearsal.ran))


def rehearsal_page(viewer: Viewer, result: RehearsalResult) -> Asking[RehearsalPage]:
    """Return a result as it comes from a rehearsal, for a reader after the check of the role."""
    shown = yield from showable(result)
    known = {
        each.id: AskedWords(
            words=each.words[0],
            language=each.question.language if each.question is not None else viewer.person.language,
            test=each.question is None,
        )
        for each in result.asked
        if each.question is None or each.id in shown
    }
    tests = sum(each.question is None for each in result.asked)
    return _page(
        EntryTitles(viewer=viewer, drafted={}),
        changed_groups(result),
        known,
        (len(result.asked) - tests, tests, result.ran),
    )


def _page(
    titles: EntryTitles, groups: Sequence[ChangedGroup], known: Mapping[str, AskedWords], numbers: tuple[int, int, int]
) -> RehearsalPage:
    """Return the page. ``known``: the words that may be shown; ``numbers``: of questions, tests, and those asked."""
    texts = titles.viewer.texts
    questions, tests, ran = map(texts.number, numbers)
    return RehearsalPage(
        summary=texts("rehearsal.summary", questions=questions, tests=tests, ran=ran),
        sections=tuple(
            RehearsalSection(
                change=change,
                title=texts(f"rehearsal.change.{change}"),
                number=sum(each.number for each in groups if each.change is change),
                rows=tuple(_change_rows(titles, [each for each in groups if each.change is change], known))[:MAX_ROWS],
            )
            for change in Change
        ),
    )


def showable(result: RehearsalResult) -> Asking[frozenset[str]]:
    """Return the ids of changed questions that are still stored, with words that may be shown."""
    questions = [each.question for each in result.asked if each.question is not None]
    changed = sorted(each.asked.id for each in result.changed if each.asked.question is not None)
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


def _change_rows(
    titles: EntryTitles, groups: Sequence[ChangedGroup], known: Mapping[str, AskedWords]
) -> Iterable[RehearsalRow]:
    """Yield the rows: test questions first, then those with words, then those that are only counted."""
    viewer = titles.viewer
    rows: dict[tuple[str, str, str], list[tuple[str, ChangedGroup]]] = {}
    for group in groups:
        before, after = _told(titles, group.before), _told(titles, group.after)
        for id_ in (*group.test_ids, *group.question_ids):
            words = known[id_].words if id_ in known else ""
            rows.setdefault((words, before, after), []).append((id_, group))
    ordered = sorted(
        rows.items(), key=lambda item: (not _is_test(item[1], known), not item[0][0], -len(item[1]), item[0])
    )
    for (words, before, after), members in ordered:
        id_, group = members[0]
        asked, test = known.get(id_), _is_test(members, known)
        yield RehearsalRow(
            words=words,
            language=asked.language if asked is not None else viewer.person.language,
            number=viewer.texts.plural("rehearsal.questions", len(members)),
            before=before,
            after=after,
            test=test,
            question_id=id_ if words and not test else "",
            choices=tuple(_choices(titles, group).items()),
        )


def _is_test(members: Sequence[tuple[str, ChangedGroup]], known: Mapping[str, AskedWords]) -> bool:
    asked = known.get(members[0][0])
    return asked is not None and asked.test


def _choices(titles: EntryTitles, group: ChangedGroup) -> Mapping[str, str]:
    """Return the entries that may be right, by id."""
    return {id_: titles.title_of(id_) for id_ in (*group.before.entry_ids, *group.after.entry_ids)}


def _told(titles: EntryTitles, outcome: SeenOutcome) -> str:
    listed, texts = ", ".join(map(titles.title_of, outcome.entry_ids)), titles.viewer.texts
    if outcome.kind is OutcomeKind.CLARIFY:
        return texts("rehearsal.outcome.clarify", titles=listed)
    return listed or texts(f"rehearsal.outcome.{outcome.kind}")
