"""The trained index: phrasings, their learned parts, and both heads, shared by all matchers."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.language.lexicon.bokmaal import LISTED
from knowledge.language.lexicon.spelling import MEANING, STANDARD
from knowledge.language.lexicon.tables import BLEND, ELSEWHERE, PRIOR
from knowledge.language.smalltalk import SmallTalk
from knowledge.matching.article_words import ArticleWords, WordBook
from knowledge.matching.encoder import Encoder
from knowledge.matching.features import Floats, Places
from knowledge.matching.heads import LetterHead, MeaningHead
from knowledge.matching.kept_vector import Names, digest, same_encoder, unpack_vectors
from knowledge.matching.learning import Course, digest_of, learn_all, learn_articles, mostly_same, names_of
from knowledge.matching.match import Phrasing
from knowledge.matching.mention import Mentions
from knowledge.matching.part import ArticlePart, Frame, Spoken
from knowledge.matching.reading import Reader
from knowledge.matching.repair import Repair
from knowledge.matching.semantic import LARGEST
from knowledge.matching.vocabulary import Vocabulary

# Below this number of phrasings an edit learns all of them: it takes a second, and a single phrasing counts for more.
_FEW: Final = 2000

# Fingerprint of everything beside the phrasings that is learned from. Parts under another one are not used.
# Increase the number when the meaning of the learned values changes.
_CURRICULUM: Final = digest(
    "10", repr(MEANING), repr(STANDARD), repr(LISTED), repr(ELSEWHERE), repr(PRIOR), repr(BLEND)
)
NAME: Final = f"{_CURRICULUM:x}"

FRAME: Final = "all.frame"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A letter head, and the part that each of its columns is of; "" is the column of what nothing answers."""

    head: LetterHead
    parts: Mapping[str, ArticlePart | None]

    @classmethod
    def of_parts(
        cls, articles: Sequence[str], parts: Mapping[str, ArticlePart], frame: Frame | None, *, before: Columns | None
    ) -> Self:
        """Return the head of the parts, with the columns of ``before`` where they are of the same part.

        An article without a part gets a column that never applies.
        """
        wanted = {**{article: parts.get(article) for article in articles}, "": None if frame is None else frame.nothing}
        known = {} if before is None else before.parts
        place = {article: at for at, article in enumerate(known) if wanted.get(article) is not None}
        new = {
            at: (part.letters(), part.scale, part.bias)
            for at, (article, part) in enumerate(wanted.items())
            if part is not None and known.get(article) is not part
        }
        head = LetterHead.empty(0) if before is None else before.head
        return cls(head=head.rearranged([place.get(article, -1) for article in wanted], new), parts=wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Learned parts: of all phrasings together, and of each article.

    The fields from ``phrasings`` on are made from it or were its input, and are carried over to the next
    index, so that an edit costs its articles alone; they are not kept. ``names`` are the digests of phrasings.
    ``unusable`` names files that are damaged or of another version.
    """

    frame: Frame | None = None
    parts: Mapping[str, ArticlePart] = field(default_factory=dict)
    phrasings: Mapping[str, Sequence[Phrasing]] = field(default_factory=dict, repr=False)
    names: Mapping[str, Names] = field(default_factory=dict, repr=False)
    article_words: Mapping[str, ArticleWords] = field(default_factory=dict, repr=False)
    projected: Mapping[str, NDArray[np.int8]] = field(default_factory=dict, repr=False)
    head: Columns | None = field(default=None, repr=False)
    unusable: frozenset[str] = frozenset()

    def files(self, articles: Iterable[str] | None = None) -> Iterator[tuple[str, bytes]]:
        """Yield name and bytes of the files of these articles; None: of the frame alone."""
        if self.frame is None:
            return
        if articles is None:
            yield FRAME, self.frame.pack(name=NAME)
        for article in articles or ():
            yield file_of(article), self.parts[article].pack(name=f"{NAME} {self.frame.id:x}")

    @classmethod
    def of_files(cls, read: Callable[[str], bytes | memoryview | None], articles: Iterable[str]) -> Self:
        """Return what the files say of these articles; what is missing, damaged or of another version is left out."""
        data = read(FRAME)
        frame = Frame.unpack(data, name=NAME)
        if frame is None:
            return cls(unusable=frozenset() if data is None else frozenset({FRAME}))
        name = f"{NAME} {frame.id:x}"
        parts: dict[str, ArticlePart] = {}
        unusable = set[str]()
        for article in articles:
            data = read(file_of(article))
            part = ArticlePart.unpack(data, name=name)
            if part is not None:
                parts[article] = part
            elif data is not None:
                unusable.add(file_of(article))
        return cls(frame=frame, parts=parts, unusable=frozenset(unusable))

    def speaks(self, encoder: Encoder | None) -> bool:
        """Return whether the frame was learned with this encoder; any was learned without one."""
        return self.frame is not None and (encoder is None or _speaks(self.frame, encoder))

    def spoken_by(self, encoder: Encoder | None) -> list[Spoken]:
        """Return the vectors that this encoder made, by article, and those of questions without one."""
        spoken = [part.spoken for part in self.parts.values()]
        spoken.append(None if self.frame is None else self.frame.nothing.spoken)
        return [own for own in spoken if own is not None and encoder is not None and own.encoder == encoder.name]

    def carrying(self, other: Learned) -> Learned:
        """Return this with what ``other`` made of the same phrasings."""
        return replace(self, phrasings=other.phrasings, names=other.names, article_words=other.article_words)

    def beside(self, other: Learned, by_article: Mapping[str, Sequence[Phrasing]]) -> Learned:
        """Return this with those parts of ``other`` that fit the phrasings where the own ones do not.

        Of two frames the one counts that was learned from these phrasings, or most of them.
        """
        if other.frame is None or self.frame is None:
            return self if self.frame is not None else other
        if other.frame.id != self.frame.id:
            names = names_of(p for phrasings in by_article.values() for p in phrasings)
            return self if mostly_same(self.frame.source, names) else other
        fitting = {
            article: part
            for article, part in other.parts.items()
            if article not in self.parts or self.parts[article].digest != digest_of(by_article.get(article, ()))
        }
        return replace(self, parts={**self.parts, **fitting})


@cache
def _common_repair() -> Repair:
    """Return the correction by common words alone, which takes as long to make as an article to read."""
    return Repair({})


def file_of(article: str) -> str:
    """Return the file name of an article's learned part."""
    return f"{article}.part"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedIndex:
    """Phrasings, sorted by article, and the heads learned from them.

    Attributes:
        articles: article ids, sorted; all other values use positions in this list.
        covered_talk: kinds of small talk that an article answers.
        spread: number of articles that have a phrasing with a meaning.
        frame: None without phrasings.
        letters: the letter head.
        meaning: the meaning head, if there is an encoder.
        projected: the vectors of the phrasings in the meaning space, with 8 bits a number: shape (rows, dimensions).
        starts: first row of each article, and the number of rows.
        fresh: articles that were learned now; None: everything was.
    """

    phrasings: Sequence[Phrasing]
    articles: Sequence[str]
    encoder: Encoder | None
    learned: Learned
    covered_talk: frozenset[SmallTalk]
    spread: Mapping[str, int]
    reader: Reader
    mentions: Mentions
    frame: Frame | None
    letters: LetterHead
    meaning: MeaningHead | None
    projected: NDArray[np.int8]
    starts: Places
    fresh: frozenset[str] | None

    @classmethod
    def build(
        cls,
        phrasings: Sequence[Phrasing],
        *,
        encoder: Encoder | None,
        known: Learned | None = None,
        unanswered: Sequence[str] = (),
        compare: bool = False,
    ) -> Self:
        """Return the index of the phrasings; only what ``known`` does not know is learned. See ``Matcher.build``."""
        phrasings = sorted(phrasings, key=lambda phrasing: phrasing.article_id)
        by_article: dict[str, list[Phrasing]] = {}
        for phrasing in phrasings:
            by_article.setdefault(phrasing.article_id, []).append(phrasing)
        known = known or Learned()
        digests = {
            article: known.article_words[article].digest if known.phrasings.get(article) == own else digest_of(own)
            for article, own in by_article.items()
        }
        book = WordBook(Reader(_common_repair()))
        article_words = {
            article: known.article_words[article]
            if article in known.article_words and known.article_words[article].digest == digests[article]
            else book.words_of(own, digest=digests[article])
            for article, own in by_article.items()
        }
        times: Counter[str] = Counter()
        for own_words in article_words.values():
            times.update(own_words.times)
        course = Course(
            phrasings=by_article,
            reader=Reader(Repair(times)),
            unanswered=unanswered,
            encoder=encoder,
            vocabulary=Vocabulary(known.spoken_by(encoder)),
            compare=compare,
        )
        new = Learned()
        fresh: frozenset[str] | None = frozenset()
        if by_article:
            learned, fresh = _learned(course, known, digests)
            new = learned
        columns = Columns.of_parts(list(by_article), new.parts, new.frame, before=known.head)
        projected, starts = _projected(course, known, new)
        rows = {article: projected[starts[at] : starts[at + 1]] for at, article in enumerate(by_article)}
        new = replace(new, head=columns, projected=rows, article_words=article_words, phrasings=by_article)
        return cls._of(course, phrasings, new, columns, projected=projected, starts=starts, fresh=fresh)

    @classmethod
    def _of(
        cls,
        course: Course,
        phrasings: Sequence[Phrasing],
        learned: Learned,
        columns: Columns,
        *,
        projected: NDArray[np.int8],
        starts: Places,
        fresh: frozenset[str] | None,
    ) -> Self:
        articles, frame, article_words = list(course.phrasings), learned.frame, learned.article_words.values()
        spread: Counter[str] = Counter()
        for own_words in article_words:
            spread.update(own_words.meanings)
        speaks = course.encoder is not None and frame is not None and frame.space is not None
        return cls(
            phrasings=phrasings,
            articles=articles,
            encoder=course.encoder,
            learned=learned,
            covered_talk=frozenset[SmallTalk]().union(*(own_words.talk for own_words in article_words)),
            spread=spread,
            reader=course.reader,
            mentions=Mentions((article, line) for article, own in learned.article_words.items() for line in own.lines),
            frame=frame,
            letters=columns.head,
            meaning=_meaning_head(columns) if speaks else None,
            projected=projected,
            starts=starts,
            fresh=fresh,
        )

    def title_of(self, article: str) -> str:
        """Return the first phrasing of an article, or an empty text."""
        at = bisect_left(self.phrasings, article, key=lambda phrasing: phrasing.article_id)
        first = self.phrasings[at] if at < len(self.phrasings) else None
        return first.text if first is not None and first.article_id == article else ""

    def hear(self, packed: Sequence[bytes]) -> list[Floats | None]:
        """Return kept vectors in the meaning space; None for those of another encoder, or without one."""
        heard: list[Floats | None] = [None] * len(packed)
        if self.encoder is None or self.frame is None or self.frame.space is None:
            return heard
        usable = [at for at, vector in enumerate(packed) if same_encoder(vector, self.encoder.name)]
        if usable:
            vectors = self.frame.space.project(unpack_vectors([packed[at] for at in usable]))
            for at, vector in zip(usable, vectors, strict=True):
                heard[at] = vector
        return heard

    def nearest(self, vector: Floats, articles: Places) -> Floats:
        """Return the similarity of the nearest phrasing of each article to a vector of the meaning space."""
        best = np.full(len(articles), -1.0, dtype=np.float32)
        sizes = self.starts[articles + 1] - self.starts[articles]
        spoken = np.flatnonzero(sizes)
        if not len(spoken):
            return best
        own = [self.projected[self.starts[at] : self.starts[at + 1]] for at in articles[spoken].tolist()]
        likeness = np.einsum("rd,d->r", np.concatenate(own, dtype=np.float32), vector) / np.float32(LARGEST)
        firsts = np.append(0, np.cumsum(sizes[spoken])[:-1])
        best[spoken] = np.maximum.reduceat(likeness, firsts)
        return best


def _projected(course: Course, known: Learned, learned: Learned) -> tuple[NDArray[np.int8], Places]:
    """Return the vectors of all phrasings in the meaning space, and the first row of each article.

    Those of articles that did not change are reused.
    """
    space = learned.frame.space if learned.frame is not None and course.encoder is not None else None
    spoken = {article: learned.parts[article].spoken if space is not None else None for article in course.phrasings}
    sizes = [0 if own is None else len(own.names) for own in spoken.values()]
    starts = np.append(0, np.cumsum(sizes, dtype=np.int64))
    if space is None:
        return np.zeros((0, 0), np.int8), starts
    projected = np.empty((int(starts[-1]), len(space.centre)), dtype=np.int8)
    same = known.frame is learned.frame
    for article, own, start, size in zip(spoken, spoken.values(), starts.tolist(), sizes, strict=False):
        rows = projected[start : start + size]
        if same and own is not None and known.parts.get(article) is learned.parts[article]:
            rows[:] = _rows_of(known, article)
        elif own is not None:
            rows[:] = space.rows(own.vectors())
    return projected, starts


def _rows_of(known: Learned, article: str) -> NDArray[np.int8]:
    """Return the vectors of a known article's learned phrasings in the meaning space."""
    kept, spoken = known.projected.get(article), known.parts[article].spoken
    if kept is not None and len(kept):
        return kept
    space = known.frame.space if known.frame is not None else None
    assert space is not None  # noqa: S101  checked by the callers
    assert spoken is not None  # noqa: S101  checked by the callers
    return space.rows(spoken.vectors())


def _learned(course: Course, known: Learned, digests: Mapping[str, int]) -> tuple[Learned, frozenset[str] | None]:
    """Return the parts of all articles, and the articles learned now; None: everything."""
    frame, encoder = known.frame, course.encoder
    usable = frame is not None and not course.compare and (encoder is None or _speaks(frame, encoder))
    same = {
        article: part
        for article, part in known.parts.items()
        if usable
        and digests.get(article) == part.digest
        and (encoder is None or (part.spoken is not None and part.spoken.encoder == encoder.name))
    }
    changed = [article for article in course.phrasings if article not in same]
    if usable and frame is not None and not changed:
        parts = {article: same[article] for article in course.phrasings}
        return Learned(frame=frame, parts=parts, names=known.names), frozenset()
    names = {
        article: known.names[article] if article in known.names and article in same else names_of(own)
        for article, own in course.phrasings.items()
    }
    source = np.concatenate(list(names.values()))
    if not usable or frame is None or len(source) < _FEW or not mostly_same(frame.source, source):
        learned_frame, parts = learn_all(course, frame if usable else None)
        return Learned(frame=learned_frame, parts=parts), None
    articles = list(course.phrasings)
    columns = Columns.of_parts(articles, known.parts, frame, before=known.head)
    learned = learn_articles(
        course,
        changed,
        frame=frame,
        parts=known.parts,
        letters=columns.head,
        meaning=_meaning_head(columns) if encoder is not None else None,
        rows_of=lambda article: _rows_of(known, article),
    )
    parts = {article: learned.get(article) or same[article] for article in articles}
    return Learned(frame=frame, parts=parts, names=names), frozenset(changed)


def _speaks(frame: Frame, encoder: Encoder) -> bool:
    """Return whether a frame was learned with this encoder."""
    spoken = frame.nothing.spoken
    return frame.space is not None and spoken is not None and spoken.encoder == encoder.name


def _meaning_head(columns: Columns) -> MeaningHead:
    """Return the meaning head of the parts."""
    spoken = [None if part is None else part.spoken for part in columns.parts.values()]
    dimensions = next(len(head.weights) for head in reversed(spoken) if head is not None)
    weights = np.zeros((dimensions, len(spoken)), dtype=np.float32)
    bias = np.zeros(len(spoken), dtype=np.float32)
    for column, head in enumerate(spoken):
        if head is not None:
            weights[:, column], bias[column] = head.weights, head.bias
    return MeaningHead(weights=weights, bias=bias)
