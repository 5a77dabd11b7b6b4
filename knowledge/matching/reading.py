"""Read an utterance: its language, its words mended and in standard spelling, and what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

import Stemmer

from knowledge.language.identify import identify
from knowledge.language.lexicon.concepts import MEANING
from knowledge.language.lexicon.spelling import STANDARD
from knowledge.language.text import WORD, fold, words
from knowledge.matching.repair import Repair

_FIRST, _LAST = 40, 24
"""Words read of a long text: people say what they want at the beginning or at the end."""

_SENTENCE = 160
"""Characters the encoder gets. It takes half a millisecond a word, and a question is shorter than this."""

_LONGEST_WORD = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An utterance, read.

    Attributes:
        language: nb, nn or en.
        spelled: the words, mended, in standard spelling.
        standard: the same, folded.
        meanings: a word for each that stands for all its inflections, synonyms and translations.
        repaired: what was mended, as (written, meant).
        sentence: the text for the encoder: as written, with mended words in place.
    """

    language: str
    spelled: tuple[str, ...]
    standard: tuple[str, ...]
    meanings: tuple[str, ...]
    repaired: tuple[tuple[str, str], ...]
    sentence: str


class Reader:
    """Reads utterances with the spellings of one index. Not for use by several threads at one time."""

    def __init__(self, repair: Repair) -> None:
        self._repair = repair
        norwegian, english = Stemmer.Stemmer("norwegian"), Stemmer.Stemmer("english")
        self._stem = {"nb": norwegian, "nn": norwegian, "en": english}
        self._meaning_of_stem: dict[str, str] = {}
        for stemmer in (norwegian, english):
            for word, meaning in MEANING.items():
                self._meaning_of_stem.setdefault(stemmer.stemWord(fold(word)), "=" + fold(meaning))

    def read(self, text: str, *, language: str | None = None, mend: bool = True) -> Reading:
        """Read a cleaned text. Phrasings of the index are read without mending: they are what is right."""
        language = language or identify(text)
        written = words(text)
        if len(written) > _FIRST + _LAST:
            written = written[:_FIRST] + written[-_LAST:]
        changed: dict[str, str] = {}
        if mend:
            for word in dict.fromkeys(written):
                if language == "en" or word not in STANDARD:
                    meant = self._repair.mend(word)
                    if meant != word:
                        changed[word] = meant
        right = [changed.get(word, word)[:_LONGEST_WORD] for word in written]
        if language != "en":
            right = [STANDARD.get(word, word) for word in right]
        standard = tuple(fold(word) for word in right)
        return Reading(
            language=language,
            spelled=tuple(right),
            standard=standard,
            meanings=tuple(self._meaning(word, folded, language) for word, folded in zip(right, standard, strict=True)),
            repaired=tuple(changed.items()),
            sentence=self._sentence(text, changed, language) if mend else _cut(text),
        )

    def _meaning(self, word: str, folded: str, language: str) -> str:
        meaning = MEANING.get(word.replace("-", ""))
        if meaning is not None:
            return "=" + fold(meaning)
        stem: str = self._stem[language].stemWord(folded)
        return self._meaning_of_stem.get(stem, stem)

    def _sentence(self, text: str, changed: dict[str, str], language: str) -> str:
        """Return the text with mended words, and dialect words no dictionary knows in standard spelling.

        Whoever shouts means the same in small letters, of which the encoder understands more. One word may be a name.
        """
        if text.isupper() and len(words(text)) > 1:
            text = text.lower()
        swap = dict(changed)
        if language != "en":
            for word in words(text):
                if word in STANDARD and word not in swap and not self._repair.known(word):
                    swap[word] = STANDARD[word]
        if not swap:
            return _cut(text)
        return _cut(WORD.sub(lambda found: swap.get(found[0].lower(), found[0]), text))


def _cut(text: str) -> str:
    """Return a text short enough for the encoder: its beginning and its end, whole words."""
    if len(text) <= _SENTENCE:
        return text
    head = text[: _SENTENCE // 2].rsplit(" ", 1)[0]
    tail = text[-(_SENTENCE // 2) :].split(" ", 1)[-1]
    return re.sub(r"\s+", " ", f"{head} {tail}")
