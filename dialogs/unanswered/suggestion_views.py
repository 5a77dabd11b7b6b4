"""Views of the suggestions that wait for an editor."""

from dataclasses import dataclass
from typing import Final

from dialogs.core.person import Role
from dialogs.core.query import Asking, find, find_all, find_each
from dialogs.core.speaker import Viewer
from dialogs.core.waiting import WaitingItem
from dialogs.editing.model import article_key
from dialogs.editing.suggestions import alike_article
from dialogs.handoff.addition import LONGEST_HEADING, Addition
from dialogs.handoff.cards import MAX_LETTERS
from dialogs.handoff.suggesting import answered_now
from dialogs.handoff.suggestion import Suggestion, Verdict
from dialogs.handoff.suggestion_cards import heading_of
from knowledge.article.article import Language


def waiting_suggestions(viewer: Viewer) -> Asking[tuple[WaitingItem, ...]]:
    """Return the suggestions without a decision, for editors of the municipality; without their words."""
    own = viewer.person.municipality_id
    if viewer.person.is_outsider or not viewer.person.has(Role.EDITOR) or own is None:
        return ()
    waiting = yield from find_all(Suggestion, f"{Verdict.WAITING}@{own}")
    return tuple(
        WaitingItem(
            title=_what_of(viewer, suggestion),
            path=f"/desk/unanswered/suggestions/{suggestion.id}",
            since=suggestion.created_at,
        )
        for suggestion in waiting
    )


# Suggestions in the list; the oldest come first.
MAX_LISTED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionRow:
    """A suggestion in the list. ``known``: what answers it by now, or will."""

    id: str
    words: str
    language: Language
    what: str
    since: str
    known: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionList:
    """The suggestions that wait. ``left``: how many more there are."""

    rows: tuple[SuggestionRow, ...]
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionPage:
    """One suggestion.

    Attributes:
        state: ``waiting``; ``draft``: approved, and its article is not published; ``live``; ``closed``.
        article: title of the article that gets the question as a phrasing; empty for a new one.
        missed: title of the article that did not help.
        known: sentence about the entry that has the question already.
        article_url: of the article in work, or of the published one.
        title: proposed for a new article.
    """

    id: str
    heading: str
    question: str
    answer: str
    language: Language
    state: str
    doubted: bool
    article: str
    missed: str
    scope: str
    known: str
    article_url: str
    title: str
    longest_title: int = LONGEST_HEADING
    longest_text: int = MAX_LETTERS


def suggestions_view(viewer: Viewer) -> Asking[SuggestionList]:
    """Return suggestions without a decision, and approved unpublished ones, oldest first."""
    viewer.require(Role.EDITOR)
    own = viewer.require_municipality(viewer.person.municipality_id)
    waiting = yield from find_all(Suggestion, f"{Verdict.WAITING}@{own}")
    approved = yield from find_all(Suggestion, f"{Verdict.APPROVED}@{own}")
    additions = yield from find_each(Addition, [suggestion.id for suggestion in approved])
    drafts = [suggestion for suggestion in approved if _is_draft(additions.get(suggestion.id))]
    listed = sorted((*waiting, *drafts), key=lambda suggestion: (suggestion.created_at, suggestion.id))
    known = yield from answered_now(viewer.content, viewer.texts, listed[:MAX_LISTED])
    rows = [
        _suggestion_row(viewer, suggestion, additions.get(suggestion.id), told)
        for suggestion, told in zip(listed, known, strict=False)
    ]
    return SuggestionList(rows=tuple(rows), left=max(0, len(listed) - MAX_LISTED))


def suggestion_view(viewer: Viewer, suggestion_id: str) -> Asking[SuggestionPage]:
    """Show an editor one suggestion of the municipality. Raises EventRefused."""
    viewer.require(Role.EDITOR)
    content, texts = viewer.content, viewer.texts
    suggestion = yield from find(Suggestion, suggestion_id)
    if suggestion is None or suggestion.municipality_id != viewer.person.municipality_id:
        raise viewer.refusal("suggestion.gone")
    addition = yield from find(Addition, suggestion.id)
    state = _state(suggestion, addition)
    words = addition if addition is not None and state == "draft" else suggestion
    alike = None if state == "closed" else (yield from alike_article(content, texts, suggestion, words.question))
    (known,) = ("",) if state == "closed" else (yield from answered_now(content, texts, [suggestion]))
    if alike is not None and state in {"waiting", "draft"}:
        known = texts("suggestion.own_draft", title=alike.title) if alike.own else alike.told(texts)
    return SuggestionPage(
        id=suggestion.id,
        heading=heading_of(content, texts, suggestion, addition),
        question=words.question,
        answer=words.answer,
        language=suggestion.language,
        state=state,
        doubted=suggestion.doubted and state != "closed",
        article=_article_title(viewer, suggestion.article_id),
        missed=_article_title(viewer, suggestion.missed_article_id),
        scope=_scope(viewer, suggestion),
        known=known,
        article_url=f"/desk/articles/{alike.key}" if alike else _live_url(viewer, addition),
        title=addition.heading if addition is not None else "",
    )


def _is_draft(addition: Addition | None) -> bool:
    return addition is not None and addition.article_id is None and addition.undone_at is None


def _state(suggestion: Suggestion, addition: Addition | None) -> str:
    if suggestion.verdict is Verdict.WAITING:
        return "waiting"
    if _is_draft(addition):
        return "draft"
    return "live" if addition is not None and addition.live else "closed"


def _suggestion_row(viewer: Viewer, suggestion: Suggestion, addition: Addition | None, known: str) -> SuggestionRow:
    return SuggestionRow(
        id=suggestion.id,
        words=(addition or suggestion).question,
        language=suggestion.language,
        what=_what_of(viewer, suggestion),
        since=viewer.texts.day(suggestion.created_at),
        known=known,
    )


def _what_of(viewer: Viewer, suggestion: Suggestion) -> str:
    texts = viewer.texts
    if suggestion.verdict is Verdict.APPROVED:
        return texts("suggestion.what.draft")
    if suggestion.article_id:
        return texts("suggestion.what.phrasing", title=_article_title(viewer, suggestion.article_id))
    return texts(f"suggestion.what.{'question' if suggestion.is_gap else 'answer'}")


def _article_title(viewer: Viewer, article_id: str | None) -> str:
    if not article_id:
        return ""
    article = viewer.content.articles.get(article_id, viewer.texts.language, viewer.person.municipality_id)
    return article.title if article is not None else article_id


def _live_url(viewer: Viewer, addition: Addition | None) -> str:
    if addition is None or not addition.live or addition.article_id not in viewer.content.articles.ids():
        return ""
    own = viewer.content.articles.texts_of(addition.article_id, addition.municipality_id)
    return f"/desk/articles/{article_key(addition.article_id, addition.municipality_id if own else None)}"


def _scope(viewer: Viewer, suggestion: Suggestion) -> str:
    place = viewer.content.organisation.municipalities.get(suggestion.proposed_in or "")
    if place is not None:
        return viewer.texts("suggestion.proposed_in", place=place.names.text(viewer.texts.language))
    return ""
