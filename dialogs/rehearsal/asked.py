"""What a rehearsal asks: questions of the last weeks, test questions, drafts."""

from base64 import b64decode
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dialogs.core.query import Asking, KeptWords, find, find_all, find_each
from dialogs.core.question import Question
from dialogs.core.speaker import Viewer
from dialogs.editing.model import EVERY as EVERY_ARTICLE
from dialogs.editing.model import ArticleHead, ArticleRevision
from dialogs.handoff.suggestion import Suggestion, Verdict
from dialogs.insight.suppression import EnoughPeople
from dialogs.rehearsal.model import EVERY, Rehearsal, RehearsalState, TestQuestion, rehearsal_id
from dialogs.rehearsal.verdict import Change, Evidence
from dialogs.unanswered.subjects import closed_questions, editors_municipality, questions_scope
from dialogs.unanswered.themes import entry_title
from knowledge.article.article import Language
from knowledge.article.change import ArticleChange
from knowledge.matching.policy import OutcomeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain:
    """One question of a rehearsal.

    Attributes:
        words: masked, with the vector.
        asker_id: the registered asker, for questions that are only counted in groups; empty for those that
            editors read one by one.
        unanswered: it had no answer, or none that helped, so that it belongs to a theme.
    """

    id: str
    words: KeptWords
    municipality_id: str | None
    evidence: Evidence
    asker_id: str = ""
    unanswered: bool = False


def asked_again(own: Collection[str], scope: Collection[str], at: datetime) -> Asking[tuple[AskedAgain, ...]]:
    """Return what a rehearsal asks.

    Args:
        own: municipalities of the test questions and shown questions open to the reader.
        scope: municipalities of the counted questions.
    """
    tests = yield from find_all(TestQuestion, EVERY)
    shown: list[Suggestion] = []
    for municipality_id in sorted(own):
        shown += yield from find_all(Suggestion, f"{Verdict.WAITING}@{municipality_id}")
    questions = yield from closed_questions(scope, at)
    kept = {test.suggestion_id for test in tests}
    return (
        *_of_tests(test for test in tests if test.municipality_id in own and test.suggestion_id),
        *_of_shown(gap for gap in shown if gap.is_gap and gap.id not in kept),
        *_of_questions(questions),
    )


def _of_tests(tests: Iterable[TestQuestion]) -> Iterable[AskedAgain]:
    for test in tests:
        expected = frozenset({test.expected_id} if test.expected_id else ())
        yield AskedAgain(
            id=test.id,
            words=(test.utterance, b64decode(test.vector)),
            municipality_id=test.municipality_id,
            evidence=Evidence(expected=expected),
        )


def _of_shown(gaps: Iterable[Suggestion]) -> Iterable[AskedAgain]:
    for gap in gaps:
        refused = frozenset({gap.missed_article_id} if gap.missed_article_id else ())
        yield AskedAgain(
            id=gap.id,
            words=(gap.question, b""),
            municipality_id=gap.municipality_id,
            evidence=Evidence(refused=refused),
        )


def _of_questions(questions: Iterable[Question]) -> Iterable[AskedAgain]:
    for question in questions:
        yield AskedAgain(
            id=question.id,
            words=(question.utterance, b64decode(question.vector)),
            municipality_id=question.municipality_id,
            evidence=_known_about(question),
            asker_id=question.person_id,
            unanswered=question.unanswered,
        )


def _known_about(question: Question) -> Evidence:
    """Return the evidence of the asker's reaction."""
    answered = question.outcome is OutcomeKind.ANSWER and question.article_id is not None
    if answered and question.helped is True:
        return Evidence(expected=frozenset({str(question.article_id)}))
    if answered and question.helped is False:
        return Evidence(refused=frozenset({str(question.article_id)}))
    return Evidence()


# View of the drafts that can be rehearsed, and of the test questions.


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTitles:
    """Titles of articles and actions for a reader. ``drafted``: those of drafts, by article id."""

    viewer: Viewer
    drafted: Mapping[str, str]

    def title_of(self, entry_id: str) -> str:
        """Return the title that readers see, else that of the draft, else the id."""
        title = entry_title(self.viewer, entry_id)
        return self.drafted.get(entry_id, title) if title == entry_id else title


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """A draft that may be rehearsed. ``rehearsed`` says with which result it was, if it was."""

    key: str
    title: str
    saved: str
    rehearsed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRow:
    """A test question. ``right`` is the title of the entry that should answer it."""

    id: str
    words: str
    language: Language
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftsPage:
    """The drafts, and the test questions."""

    drafts: tuple[DraftRow, ...]
    tests: tuple[TestRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalTask:
    """All that a rehearsal of a draft needs; ``id`` is that of its record."""

    id: str
    begun_at: datetime
    change: ArticleChange
    asked: tuple[AskedAgain, ...]
    rule: EnoughPeople = field(default_factory=EnoughPeople)


def drafts_view(viewer: Viewer) -> Asking[DraftsPage]:
    """Show an editor the drafts of their area. Raises EventRefused."""
    own = editors_municipality(viewer)
    heads = [head for head in (yield from find_all(ArticleHead, EVERY_ARTICLE)) if _may_rehearse(viewer, head)]
    drafts = yield from find_each(ArticleRevision, [head.draft_id for head in heads if head.draft_id])
    tests = yield from find_all(TestQuestion, EVERY)
    rehearsals = yield from find_each(Rehearsal, [rehearsal_id(draft_id, own) for draft_id in drafts])
    none = viewer.texts("rehearsal.right.none")
    titles = EntryTitles(
        viewer=viewer,
        drafted={draft.article_id: draft.heading(viewer.person.language) for draft in drafts.values()},
    )
    return DraftsPage(
        drafts=tuple(
            DraftRow(
                key=head.id,
                title=draft.heading(viewer.person.language),
                saved=viewer.texts.moment(draft.made_at),
                rehearsed=_note_of(viewer, rehearsals.get(rehearsal_id(draft.id, own))).text,
            )
            for head, draft in _newest_first((head, drafts.get(head.draft_id or "")) for head in heads)
        ),
        tests=tuple(
            TestRow(
                id=test.id,
                words=test.utterance,
                language=test.language,
                right=titles.title_of(test.expected_id) if test.expected_id else none,
            )
            for test in tests
            if test.municipality_id == own and test.suggestion_id
        ),
    )


def task_view(viewer: Viewer, key: str) -> Asking[RehearsalTask | None]:
    """Return the task of the rehearsal that was begun for an article's draft; None without one. Raises EventRefused."""
    scope = questions_scope(viewer)
    draft = yield from rehearsable_draft(viewer, key)
    begun = yield from find_rehearsal(viewer, draft.id)
    if begun is None or begun.state_at(viewer.at) is not RehearsalState.RUNNING:
        return None
    asked = yield from asked_again({begun.municipality_id}, scope, viewer.at)
    rule = EnoughPeople.among(scope)
    return RehearsalTask(id=begun.id, begun_at=begun.begun_at, change=draft.to_change(), asked=asked, rule=rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalNote:
    """Whether a draft was rehearsed, in a sentence. ``state`` is None if it was not."""

    state: RehearsalState | None
    text: str


def rehearsal_note(viewer: Viewer, key: str) -> Asking[RehearsalNote | None]:
    """Return whether an article's draft was rehearsed; None without a draft that the reader may rehearse."""
    questions_scope(viewer)
    heads = yield from find_each(ArticleHead, [key])
    head = heads.get(key)
    if head is None or head.draft_id is None or not _may_rehearse(viewer, head):
        return None
    return _note_of(viewer, (yield from find_rehearsal(viewer, head.draft_id)))


def find_rehearsal(viewer: Viewer, revision_id: str) -> Asking[Rehearsal | None]:
    """Return the rehearsal of a draft for the editors of the reader's municipality."""
    own = viewer.require_municipality(viewer.person.municipality_id)
    return (yield from find(Rehearsal, rehearsal_id(revision_id, own)))


def rehearsable_draft(viewer: Viewer, key: str) -> Asking[ArticleRevision]:
    """Return the draft of an article that the reader may rehearse. Raises EventRefused."""
    heads = yield from find_each(ArticleHead, [key])
    head = heads.get(key)
    if head is None or head.draft_id is None or not _may_rehearse(viewer, head):
        raise viewer.not_found("rehearsal.gone")
    drafts = yield from find_each(ArticleRevision, [head.draft_id])
    if head.draft_id not in drafts:
        raise viewer.not_found("rehearsal.gone")
    return drafts[head.draft_id]


def _note_of(viewer: Viewer, rehearsal: Rehearsal | None) -> RehearsalNote:
    texts = viewer.texts
    if rehearsal is None:
        return RehearsalNote(state=None, text=texts("rehearsal.state.none"))
    state = rehearsal.state_at(viewer.at)
    if state is not RehearsalState.DONE:
        return RehearsalNote(state=state, text=texts(f"rehearsal.state.{state}"))
    numbers = {str(change): texts.number(rehearsal.changed_number(change)) for change in Change}
    return RehearsalNote(state=state, text=texts("rehearsal.state.done", moment=texts.moment(rehearsal.at), **numbers))


def _newest_first(
    heads: Iterable[tuple[ArticleHead, ArticleRevision | None]],
) -> list[tuple[ArticleHead, ArticleRevision]]:
    there = [(head, draft) for head, draft in heads if draft is not None]
    return sorted(there, key=lambda pair: pair[1].made_at, reverse=True)


def _may_rehearse(viewer: Viewer, head: ArticleHead) -> bool:
    """Return whether the draft is of the editor's area: drafts for everyone are the provider's."""
    own = viewer.person.municipality_id or ""
    return head.municipality_id == own or viewer.content.organisation.provides(own)
