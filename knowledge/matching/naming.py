"""Describe groups of questions without their words: by the nearest sentence of the content, and by terms.

A term is a word of a question that says what it is about: no name, no word of a sensitive class, and none that the
content uses everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np
import Stemmer

from knowledge.language.concerns.terms import is_sensitive_word, names_a_person
from knowledge.language.identify import identify
from knowledge.language.lexicon.bokmaal import in_bokmaal
from knowledge.language.text import clean, fold, words
from knowledge.matching.head import Floats, blend
from knowledge.matching.heard import Heard, heard_of
from knowledge.matching.index import TrainedIndex
from knowledge.matching.match import Phrasing
from knowledge.matching.reading import Reading
from knowledge.matching.rehearsal import Asked

# Share of the entries from which a word says nothing about a subject: "how", "not", "get".
EVERYWHERE: Final = 0.1
SHORTEST_TERM: Final = 2
LONGEST_TERM: Final = 40


def nearest_sentences(
    index: TrainedIndex, groups: Sequence[Sequence[Asked]], sentences: Sequence[Phrasing]
) -> tuple[Phrasing | None, ...]:
    """Return the sentence that is nearest to all questions of each group; None without sentences.

    Sentences of the index cost nothing, others are read, and encoded if there is an encoder.
    """
    if not sentences:
        return (None,) * len(groups)
    shelf = _Shelf(index, sentences)
    found: list[Phrasing | None] = []
    for group in groups:
        heard = heard_of(index, [packed for _, packed in group])
        likeness = [shelf.likeness(text, each) for (text, _), each in zip(group, heard, strict=True)]
        found.append(shelf.sentences[int(np.mean(likeness, axis=0).argmax())] if likeness else None)
    return tuple(found)


class _Shelf:
    """Sentences to choose from: those of the index first, then the others."""

    def __init__(self, index: TrainedIndex, sentences: Sequence[Phrasing]) -> None:
        place = {(each.article_id, each.language, each.text): at for at, each in enumerate(index.phrasings)}
        known = [(place.get((each.article_id, each.language, each.text)), each) for each in sentences]
        others = [each for at, each in known if at is None]
        self._index = index
        self._rows = np.array([at for at, _ in known if at is not None], dtype=np.int64)
        self.sentences = (*(each for at, each in known if at is not None), *others)
        readings = [index.reader.read(clean(each.text), language=each.language, mend=False) for each in others]
        self._letters = index.letters.index_texts(readings)
        self._projected = _projected(index, readings)

    def likeness(self, text: str, heard: Heard | None) -> Floats:
        cleaned = clean(text)
        reading = self._index.reader.read(cleaned, language=identify(cleaned))
        letters = np.concatenate([self._index.letters.likeness(reading)[self._rows], self._letters.likeness(reading)])
        if heard is None:
            return blend(letters, None)
        meaning = [heard.meaning[self._rows]]
        if self._projected is not None:
            meaning.append(np.vecdot(self._projected, heard.vector))
        return blend(letters, np.concatenate(meaning))


def _projected(index: TrainedIndex, readings: Sequence[Reading]) -> Floats | None:
    if not readings or index.encoder is None or index.trained is None or index.trained.space is None:
        return None
    return index.trained.space.project(index.encoder.encode([each.sentence for each in readings]))


def terms_in(index: TrainedIndex, texts: Sequence[str], names: Collection[str]) -> tuple[Mapping[str, str], ...]:
    """Return the terms of each text: a key that unites inflections, and the word as it was written.

    Args:
        names: of people, in lower case, besides those that are listed.
    """
    stems = _Stems()
    entries = Counter(
        key
        for keys in {
            (phrasing.article_id, stems.stem_of(word, phrasing.language))
            for phrasing in index.phrasings
            for word in words(phrasing.text)
        }
        for key in [keys[1]]
    )
    most = max(1.0, EVERYWHERE * len(index.articles))
    found: list[Mapping[str, str]] = []
    for text in texts:
        cleaned = clean(text)
        language = identify(cleaned)
        keys = {
            stems.stem_of(word, language): word
            for word in reversed(words(cleaned))
            if _may_be_term(word) and not names_a_person(word, names)
        }
        found.append({key: word for key, word in keys.items() if entries[key] <= most or len(index.articles) < 10})
    return tuple(found)


def _may_be_term(word: str) -> bool:
    sized = SHORTEST_TERM <= len(word) <= LONGEST_TERM
    return sized and any(map(str.isalpha, word)) and not is_sensitive_word(word)


class _Stems:
    def __init__(self) -> None:
        norwegian = Stemmer.Stemmer("norwegian")
        self._stem = {"nb": norwegian, "nn": norwegian, "en": Stemmer.Stemmer("english")}

    def stem_of(self, word: str, language: str) -> str:
        """Return what all inflections of a word share, also in Bokmål and Nynorsk."""
        standard = word if language == "en" else in_bokmaal(word)
        key: str = self._stem[language].stemWord(fold(standard))
        return key
