"""Articles in work that have the question of a suggestion already: drafts, and texts that wait for their day."""

from dataclasses import dataclass
from typing import Final

from dialogs.core.content import Content
from dialogs.core.query import Asking, find_all, find_each, near_questions
from dialogs.core.texts import Texts
from dialogs.editing.model import EVERY, ArticleHead, ArticleRevision
from dialogs.handoff.addition import Addition
from dialogs.handoff.suggesting import answered_now
from dialogs.handoff.suggestion import Suggestion

# Titles and phrasings that are compared.
MAX_COMPARED: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeArticle:
    """An article in work. ``scheduled``: it waits to be published; ``own``: it was made from the suggestion."""

    key: str
    title: str
    scheduled: bool
    own: bool

    def told(self, texts: Texts) -> str:
        """Return a sentence about it."""
        return texts(f"suggestion.{'planned' if self.scheduled else 'drafted'}_now", title=self.title)


def alike_article(content: Content, texts: Texts, suggestion: Suggestion, words: str) -> Asking[AlikeArticle | None]:
    """Return the article in work made from the suggestion, else one with a similar question, if there is any."""
    everyone = content.organisation.provides(suggestion.municipality_id)
    place = None if everyone else suggestion.municipality_id
    heads = [head for head in (yield from find_all(ArticleHead, EVERY)) if head.municipality_id == place]
    by_id = {id_: head for head in heads for id_ in (head.draft_id, head.scheduled_id) if id_}
    revisions = [*(yield from find_each(ArticleRevision, sorted(by_id))).values()]
    asked = [(line, revision) for revision in revisions for line in _questions(revision)][:MAX_COMPARED]
    own = next((revision for revision in revisions if revision.suggestion_id == suggestion.id), None)
    if own is None and asked:
        (at,) = yield from near_questions([(words, b"")], [(line, b"") for line, _ in asked])
        alike = asked[at][1] if at >= 0 else None
    else:
        alike = own
    if alike is None:
        return None
    return AlikeArticle(
        key=alike.key,
        title=alike.heading(texts.language),
        scheduled=alike.id == by_id[alike.id].scheduled_id,
        own=own is not None,
    )


def known_already(content: Content, texts: Texts, suggestion: Suggestion, addition: Addition) -> Asking[str]:
    """Return a sentence about another article that has the question, published or in work; empty without one."""
    alike = yield from alike_article(content, texts, suggestion, addition.question)
    if alike is not None and not alike.own:
        return alike.told(texts)
    (known,) = yield from answered_now(content, texts, [suggestion])
    return known


def _questions(revision: ArticleRevision) -> list[str]:
    return [line for text in revision.texts for line in (text.title, *text.phrasings) if line.strip()]
