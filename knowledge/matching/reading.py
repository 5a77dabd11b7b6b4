"""Read an utterance: language, correction of typing errors, standard spelling, and meanings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import Stemmer

from knowledge.language.identify import identify
from knowledge.language.lexicon.bokmaal import has_bokmaal, in_bokmaal
from knowledge.language.lexicon.spelling import MEANING, STANDARD
from knowledge.language.text import WORD, fold, words
from knowledge.matching.repair import Repair

# Words used from the start and the end of a long text, where the actual question usually is.
_FIRST, _LAST = 40, 24

# Maximum characters for the encoder, which needs half a millisecond per word. Questions are shorter.
_SENTENCE = 160

_LONGEST_WORD = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A processed utterance.

    Attributes:
        language: nb, nn or en.
        spelled: the words after correction, in standard spelling.
        standard: the same words, folded.
        meanings: one word each for all inflections, synonyms and translations.
        repaired: the corrections, as (written, meant).
        sentence: the text for the encoder: the original with corrected words, in Bokmål unless it is English.
    """

    language: str
    spelled: tuple[str, ...]
    standard: tuple[str, ...]
    meanings: tuple[str, ...]
    repaired: tuple[tuple[str, str], ...]
    sentence: str


class Reader:
    """Reads utterances with the vocabulary of one index. Not thread-safe."""

    def __init__(self, repair: Repair) -> None:
        self._repair = repair
        norwegian, english = Stemmer.Stemmer("norwegian"), Stemmer.Stemmer("english")
        self._stem = {"nb": norwegian, "nn": norwegian, "en": english}
        self._meaning_of_stem = _meaning_by_stem()

    def copy(self) -> Reader:
        """Return a reader with the same vocabulary, for another thread."""
        return Reader(self._repair)

    def read(self, text: str, *, language: str | None = None, mend: bool = True) -> Reading:
        """Read a cleaned text.

        Phrasings of the index are not corrected, because they define the right spelling.
        """
        language = language or identify(text)
        written = words(text)
        if len(written) > _FIRST + _LAST:
            written = written[:_FIRST] + written[-_LAST:]
        changed: dict[str, str] = {}
        if mend:
            for word in dict.fromkeys(written):
                if language == "en" or not has_bokmaal(word):
                    meant = self._repair.correct(word)
                    if meant != word:
                        changed[word] = meant
        right = [changed.get(word, word)[:_LONGEST_WORD] for word in written]
        if language != "en":
            right = [_standard(word) for word in right]
        standard = tuple(fold(word) for word in right)
        return Reading(
            language=language,
            spelled=tuple(right),
            standard=standard,
            meanings=tuple(self._meaning(word, folded, language) for word, folded in zip(right, standard, strict=True)),
            repaired=tuple(changed.items()),
            sentence=_sentence(text, changed, language),
        )

    def meaning(self, word: str, language: str) -> str:
        """Return the meaning of a correctly spelled word, as a reading has it."""
        right = word[:_LONGEST_WORD] if language == "en" else _standard(word[:_LONGEST_WORD])
        return self._meaning(right, fold(right), language)

    def _meaning(self, word: str, folded: str, language: str) -> str:
        meaning = MEANING.get(word.replace("-", ""))
        if meaning is not None:
            return "=" + fold(meaning)
        stem: str = self._stem[language].stemWord(folded)
        return self._meaning_of_stem.get(stem, stem)


@cache
def _meaning_by_stem() -> Mapping[str, str]:
    """Return the meaning of each stem of a listed word. Read once."""
    meaning_of: dict[str, str] = {}
    for stemmer in (Stemmer.Stemmer("norwegian"), Stemmer.Stemmer("english")):
        for word, meaning in MEANING.items():
            meaning_of.setdefault(stemmer.stemWord(fold(word)), "=" + fold(meaning))
    return meaning_of


def _sentence(text: str, changed: Mapping[str, str], language: str) -> str:
    """Return the text with corrections, and a Norwegian one in Bokmål, as the encoder understands it best.

    Text in capitals is lowered for the same reason; a single word is kept, because it may be a name.
    """
    if text.isupper() and len(words(text)) > 1:
        text = text.lower()

    def right(match: re.Match[str]) -> str:
        word = match[0].lower()
        meant = changed.get(word, word)
        if language != "en":
            meant = in_bokmaal(meant)
        return match[0] if meant == word else meant

    return _cut(WORD.sub(right, text))


def _standard(word: str) -> str:
    """Return the word that all spellings and forms of a Norwegian word are compared as."""
    bokmaal = in_bokmaal(word).replace(" ", "")
    return STANDARD.get(bokmaal, bokmaal)


def _cut(text: str) -> str:
    """Return a text short enough for the encoder: its start and its end, in whole words."""
    if len(text) <= _SENTENCE:
        return text
    head = text[: _SENTENCE // 2].rsplit(" ", 1)[0]
    tail = text[-(_SENTENCE // 2) :].split(" ", 1)[-1]
    return re.sub(r"\s+", " ", f"{head} {tail}")
