"""The words of an article's phrasings: for spelling, for single words, and for subjects without an article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.language.smalltalk import SmallTalk, small_talk
from knowledge.language.text import clean, fold, words
from knowledge.matching.match import Phrasing
from knowledge.matching.mention import joined_line
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


class WordBook:
    """Words with what is derived of each, so that a word of many phrasings is read once. Not thread-safe."""

    def __init__(self, reader: Reader) -> None:
        """Read words as ``reader`` does."""
        self._reader = reader
        # By word: the one string that stands for it everywhere, and its folded form. By word and language: its meaning.
        self._folded: dict[str, tuple[str, str]] = {}
        self._meanings: dict[tuple[str, str], str] = {}

    def words_of(self, phrasings: Sequence[Phrasing], *, digest: int) -> ArticleWords:
        """Return the words of one article's phrasings."""
        times: Counter[str] = Counter()
        lines: list[str] = []
        meanings = set[str]()
        talk = set[SmallTalk]()
        for phrasing in phrasings:
            text = clean(phrasing.text)
            said = [self._known(word) for word in words(text)]
            written = [word for word, _ in said]
            times.update(written)
            meanings.update(self._meaning(word, phrasing.language) for word in written)
            lines.append(joined_line(folded for _, folded in said))
            if not phrasing.asked and (kind := small_talk(text)) is not None:
                talk.add(kind)
        return ArticleWords(
            digest=digest,
            times=times,
            lines=tuple(lines),
            meanings=frozenset(meanings),
            talk=frozenset(talk - {SmallTalk.EMPTY, SmallTalk.NOISE}),
        )

    def _known(self, word: str) -> tuple[str, str]:
        known = self._folded.get(word)
        if known is None:
            known = self._folded[word] = (word, fold(word))
        return known

    def _meaning(self, word: str, language: str) -> str:
        meaning = self._meanings.get((word, language))
        if meaning is None:
            meaning = self._reader.meaning(word, language)
            self._meanings[word, language] = meaning
        return meaning
