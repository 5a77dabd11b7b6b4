"""Read an utterance: language, correction of typing errors, standard spelling, and meanings."""

from __future__ import annotations

import re
from dataclasses import dataclass

import Stemmer

from knowledge.language.identify import identify
from knowledge.language.lexicon.concepts import MEANING
from knowledge.language.lexicon.spelling import STANDARD
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
        sentence: the text for the encoder: the original with corrected words.
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
        self._meaning_of_stem: dict[str, str] = {}
        for stemmer in (norwegian, english):
            for word, meaning in MEANING.items():
                self._meaning_of_stem.setdefault(stemmer.stemWord(fold(word)), "=" + fold(meaning))

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
                if language == "en" or word not in STANDARD:
                    meant = self._repair.correct(word)
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
        """Return the text with corrections, and with unknown dialect words in standard spelling.

        Text in capitals is lowered, because the encoder understands it better; a single word is kept, because it may be
        a name.
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
    """Return a text short enough for the encoder: its start and its end, in whole words."""
    if len(text) <= _SENTENCE:
        return text
    head = text[: _SENTENCE // 2].rsplit(" ", 1)[0]
    tail = text[-(_SENTENCE // 2) :].split(" ", 1)[-1]
    return re.sub(r"\s+", " ", f"{head} {tail}")
