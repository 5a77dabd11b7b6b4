"""Learn an index: all of it, or the articles that an edit changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.language.identify import identify
from knowledge.language.lexicon.bokmaal import in_bokmaal
from knowledge.language.lexicon.tables import ELSEWHERE
from knowledge.language.text import clean, words
from knowledge.matching.encoder import Encoder, Vectors
from knowledge.matching.features import BUCKETS, Features, Floats, LetterSpace, Places
from knowledge.matching.heads import (
    LETTER_START,
    LetterHead,
    MeaningHead,
    empty_meaning,
    learn_letters,
    learn_meaning,
    relearn_letters,
)
from knowledge.matching.judging import TaughtTexts, judge
from knowledge.matching.kept_vector import Names, digest, squeeze
from knowledge.matching.match import Phrasing
from knowledge.matching.part import ArticlePart, Frame, Judgement, Spoken
from knowledge.matching.reading import Reader, Reading
from knowledge.matching.semantic import MeaningSpace
from knowledge.matching.vocabulary import Vocabulary

# A changed article is learned beside phrasings of its nearest rivals, of any other, and questions without an answer.
_RIVALS: Final = 12
_MOST_OF_RIVALS: Final = 800
_MOST_OF_OTHERS: Final = 800
_MOST_OF_NOTHING: Final = 200

# Share of phrasings that must stay the same to keep the frame.
_SAME: Final = 0.9

# Owner of a text that belongs to no column that is learned.
_OTHER: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What an index learns from.

    Attributes:
        phrasings: by article id; the ids are sorted.
        reader: reads with the vocabulary of all phrasings.
        unanswered: utterances that no article answers.
        vocabulary: known vectors; those of other texts are added.
        compare: also learn how vectors are compared, which takes a minute.
    """

    phrasings: Mapping[str, Sequence[Phrasing]]
    reader: Reader
    unanswered: Sequence[str]
    encoder: Encoder | None
    vocabulary: Vocabulary
    compare: bool = False

    @property
    def nothing(self) -> int:
        """The column of questions that nothing answers."""
        return len(self.phrasings)

    def read_phrasing(self, phrasing: Phrasing) -> Reading:
        """Read a phrasing; it is not corrected, because phrasings define the right spelling."""
        return self.reader.read(clean(phrasing.text), language=phrasing.language, mend=False)

    def read_question(self, text: str) -> Reading:
        """Read a text as a question is read."""
        cleaned = clean(text)
        return self.reader.read(cleaned, language=identify(cleaned))

    def vectors(self, readings: Sequence[Reading], encoder: Encoder) -> Vectors:
        """Return the encoder's vectors of readings."""
        sentences = [reading.sentence for reading in readings]
        self.vocabulary.encode_missing(sentences, encoder)
        return self.vocabulary.vectors_of(sentences)


def names_of(phrasings: Iterable[Phrasing]) -> Names:
    """Return a digest of each phrasing."""
    return np.array([digest(p.article_id, p.language, p.text) for p in phrasings], dtype=np.uint64)


def digest_of(phrasings: Iterable[Phrasing]) -> int:
    """Return a digest of an article's phrasings, in their order."""
    return digest(*(part for p in phrasings for part in (p.language, p.text, str(p.asked))))


def mostly_same(source: Names, names: Names) -> bool:
    """Return whether at least nine in ten phrasings, of either list, are the same."""
    return len(np.intersect1d(source, names)) >= _SAME * max(len(source), len(names))


def distinct(phrasings: Iterable[Phrasing]) -> list[int]:
    """Return the positions of an article's phrasings that do not read as an earlier one does.

    The same words twice, often in Bokmål and Nynorsk, teach little.
    """
    places: dict[tuple[str, str], int] = {}
    for place, phrasing in enumerate(phrasings):
        english = phrasing.language == "en"
        said = words(clean(phrasing.text).lower())
        read = " ".join(said if english else map(in_bokmaal, said))
        places.setdefault(("en" if english else "", read), place)
    return list(places.values())


def learn_all(course: Course, before: Frame | None) -> tuple[Frame, dict[str, ArticlePart]]:
    """Learn everything; how likeness is judged stays as in ``before`` while most phrasings are the same."""
    learned = {article: distinct(phrasings) for article, phrasings in course.phrasings.items()}
    chosen = [course.phrasings[article][place] for article, places in learned.items() for place in places]
    away = [*course.unanswered, *ELSEWHERE]
    readings = [*map(course.read_phrasing, chosen), *map(course.read_question, away)]
    columns = course.nothing + 1
    owner = np.repeat(np.arange(columns), [*(len(places) for places in learned.values()), len(away)])
    letters = LetterSpace.fit(readings[: len(chosen)])
    features = letters.weigh_all(readings)
    space, vectors, projected = None, None, None
    if course.encoder is not None:
        vectors = course.vectors(readings, course.encoder)
        known = owner[: len(chosen)]
        fit = MeaningSpace.learn if course.compare else MeaningSpace.fit
        space = before.space if before is not None and before.space is not None and not course.compare else None
        space = space or fit(vectors[: len(chosen)], known).rounded()
        projected = space.project(vectors)
    texts = TaughtTexts(
        features=features,
        projected=projected,
        owner=owner,
        right=_right(course, chosen, owner),
        asked=np.array([*(p.asked for p in chosen), *(True for _ in away)]),
        far=np.arange(len(owner)) >= len(owner) - len(ELSEWHERE),
        columns=columns,
    )
    names = names_of(p for phrasings in course.phrasings.values() for p in phrasings)
    kept = before if before is not None and not course.compare and mostly_same(before.source, names) else None
    words_judged, meaning_judged = _judgements(texts, kept)
    head = LetterHead.of_weights(*learn_letters(features, owner, columns))
    meaning = None
    if projected is not None:
        meaning = learn_meaning(projected, owner, empty_meaning(projected.shape[1], columns))
    sentences = np.array([digest(reading.sentence) for reading in readings], dtype=np.uint64)
    parts = {}
    for column, (article, places) in enumerate(learned.items()):
        rows = np.flatnonzero(owner == column)
        spoken = None
        if course.encoder is not None and vectors is not None and meaning is not None:
            spoken = _spoken(course.encoder, vectors[rows], sentences[rows], meaning, column)
        parts[article] = _part(digest_of(course.phrasings[article]), places, head, column, spoken)
    nothing, rows = None, np.flatnonzero(owner == course.nothing)
    if course.encoder is not None and vectors is not None and meaning is not None:
        nothing = _spoken(course.encoder, vectors[rows], sentences[rows], meaning, course.nothing)
    frame = Frame(
        id=_frame_id(names, course.encoder),
        source=names if kept is None else kept.source,
        letters=letters,
        nothing=_part(0, [], head, course.nothing, nothing),
        words=words_judged,
        meaning=meaning_judged,
        space=space,
    )
    return frame, parts


def _frame_id(names: Names, encoder: Encoder | None) -> int:
    return digest(names.tobytes().hex(), "" if encoder is None else encoder.name)


def _judgements(texts: TaughtTexts, kept: Frame | None) -> tuple[Judgement, Judgement | None]:
    if kept is not None and (texts.projected is None or kept.meaning is not None):
        return kept.words, kept.meaning
    return judge(texts)


def _right(course: Course, chosen: Sequence[Phrasing], owner: Places) -> list[Set[int]]:
    """Return the columns that answer each text."""
    place = {article: at for at, article in enumerate(course.phrasings)}
    right: list[Set[int]] = [
        {column, *(place[entry_id] for entry_id in phrasing.others if entry_id in place)}
        for phrasing, column in zip(chosen, owner.tolist(), strict=False)
    ]
    return [*right, *(frozenset[int]() for _ in range(len(owner) - len(chosen)))]


def learn_articles(
    course: Course,
    changed: Sequence[str],
    *,
    frame: Frame,
    parts: Mapping[str, ArticlePart],
    letters: LetterHead,
    meaning: MeaningHead | None,
    rows_of: Callable[[str], NDArray[np.int8]],
) -> dict[str, ArticlePart]:
    """Learn the columns of changed articles; the others stay.

    Args:
        parts: parts of articles: the unchanged, and earlier versions of the changed.
        letters, meaning: heads of all articles of ``course``, with any column for a changed one.
        rows_of: returns the vectors of an unchanged article's learned phrasings, see ``MeaningSpace.rows``.
    """
    place = {article: at for at, article in enumerate(course.phrasings)}
    columns = np.array([place[article] for article in changed])
    own = {article: distinct(course.phrasings[article]) for article in changed}
    readings = [course.read_phrasing(course.phrasings[article][at]) for article, places in own.items() for at in places]
    sizes = [len(places) for places in own.values()]
    features = frame.letters.weigh_all(readings)
    beside = _beside(course, set(changed), parts, _rivals(letters, features, columns))
    away = [*course.unanswered, *ELSEWHERE]
    away = away[:: -(-len(away) // _MOST_OF_NOTHING)]
    asked = [course.read_question(text) for text in away]
    owner = np.concatenate(
        [
            np.repeat(columns, sizes),
            np.array([text.column for text in beside], dtype=np.int64),
            np.full(len(away), course.nothing),
        ]
    )
    local = np.full(course.nothing + 1, _OTHER)
    local[columns] = np.arange(len(columns))
    others = [*(course.read_phrasing(course.phrasings[text.article][text.place]) for text in beside), *asked]
    weighed = features.joined([features, frame.letters.weigh_all(others)])
    head = LetterHead.of_weights(*relearn_letters(weighed, local[owner], _letter_start(frame, changed, parts)))
    spoken: dict[str, Spoken] = {}
    if course.encoder is not None and meaning is not None and frame.space is not None:
        vectors = course.vectors([*readings, *asked], course.encoder)
        projected = frame.space.project(vectors)
        rows = [rows_of(text.article)[text.row] for text in beside]
        near = frame.space.of_rows(np.array(rows, dtype=np.int8).reshape(len(beside), -1))
        taught = learn_meaning(
            np.concatenate([projected[: len(readings)], near, projected[len(readings) :]]),
            owner,
            meaning,
            columns=columns,
        )
        start = 0
        for article, column, size in zip(changed, columns.tolist(), sizes, strict=True):
            names = np.array([digest(r.sentence) for r in readings[start : start + size]], dtype=np.uint64)
            spoken[article] = _spoken(course.encoder, vectors[start : start + size], names, taught, column)
            start += size
    return {
        article: _part(digest_of(course.phrasings[article]), own[article], head, at, spoken.get(article))
        for at, article in enumerate(changed)
    }


def _rivals(letters: LetterHead, features: Features, columns: Places) -> list[int]:
    """Return the columns that the texts of changed articles are likeliest taken for."""
    total = np.zeros(len(letters.bias))
    for text in range(len(features)):
        total += 1 / (1 + np.exp(-letters.scores(*features.of_text(text)).astype(np.float64)))
    total[[*columns.tolist(), len(total) - 1]] = -1
    likely = np.argsort(-total)[: _RIVALS * max(1, len(columns))]
    return list(likely[total[likely] >= 0].tolist())


@dataclass(frozen=True, slots=True)
class _LearnedText:
    """A phrasing that was learned: its place among those of its article, and its row among the learned ones."""

    article: str
    column: int
    place: int
    row: int


def _beside(
    course: Course, changed: Set[str], parts: Mapping[str, ArticlePart], rivals: Sequence[int]
) -> list[_LearnedText]:
    """Return phrasings of rivals and of other articles."""
    articles = list(course.phrasings)

    def learned(columns: Iterable[int]) -> list[_LearnedText]:
        return [
            _LearnedText(article, column, place, row)
            for column in columns
            if (article := articles[column]) in parts and article not in changed
            for row, place in enumerate(parts[article].phrasings.tolist())
        ]

    near = learned(rivals)
    most = _MOST_OF_RIVALS * max(1, len(changed))
    near = near[:: max(-(-len(near) // most), 1)]
    far = learned(column for column in range(len(articles)) if column not in set(rivals))
    return [*near, *far[:: max(-(-len(far) // _MOST_OF_OTHERS), 1)]]


def _letter_start(frame: Frame, changed: Sequence[str], parts: Mapping[str, ArticlePart]) -> tuple[Floats, Floats]:
    """Return the columns that changed articles had, and empty ones for new articles."""
    weights = np.zeros((BUCKETS, len(changed)), dtype=np.float32)
    bias = np.full(len(changed), LETTER_START, dtype=np.float32)
    for at, article in enumerate(changed):
        if (part := parts.get(article)) is not None:
            weights[:, at] = part.letters().astype(np.float32) * np.float32(part.scale)
            bias[at] = part.bias
    return weights, bias


def _part(digest_: int, places: Sequence[int], head: LetterHead, column: int, spoken: Spoken | None) -> ArticlePart:
    return ArticlePart(
        digest=digest_,
        phrasings=np.array(places, dtype=np.uint16),
        squeezed=squeeze(np.ascontiguousarray(head.weights[:, column]).view(np.uint8)),
        scale=float(head.scale[column]),
        bias=float(head.bias[column]),
        spoken=spoken,
    )


def _spoken(encoder: Encoder, vectors: Vectors, names: Names, meaning: MeaningHead, column: int) -> Spoken:
    return Spoken.of_vectors(
        vectors,
        encoder=encoder.name,
        names=names,
        weights=meaning.weights[:, column],
        bias=float(meaning.bias[column]),
    )
