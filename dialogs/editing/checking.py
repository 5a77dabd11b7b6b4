"""Check of phrasings against the other articles: what Heia answers to them now, and which say too little."""

from dataclasses import dataclass
from typing import Final

from dialogs.core.query import Asking, match_each
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.editing.model import ArticleRevision
from knowledge.language.masking import mask
from knowledge.language.smalltalk import small_talk
from knowledge.matching.matcher import Match

# Phrasings that are compared with other articles at a time.
MAX_COMPARED: Final = 120
LEAST_WORDS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PhrasingWarning:
    """A phrasing that finds another article, or says too little, and why."""

    language: str
    phrasing: str
    reason: str


def phrasing_warnings(viewer: Viewer, shown: ArticleRevision) -> Asking[tuple[PhrasingWarning, ...]]:
    """Return the phrasings that another article answers now, or that say too little."""
    texts = viewer.texts
    listed = [(text.language, words) for text in shown.texts for words in text.phrasings][:MAX_COMPARED]
    place = shown.municipality_id or viewer.person.municipality_id
    matched = yield from match_each([mask(words) for _, words in listed], municipality_id=place)
    warnings: list[PhrasingWarning] = []
    for (language, words), outcome in zip(listed, matched, strict=True):
        reasons = [texts("article.warning.short")] if is_short(words) else []
        reasons += _answered_elsewhere(viewer, texts, outcome, shown.article_id)
        name = texts(f"article.language.{language}")
        warnings += [PhrasingWarning(language=name, phrasing=words, reason=reason) for reason in reasons]
    return tuple(warnings)


def is_short(phrasing: str) -> bool:
    """Return whether a phrasing would attract other questions; an address stands for itself."""
    if small_talk(phrasing) is not None:
        return True
    is_address = any(sign in phrasing.strip(".?! ") for sign in (".", "/", "@"))
    return len(phrasing.split()) < LEAST_WORDS and not is_address


def _answered_elsewhere(viewer: Viewer, texts: Texts, matched: Match, article_id: str) -> list[str]:
    outcome = viewer.content.policy.outcome(matched)
    if outcome.article_id is None or outcome.article_id == article_id:
        return []
    article = viewer.content.articles.get(outcome.article_id, texts.language, viewer.person.municipality_id)
    key = "article.warning.likely" if outcome.likely else "article.warning.near"
    return [texts(key, title=article.title if article else outcome.article_id)]
