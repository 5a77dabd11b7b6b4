"""An article's history: saves and publications, with editor, reason and changes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from dialogs.core.paging import Paged, paged
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find, find_all, find_each
from dialogs.core.speaker import Viewer
from dialogs.editing.model import WAS_PUBLIC, ArticleHead, ArticleRevision, RevisionState
from dialogs.editing.target import may_edit, revision_begun
from knowledge.article.article import Language

PER_PAGE: Final = 20
_PUBLIC: Final = WAS_PUBLIC | {RevisionState.WITHDRAWN}
# About a third of a second.
MOST_STEPS: Final = 3_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffPart:
    """Words that stayed (``same``), came (``added``) or went (``removed``)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDiff:
    """A field of one language that changed."""

    name: str
    parts: tuple[DiffPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRow:
    """One revision. ``diff`` compares a draft with the text it was made from, others with what readers got before.

    ``planned``: when it is published, if it waits for that.
    ``may_return``: it was public, and can be published again. ``may_open``: its text can be brought into the form.
    """

    id: str
    number: int
    state: str
    at: str
    by: str
    reason: str
    live: bool
    draft: bool
    planned: str
    may_return: bool
    may_open: bool
    diff: tuple[FieldDiff, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """The revisions of an article, newest first."""

    key: str
    heading: str
    article_id: str
    municipality_id: str
    rows: Paged[RevisionRow]


def history_view(viewer: Viewer, key: str, *, number: int = 1) -> Asking[HistoryPage]:
    """Return a page of an article's history; only publications if the viewer may not change it."""
    viewer.require(Role.EDITOR)
    article_id, _, municipality = key.partition("@")
    editable = may_edit(viewer.content, viewer.person, municipality or None)
    if municipality and not editable:
        raise viewer.refusal("article.not_yours")
    head = yield from find(ArticleHead, key)
    revisions = yield from find_all(ArticleRevision, f"article:{key}")
    ordered = sorted(
        (revision for revision in revisions if editable or revision.state in _PUBLIC),
        key=lambda revision: revision.number,
        reverse=True,
    )
    people = yield from find_each(Person, sorted({revision.by for revision in ordered if revision.by}))
    page = paged(ordered, number, size=PER_PAGE)
    place = municipality or None
    files_head = ArticleHead(id=key, article_id=article_id, municipality_id=place)
    files = revision_begun(viewer.content, files_head, None, viewer.at)
    rows = tuple(
        _row_of(viewer, revision, base=_base_of(revision, ordered, files), head=head, people=people, editable=editable)
        for revision in page.items
    )
    return HistoryPage(
        key=key,
        heading=ordered[0].heading(viewer.texts.language) if ordered else article_id,
        article_id=article_id,
        municipality_id=municipality,
        rows=Paged(items=rows, number=page.number, pages=page.pages, total=page.total),
    )


def _base_of(
    revision: ArticleRevision, ordered: Sequence[ArticleRevision], files: ArticleRevision | None
) -> ArticleRevision | None:
    """Return what a revision is compared with; ``ordered``: all, newest first."""
    if revision.state is RevisionState.DRAFT:
        return next((base for base in ordered if base.id == revision.base_id), None) if revision.base_id else files
    # Not with the draft it was made from: that has the same text.
    earlier = (candidate for candidate in ordered if candidate.number < revision.number and candidate.state in _PUBLIC)
    return next(earlier, files)


def _row_of(
    viewer: Viewer,
    revision: ArticleRevision,
    *,
    base: ArticleRevision | None,
    head: ArticleHead | None,
    people: Mapping[str, Person],
    editable: bool,
) -> RevisionRow:
    texts = viewer.texts
    person = people.get(revision.by)
    live = head is not None and head.live_id == revision.id
    draft = head is not None and head.draft_id == revision.id
    planned = editable and head is not None and head.scheduled_id == revision.id
    usable = editable and not live and bool(revision.texts)
    return RevisionRow(
        id=revision.id,
        number=revision.number,
        state=texts(f"article.state.{revision.state}"),
        at=texts.moment(revision.made_at),
        by=_shown_name(viewer, person),
        reason=revision.reason,
        live=live,
        draft=draft,
        planned=texts.moment(head.scheduled_at) if planned and head is not None and head.scheduled_at else "",
        may_return=usable and revision.state in WAS_PUBLIC,
        may_open=usable and not draft and revision.state not in WAS_PUBLIC,
        diff=difference(viewer, base, revision),
    )


def _shown_name(viewer: Viewer, person: Person | None) -> str:
    # People of other municipalities are hidden, the provider's too.
    own = person is not None and person.municipality_id == viewer.person.municipality_id
    return person.name if own and person is not None else viewer.texts("article.by_unknown")


def difference(viewer: Viewer, before: ArticleRevision | None, after: ArticleRevision) -> tuple[FieldDiff, ...]:
    """Return the fields that changed, word by word."""
    differences: list[FieldDiff] = []
    for language in Language:
        old = before.text_in(language) if before is not None else None
        new = after.text_in(language)
        spoken = viewer.texts(f"article.language.{language}")
        for field in ("title", "answer", "phrasings"):
            was = _field_text(getattr(old, field)) if old is not None else ""
            now = _field_text(getattr(new, field))
            if was != now:
                name = f"{spoken}, {viewer.texts(f'article.field.{field}')}"
                differences.append(FieldDiff(name=name, parts=word_diff(was, now)))
    return tuple(differences)


def word_diff(before: str, after: str) -> tuple[DiffPart, ...]:
    """Return the difference of two texts, word by word; line breaks are words.

    Texts that repeat the same words too often are compared line by line, or shown whole, to stay within ``MOST_STEPS``.
    """
    old, new = _words_of(before), _words_of(after)
    if _steps(old, new) > MOST_STEPS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if _steps(old, new) > MOST_STEPS:
        old, new = [before], [after]
    parts: list[DiffPart] = []
    for operation, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if operation == "equal":
            parts.append(DiffPart(kind="same", text="".join(old[a:b])))
            continue
        if a < b:
            parts.append(DiffPart(kind="removed", text="".join(old[a:b])))
        if c < d:
            parts.append(DiffPart(kind="added", text="".join(new[c:d])))
    return tuple(parts)


def _steps(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many steps a comparison takes at most: every search looks at all pairs of equal items."""
    times, others = Counter(old), Counter(new)
    return min(len(old), len(new)) * sum(number * others[word] for word, number in times.items())


def _words_of(text: str) -> list[str]:
    words: list[str] = []
    for line in text.splitlines(keepends=True):
        words += [f"{word} " for word in line.rstrip("\n").split(" ")]
        if line.endswith("\n"):
            words.append("\n")
    return words


def _field_text(value: object) -> str:
    return "\n".join(value) if isinstance(value, tuple) else str(value)
