"""The words of an article's phrasings: for spelling, for single words, and for subjects without an article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

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


class _Derived(dict[str, str]):
    """Values derived from each word, computed on first use."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, word: str) -> str:
        self[word] = derived = self._make(word)
        return derived


class WordBook:
    """Words with derived values, so that a word of many phrasings is read once. Not thread-safe."""

    def __init__(self, reader: Reader) -> None:
        """Read words as ``reader`` does."""
        # ``_same`` has the one string that stands for a word everywhere.
        self._same, self._folded = _Derived(lambda word: word), _Derived(fold)
        self._meaning = {
            language: _Derived(partial(reader.meaning, language=language)) for language in ("nb", "nn", "en")
        }

    def words_of(self, phrasings: Sequence[Phrasing], *, digest: int) -> ArticleWords:
        """Return the words of one article's phrasings."""
        said: dict[str, list[str]] = {}
        lines: list[str] = []
        talk = set[SmallTalk]()
        for phrasing in phrasings:
            text = clean(phrasing.text)
            written = words(text)
            said.setdefault(phrasing.language, []).extend(written)
            lines.append(joined_line(map(self._folded.__getitem__, written)))
            if not phrasing.asked and (kind := small_talk(text)) is not None:
                talk.add(kind)
        return ArticleWords(
            digest=digest,
            times=Counter(self._same[word] for written in said.values() for word in written),
            lines=tuple(lines),
            meanings=frozenset(self._meaning[language][word] for language in said for word in set(said[language])),
            talk=frozenset(talk - {SmallTalk.EMPTY, SmallTalk.NOISE}),
        )
