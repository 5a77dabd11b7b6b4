"""The trained index: phrasings, what was learned of them, and both heads, shared by all matchers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.language.lexicon.bokmaal import LISTED
from knowledge.language.lexicon.concepts import MEANING
from knowledge.language.lexicon.elsewhere import ELSEWHERE
from knowledge.language.lexicon.prior import BLEND, PRIOR
from knowledge.language.lexicon.spelling import STANDARD
from knowledge.language.smalltalk import SmallTalk
from knowledge.matching.article_words import ArticleWords, words_of_article
from knowledge.matching.encoder import Encoder
from knowledge.matching.features import Floats, Places
from knowledge.matching.heads import LetterHead, MeaningHead
from knowledge.matching.kept_vector import same_encoder, unpack_vectors
from knowledge.matching.learning import Course, digest_of, learn_all, learn_articles, mostly_same, names_of
from knowledge.matching.match import Phrasing
from knowledge.matching.mention import Mentions
from knowledge.matching.packing import digest
from knowledge.matching.part import ArticlePart, Frame, Spoken
from knowledge.matching.reading import Reader
from knowledge.matching.repair import Repair
from knowledge.matching.vocabulary import Vocabulary

# Below this number of phrasings an edit learns all of them: it takes a second, and a single phrasing counts for more.
_FEW: Final = 2000

# Fingerprint of everything beside the phrasings that is learned from. What was learned under another one is not used.
# Increase the number when the meaning of the learned values changes.
_CURRICULUM: Final = digest(
    "10", repr(MEANING), repr(STANDARD), repr(LISTED), repr(ELSEWHERE), repr(PRIOR), repr(BLEND)
)
NAME: Final = f"{_CURRICULUM:x}"

FRAME: Final = "all.frame"
_LARGEST: Final = 127.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What was learned of phrasings: of all together, and of each article.

    ``article_words`` and ``projected`` are made from it and carried over to the next index, so that an edit costs its
    articles alone; they are not kept.
    """

    frame: Frame | None = None
    parts: Mapping[str, ArticlePart] = field(default_factory=dict)
    article_words: Mapping[str, ArticleWords] = field(default_factory=dict, repr=False)
    projected: Mapping[str, NDArray[np.int8]] = field(default_factory=dict, repr=False)

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
        frame = Frame.unpack(read(FRAME), name=NAME)
        if frame is None:
            return cls()
        name = f"{NAME} {frame.id:x}"
        parts = {article: ArticlePart.unpack(read(file_of(article)), name=name) for article in articles}
        return cls(frame=frame, parts={article: part for article, part in parts.items() if part is not None})

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
        return replace(self, article_words=other.article_words)

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


def file_of(article: str) -> str:
    """Return the name of the file with what is learned of an article."""
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
        digests = {article: digest_of(own) for article, own in by_article.items()}
        reader = Reader(Repair({}))
        article_words = {
            article: known.article_words[article]
            if article in known.article_words and known.article_words[article].digest == digests[article]
            else words_of_article(own, reader, digest=digests[article])
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
        new = Learned(article_words=article_words)
        fresh: frozenset[str] | None = frozenset()
        if by_article:
            learned, fresh = _learned(course, known, digests)
            new = replace(learned, article_words=article_words)
        new = replace(new, projected=_projected(course, known, new))
        return cls._of(course, phrasings, new, fresh=fresh)

    @classmethod
    def _of(
        cls, course: Course, phrasings: Sequence[Phrasing], learned: Learned, *, fresh: frozenset[str] | None
    ) -> Self:
        articles, frame, article_words = list(course.phrasings), learned.frame, learned.article_words.values()
        rows = [learned.projected[article] for article in articles if article in learned.projected]
        sizes = [len(learned.projected.get(article, ())) for article in articles]
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
            letters=_letter_head(articles, learned.parts, frame),
            meaning=_meaning_head(articles, learned.parts, frame) if speaks else None,
            projected=np.concatenate(rows) if rows else np.zeros((0, 0), np.int8),
            starts=np.append(0, np.cumsum(sizes, dtype=np.int64)),
            fresh=fresh,
        )

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
        rows = np.concatenate([np.arange(self.starts[at], self.starts[at + 1]) for at in articles[spoken].tolist()])
        likeness = np.einsum("rd,d->r", self.projected[rows].astype(np.float32), vector) / np.float32(_LARGEST)
        firsts = np.append(0, np.cumsum(sizes[spoken])[:-1])
        best[spoken] = np.maximum.reduceat(likeness, firsts)
        return best


def _projected(course: Course, known: Learned, learned: Learned) -> dict[str, NDArray[np.int8]]:
    """Return the vectors of each article's phrasings in the meaning space; those that did not change are reused."""
    space = learned.frame.space if learned.frame is not None and course.encoder is not None else None
    if space is None:
        return {}
    same = known.frame is learned.frame
    projected = {}
    for article, part in learned.parts.items():
        if same and known.parts.get(article) is part and article in known.projected:
            projected[article] = known.projected[article]
        elif part.spoken is not None:
            projected[article] = np.rint(space.project(part.spoken.vectors()) * _LARGEST).astype(np.int8)
    return projected


def _learned(course: Course, known: Learned, digests: Mapping[str, int]) -> tuple[Learned, frozenset[str] | None]:
    """Return what is known of all articles, and which had to be learned; None: everything."""
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
        return Learned(frame=frame, parts={article: same[article] for article in course.phrasings}), frozenset()
    names = names_of(p for phrasings in course.phrasings.values() for p in phrasings)
    if not usable or frame is None or len(names) < _FEW or not mostly_same(frame.source, names):
        learned_frame, parts = learn_all(course, frame if usable else None)
        return Learned(frame=learned_frame, parts=parts), None
    articles = list(course.phrasings)
    learned = learn_articles(
        course,
        changed,
        frame=frame,
        parts=known.parts,
        letters=_letter_head(articles, known.parts, frame),
        meaning=_meaning_head(articles, known.parts, frame) if encoder is not None else None,
    )
    parts = {article: learned.get(article) or same[article] for article in articles}
    return Learned(frame=frame, parts=parts), frozenset(changed)


def _speaks(frame: Frame, encoder: Encoder) -> bool:
    """Return whether a frame was learned with this encoder."""
    spoken = frame.nothing.spoken
    return frame.space is not None and spoken is not None and spoken.encoder == encoder.name


def _columns(
    articles: Sequence[str], parts: Mapping[str, ArticlePart], frame: Frame | None
) -> list[ArticlePart | None]:
    return [*(parts.get(article) for article in articles), None if frame is None else frame.nothing]


def _letter_head(articles: Sequence[str], parts: Mapping[str, ArticlePart], frame: Frame | None) -> LetterHead:
    """Return the letter head of the parts; an article without one gets what says no to everything."""
    return LetterHead.of_columns(
        [None if part is None else (part.letters, part.scale, part.bias) for part in _columns(articles, parts, frame)]
    )


def _meaning_head(articles: Sequence[str], parts: Mapping[str, ArticlePart], frame: Frame | None) -> MeaningHead:
    """Return the meaning head of the parts."""
    spoken = [None if part is None else part.spoken for part in _columns(articles, parts, frame)]
    dimensions = next(len(each.weights) for each in reversed(spoken) if each is not None)
    weights = np.zeros((dimensions, len(spoken)), dtype=np.float32)
    bias = np.zeros(len(spoken), dtype=np.float32)
    for column, each in enumerate(spoken):
        if each is not None:
            weights[:, column], bias[column] = each.weights, each.bias
    return MeaningHead(weights=weights, bias=bias)
