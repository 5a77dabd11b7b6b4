"""Describe groups of questions without their words: by the nearest sentence of the content, and by terms.

A term is a word of a question that says what it is about: no name, no word of a sensitive class, and none that the
content uses everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import Stemmer

from knowledge.language.concerns.terms import is_sensitive_word, names_a_person
from knowledge.language.identify import identify
from knowledge.language.lexicon.bokmaal import in_bokmaal
from knowledge.language.text import WORD, clean, fold, words
from knowledge.matching.evidence import shortlist
from knowledge.matching.features import Floats, LetterSpace
from knowledge.matching.index import TrainedIndex
from knowledge.matching.match import Phrasing
from knowledge.matching.reading import Reading
from knowledge.matching.rehearsal import Asked

# Share of the entries from which a word says nothing about a subject: "how", "not", "get".
EVERYWHERE: Final = 0.1
SHORTEST_TERM: Final = 2
LONGEST_TERM: Final = 40
_SENTENCE_ENDS: Final = frozenset(".!?:")


def nearest_sentences(
    index: TrainedIndex, groups: Sequence[Sequence[Asked]], sentences: Sequence[Phrasing]
) -> tuple[Phrasing | None, ...]:
    """Return the sentence that is nearest to all questions of each group; None without sentences.

    Of the index only sentences of the group's likeliest entries are compared.
    """
    own = {article: list[Phrasing]() for article in index.articles}
    others = list[Phrasing]()
    for sentence in sentences:
        own.get(sentence.article_id, others).append(sentence)
    return tuple(_nearest_sentence(index, group, own, others) for group in groups)


def _nearest_sentence(
    index: TrainedIndex, group: Sequence[Asked], own: Mapping[str, Sequence[Phrasing]], others: Sequence[Phrasing]
) -> Phrasing | None:
    texts = [clean(text) for text, _ in group]
    readings = [index.reader.read(text, language=identify(text)) for text in texts]
    vectors = index.hear([packed for _, packed in group])
    likely = _likely_articles(index, readings, vectors)
    candidates = [*(sentence for article in likely for sentence in own[article]), *others]
    if not candidates or not group:
        return None
    said = [index.reader.read(clean(c.text), language=c.language, mend=False) for c in candidates]
    letters = index.frame.letters if index.frame is not None else LetterSpace.fit(said)
    likeness = (letters.vectors(said) @ letters.vectors(readings).T).mean(axis=1)
    heard = [vector for vector in vectors if vector is not None]
    space = index.frame.space if index.frame is not None else None
    if heard and index.encoder is not None and space is not None:
        projected = space.project(index.encoder.encode([reading.sentence for reading in said]))
        likeness = likeness + (projected @ np.stack(heard).T).mean(axis=1)
    return candidates[int(likeness.argmax())]


def _likely_articles(
    index: TrainedIndex, readings: Sequence[Reading], vectors: Sequence[Floats | None]
) -> Sequence[str]:
    """Return the entries that the questions of a group are likeliest about, all together."""
    if index.frame is None or not readings:
        return ()
    letters = np.mean([index.letters.scores(*index.frame.letters.weigh(reading)) for reading in readings], axis=0)
    heard = [index.meaning.scores(vector) for vector in vectors if vector is not None and index.meaning is not None]
    meaning = np.mean(heard, axis=0) if heard else None
    return [index.articles[at] for at in shortlist(letters, meaning).tolist()]


def terms_in(index: TrainedIndex, texts: Sequence[str], names: Collection[str]) -> tuple[Mapping[str, str], ...]:
    """Return the terms of each text: a key that unites inflections, and the word as it was written.

    Args:
        names: of people, in lower case, besides those that are listed. A word that anybody wrote with a capital is
            taken for one unless the content has it.
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
    proper = {word for text in texts for word in _proper_nouns(clean(text))}
    terms: list[Mapping[str, str]] = []
    for text in texts:
        cleaned = clean(text)
        language = identify(cleaned)
        keys = {
            stems.stem_of(word, language): word
            for word in reversed(words(cleaned))
            if _may_be_term(word) and not names_a_person(word, names)
        }
        terms.append(
            {
                key: word
                for key, word in keys.items()
                if (entries[key] <= most or len(index.articles) < 10) and (entries[key] or word not in proper)
            }
        )
    return tuple(terms)


def _proper_nouns(text: str) -> Iterator[str]:
    """Yield the words with a capital within a sentence, in lower case; a text in capitals has none."""
    if text.isupper():
        return
    ends = -1
    for match in WORD.finditer(text):
        begins = ends < 0 or not _SENTENCE_ENDS.isdisjoint(text[ends : match.start()])
        if match[0][0].isupper() and not begins:
            yield match[0].lower()
        ends = match.end()


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
