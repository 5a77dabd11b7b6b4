"""The words of an article's phrasings: for spelling, for single words, and for subjects without an article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.language.smalltalk import SmallTalk, small_talk
from knowledge.language.text import clean, words
from knowledge.matching.match import Phrasing
from knowledge.matching.mention import line
from knowledge.matching.reading import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleWords:
    """The words of an article.

    Attributes:
        digest: of its phrasings.
        times: how often each word occurs.
        lines: the phrasings as ``mention.Mentions`` searches them.
        meanings: of all words.
        talk: kinds of small talk that its phrasings are; an utterance is none.
    """

    digest: int
    times: Mapping[str, int]
    lines: Sequence[str]
    meanings: frozenset[str]
    talk: frozenset[SmallTalk]


def words_of_article(phrasings: Sequence[Phrasing], reader: Reader, *, digest: int) -> ArticleWords:
    """Return the wording of one article's phrasings."""
    texts = [clean(phrasing.text) for phrasing in phrasings]
    times: Counter[str] = Counter()
    said = set[tuple[str, str]]()
    talk = set[SmallTalk]()
    for text, phrasing in zip(texts, phrasings, strict=True):
        written = words(text)
        times.update(written)
        said.update((word, phrasing.language) for word in written)
        if not phrasing.asked and (kind := small_talk(text)) is not None:
            talk.add(kind)
    return ArticleWords(
        digest=digest,
        times=times,
        lines=tuple(map(line, texts)),
        meanings=frozenset(reader.meaning(word, language) for word, language in said),
        talk=frozenset(talk - {SmallTalk.EMPTY, SmallTalk.NOISE}),
    )
