"""Match stored questions again, before and after a change of the index, at a fraction of the cost of asking them.

The encoder's vectors are stored with the questions, and only questions whose candidates the change can touch need to be
matched at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from knowledge.language.identify import identify
from knowledge.language.text import clean
from knowledge.matching.head import Floats, nearest
from knowledge.matching.heard import Heard, heard_of
from knowledge.matching.lexical import LexicalIndex
from knowledge.matching.match import Match, Phrasing
from knowledge.matching.matcher import SHORTLIST, Matcher

# A masked utterance and its packed vector, which may be empty.
Asked = tuple[str, bytes]

# Utterances compared at a time, for memory.
AT_ONCE = 64


def match_again(matcher: Matcher, asked: Sequence[Asked]) -> Iterator[Match]:
    """Yield the match of each utterance; one without a vector of this index's encoder is encoded again."""
    for some in _portions(asked):
        for (utterance, _), heard in zip(some, heard_of(matcher.index, [packed for _, packed in some]), strict=True):
            yield matcher.match(utterance, heard=heard)


def changed_articles(before: Matcher, after: Matcher) -> frozenset[str]:
    """Return the articles that gained or lost phrasings."""
    names = [{_phrasing_key(each) for each in _phrasings(matcher)} for matcher in (before, after)]
    return frozenset(article_id for article_id, _, _ in names[0] ^ names[1])


def captured_phrasings(before: Matcher, after: Matcher) -> Iterator[Phrasing]:
    """Yield the phrasings that an article gained although it had others before.

    Each may capture questions of the article that its words belong to.
    """
    known = {_phrasing_key(each) for each in _phrasings(before)}
    asked_before = {each.article_id for each in _phrasings(before)}
    for each in _phrasings(after):
        if _phrasing_key(each) not in known and each.article_id in asked_before:
            yield each


def can_change(before: Matcher, after: Matcher, asked: Sequence[Asked]) -> Iterator[bool]:
    """Yield for each utterance whether its candidates may differ between the two.

    Only the articles with the nearest phrasings can be candidates, so it is enough to know whether a changed article is
    or becomes one of them. After a training every score may differ.
    """
    changed = changed_articles(before, after)
    if before.state() is not after.state() or not changed:
        yield from (bool(changed) for _ in asked)
        return
    index, added = before.index, _Beside.between(before, after, changed)
    # Articles that only an overlay has come last, without a column.
    places = [at for at in np.unique(index.owner).tolist() if index.articles[at] in changed]
    for some in _portions(asked):
        heard = heard_of(index, [packed for _, packed in some])
        likeness = np.zeros((len(some), len(index.owner)), dtype=np.float32)
        nearer = np.zeros(len(some))
        for row, ((utterance, _), each) in enumerate(zip(some, heard, strict=True)):
            if each is not None:
                likeness[row] = each.meaning[: len(index.owner)]
                nearer[row] = added.nearest_by_meaning(each)
            else:
                text = clean(utterance)
                reading = index.reader.read(text, language=identify(text))
                likeness[row] = index.letters.likeness(reading)
                nearer[row] = added.letters.likeness(reading).max(initial=0.0)
        by_article = nearest(likeness, index.owner)
        best = np.maximum(by_article[:, places].max(axis=1, initial=-1.0), nearer)
        yield from ((by_article > best[:, None]).sum(axis=1) < SHORTLIST).tolist()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """The phrasings of changed articles that are not in the earlier index: added ones, and those of overlays."""

    letters: LexicalIndex
    projected: Floats | None

    @classmethod
    def between(cls, before: Matcher, after: Matcher, changed: frozenset[str]) -> Self:
        known = {_phrasing_key(each) for each in before.index.phrasings}
        texts, rows = list[Phrasing](), list[Floats]()
        for phrasings, projected in _with_projected(before, after):
            for row, each in enumerate(phrasings):
                if each.article_id in changed and _phrasing_key(each) not in known:
                    texts.append(each)
                    if projected is not None:
                        rows.append(projected[row])
        read = before.index.reader.read
        readings = [read(clean(each.text), language=each.language, mend=False) for each in texts]
        stacked = np.stack(rows) if rows and len(rows) == len(texts) else None
        return cls(letters=before.index.letters.index_texts(readings), projected=stacked)

    def nearest_by_meaning(self, heard: Heard) -> float:
        return -1.0 if self.projected is None else float(np.vecdot(self.projected, heard.vector).max())


def _with_projected(before: Matcher, after: Matcher) -> Iterator[tuple[Sequence[Phrasing], Floats | None]]:
    trained = after.index.trained
    yield after.index.phrasings, None if trained is None else trained.projected
    for overlay in (before.overlay, after.overlay):
        if overlay is not None:
            yield overlay.phrasings, overlay.projected


def _phrasings(matcher: Matcher) -> Sequence[Phrasing]:
    beside = matcher.overlay.phrasings if matcher.overlay is not None else ()
    return [*matcher.index.phrasings, *beside]


def _phrasing_key(phrasing: Phrasing) -> tuple[str, str, str]:
    return phrasing.article_id, phrasing.language, phrasing.text


def _portions(asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    for start in range(0, len(asked), AT_ONCE):
        yield asked[start : start + AT_ONCE]
