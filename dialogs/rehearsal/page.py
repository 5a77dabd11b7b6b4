"""View of a rehearsal: better, worse and unclear; words only of tests and of questions shown to the editors."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dialogs.core.query import Asking, find_each
from dialogs.core.speaker import Viewer
from dialogs.editing.standing import find_standing
from dialogs.editing.validation import problems_of
from dialogs.handoff.suggestion import Suggestion
from dialogs.insight.suppression import Band, EnoughPeople, band_of
from dialogs.rehearsal.asked import EntryTitles, find_rehearsal, rehearsable_draft
from dialogs.rehearsal.model import ChangedGroup, Rehearsal, RehearsalState, SeenOutcome, TestQuestion
from dialogs.rehearsal.result import RehearsalResult, changed_groups
from dialogs.rehearsal.verdict import Change
from dialogs.unanswered.subjects import editors_municipality
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind

# Rows shown of each kind.
MAX_ROWS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalRow:
    """A readable question, or people with the same change of questions.

    Attributes:
        words: empty for people; their ``number`` is a band.
        test: it is a test question.
        suggestion_id: by which its asker showed the question, for a verdict; empty for a test question.
        choices: ids and titles of the entries of the two outcomes.
    """

    words: str
    language: Language
    number: str
    before: str
    after: str
    test: bool
    suggestion_id: str
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
    """The effect of a change of the articles. ``summary`` names the questions asked again."""

    summary: str
    sections: tuple[RehearsalSection, ...]

    def changed_number(self, change: Change) -> int:
        """Return how many lines of this change there are."""
        return next(section.number for section in self.sections if section.change is change)


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
    editors_municipality(viewer)
    draft = yield from rehearsable_draft(viewer, key)
    rehearsal = yield from find_rehearsal(viewer, draft.id)
    state = rehearsal.state_at(viewer.at) if rehearsal is not None else None
    faults = any(not problem.notice for problem in problems_of(draft, viewer.content, today=viewer.at.date()))
    standing = yield from find_standing(viewer, key)
    page = DraftRehearsal(
        key=key,
        heading=draft.heading(viewer.person.language),
        state=state,
        base_id=draft.id,
        publishable=not faults and standing.scheduled is None,
    )
    if rehearsal is None or state is RehearsalState.FAILED:
        return page
    if state is RehearsalState.RUNNING:
        return replace(page, progress=_progress(viewer, rehearsal))
    titles = EntryTitles(viewer=viewer, drafted={draft.article_id: page.heading})
    result = yield from _stored_result(titles, rehearsal)
    return replace(page, at=viewer.texts.moment(rehearsal.at), result=result)


def _progress(viewer: Viewer, running: Rehearsal) -> str:
    texts = viewer.texts
    if not running.total:
        return texts("rehearsal.begins")
    # No numbers: they would reveal how many people asked.
    return texts("rehearsal.running", share=texts.number(100 * running.done // running.total))


def _stored_result(titles: EntryTitles, rehearsal: Rehearsal) -> Asking[RehearsalPage]:
    """Return a stored result with the words that are stored and may be read now."""
    own, ids = rehearsal.municipality_id, sorted({id_ for group in rehearsal.groups for id_ in group.listed_ids})
    # A result outlives erased records.
    tests = yield from find_each(TestQuestion, ids)
    gaps = yield from find_each(Suggestion, ids)
    known = {
        gap.id: AskedWords(words=gap.question, language=gap.language)
        for gap in gaps.values()
        if gap.is_gap and gap.municipality_id == own
    } | {
        test.id: AskedWords(words=test.utterance, language=test.language, test=True)
        for test in tests.values()
        if test.suggestion_id and test.municipality_id == own
    }
    return _page(titles, rehearsal.groups, known, tests=rehearsal.tests, asked=rehearsal.asked)


def rehearsal_page(viewer: Viewer, result: RehearsalResult, rule: EnoughPeople) -> RehearsalPage:
    """Return a result as it comes from a rehearsal, for a reader after the check of the role."""
    known = {
        question.id: AskedWords(words=question.words[0], language=viewer.person.language, test=True)
        for question in result.asked
        if not question.asker_id
    }
    return _page(
        EntryTitles(viewer=viewer, drafted={}),
        changed_groups(result, rule),
        known,
        tests=len(known),
        asked=band_of(len({question.asker_id for question in result.asked if question.asker_id})),
    )


def _page(
    titles: EntryTitles,
    groups: Sequence[ChangedGroup],
    known: Mapping[str, AskedWords],
    *,
    tests: int,
    asked: Band | None,
) -> RehearsalPage:
    """Return the page. ``known``: the words that may be shown; ``asked``: askers of the questions asked again."""
    texts = titles.viewer.texts
    key = "rehearsal.summary" if asked is not None else "rehearsal.summary.tests"
    return RehearsalPage(
        summary=texts(key, people=asked.shown if asked is not None else "", tests=texts.number(tests)),
        sections=tuple(
            RehearsalSection(
                change=change,
                title=texts(f"rehearsal.change.{change}"),
                number=sum(group.number for group in groups if group.change is change),
                rows=tuple(_change_rows(titles, [group for group in groups if group.change is change], known))[
                    :MAX_ROWS
                ],
            )
            for change in Change
        ),
    )


def _change_rows(
    titles: EntryTitles, groups: Sequence[ChangedGroup], known: Mapping[str, AskedWords]
) -> Iterable[RehearsalRow]:
    """Yield the rows: test questions first, then shown questions, then those that are only counted."""
    texts = titles.viewer.texts
    rows: list[RehearsalRow] = []
    for group in groups:
        row = RehearsalRow(
            words="",
            language=titles.viewer.person.language,
            number=texts("rehearsal.people", number=group.people.shown) if group.people is not None else "",
            before=_told(titles, group.before),
            after=_told(titles, group.after),
            test=False,
            suggestion_id="",
            choices=tuple(_choices(titles, group).items()),
        )
        if group.people is not None:
            rows.append(row)
        for id_, asked in ((id_, known[id_]) for id_ in group.listed_ids if id_ in known):
            suggestion_id = "" if asked.test else id_
            rows.append(
                replace(row, words=asked.words, language=asked.language, test=asked.test, suggestion_id=suggestion_id)
            )
    yield from sorted(rows, key=lambda row: (not row.test, not row.words, row.number, row.words, row.before, row.after))


def _choices(titles: EntryTitles, group: ChangedGroup) -> Mapping[str, str]:
    """Return the entries that may be right, by id."""
    return {id_: titles.title_of(id_) for id_ in (*group.before.entry_ids, *group.after.entry_ids)}


def _told(titles: EntryTitles, outcome: SeenOutcome) -> str:
    listed, texts = ", ".join(map(titles.title_of, outcome.entry_ids)), titles.viewer.texts
    if outcome.kind is OutcomeKind.CLARIFY:
        return texts("rehearsal.outcome.clarify", titles=listed)
    return listed or texts(f"rehearsal.outcome.{outcome.kind}")
