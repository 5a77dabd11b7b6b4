"""How sure a candidate is: learned from questions that the heads had not learned.

Where people's utterances are known, some of them are left out; they resemble later questions more than the phrasings of
an editor do, knowing the answer. Otherwise a fifth of the phrasings is left out, and a fifth of the articles with all
of theirs, whose questions then have no answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.language.lexicon.tables import BLEND, PRIOR
from knowledge.matching.calibration import DEPTH, Calibration, Examples
from knowledge.matching.evidence import Doubles, Likenesses, evidence_of, fit_blend, likenesses, shortlist
from knowledge.matching.features import Features, Floats, Places
from knowledge.matching.heads import LetterHead, MeaningHead, empty_meaning, learn_letters, learn_meaning
from knowledge.matching.part import Judgement

# Fewer utterances say less than the phrasings do.
FEWEST_ASKED: Final = 500

# Most questions that are left out.
MOST_HELD: Final = 1800

# Assumed shares of traffic that is close to an article but answered by none, and far from every article.
NEAR: Final = 0.1
FAR: Final = 0.1

_FOLDS: Final = 5
# What the weights known beforehand count for, in questions.
_BLEND_WEIGHT: Final = 30.0

_HERE, _NEAR, _FAR = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtTexts:
    """All texts of an index: phrasings by article, utterances without an answer, and unrelated questions.

    Attributes:
        projected: their vectors in the meaning space; None without an encoder.
        owner: column of each; the last column is that of no article.
        right: the articles that answer each.
        asked: whether people typed it.
        far: whether it is unrelated to every article.
        columns: number of articles and one.
    """

    features: Features
    projected: Floats | None
    owner: Places
    right: Sequence[Set[int]]
    asked: NDArray[np.bool_]
    far: NDArray[np.bool_]
    columns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """The texts learned, and those left out as questions, with their kind."""

    learned: Places
    held: Places
    kind: Places


def judge(texts: TaughtTexts) -> tuple[Judgement, Judgement | None]:
    """Return the judgement by words alone, and with the encoder's vectors if there are any."""
    split = _split(texts)
    cases: list[tuple[Likenesses, Likenesses | None]] = []
    if split is not None:
        cases = list(_ask(texts, split))
    measured = split is not None and bool(texts.asked[split.held].any())
    rights = (
        []
        if split is None
        else [
            texts.right[row] if kind == _HERE else frozenset()
            for row, kind in zip(split.held.tolist(), split.kind.tolist(), strict=True)
        ]
    )
    kinds = np.zeros(0, dtype=np.int64) if split is None else split.kind
    words = _judgement("letters", [words for words, _ in cases], rights, kinds, measured=measured)
    if texts.projected is None:
        return words, None
    meant = [by_meaning for _, by_meaning in cases if by_meaning is not None]
    return words, _judgement("meaning", meant, rights, kinds, measured=measured)


def _split(texts: TaughtTexts) -> _Split | None:
    """Return what to leave out; None if too little would be left."""
    nothing = texts.columns - 1
    rows = np.arange(len(texts.owner))
    answered = texts.owner < nothing
    none_held = np.zeros(len(rows), dtype=np.bool_)
    none_held[np.flatnonzero(~answered)[::2]] = True
    if texts.asked[answered].sum() >= FEWEST_ASKED:
        asked = np.flatnonzero(texts.asked & answered)
        held = asked[:: -(-len(asked) // MOST_HELD)]
        gone = np.zeros(len(rows), dtype=np.bool_)
    else:
        count = np.bincount(texts.owner, minlength=texts.columns)
        if nothing < 2 or count[:nothing].max(initial=0) < 2:
            return None
        gone = answered & (texts.owner % _FOLDS == _FOLDS - 1) & (nothing >= _FOLDS)
        turn = rows - np.searchsorted(texts.owner, texts.owner)  # owners increase
        may_go = answered & ~gone & (count[texts.owner] > 1)
        held = np.flatnonzero(may_go & ((turn + texts.owner) % _FOLDS == 0))
        held = held[:: max(-(-len(held) // MOST_HELD), 1)]
    away = np.flatnonzero(gone)[:: max(-(-int(gone.sum()) // MOST_HELD), 1)]
    none = np.flatnonzero(none_held)
    learned = np.ones(len(rows), dtype=np.bool_)
    learned[held] = learned[none] = False
    learned[gone] = False
    kinds = [np.full(len(held), _HERE), np.full(len(away), _NEAR), np.where(texts.far[none], _FAR, _NEAR)]
    return _Split(learned=np.flatnonzero(learned), held=np.concatenate([held, away, none]), kind=np.concatenate(kinds))


def _ask(texts: TaughtTexts, split: _Split) -> Iterator[tuple[Likenesses, Likenesses | None]]:
    """Yield the likenesses of the questions left out, by words alone and with vectors."""
    owner = texts.owner[split.learned]
    letters = LetterHead.of_weights(*learn_letters(texts.features.only(split.learned), owner, texts.columns))
    meaning: MeaningHead | None = None
    known: Floats | None = None
    if texts.projected is not None:
        known = texts.projected[split.learned]
        meaning = learn_meaning(known, owner, empty_meaning(known.shape[1], texts.columns))
    starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    for row in split.held.tolist():
        heard = letters.scores(*texts.features.of_text(row))
        words = likenesses(heard, None, None, shortlist(heard, None))
        if meaning is None or known is None or texts.projected is None:
            yield words, None
            continue
        meant = meaning.scores(texts.projected[row])
        articles = shortlist(heard, meant)
        nearest = np.full(texts.columns, -1.0, dtype=np.float32)
        nearest[owner[starts]] = np.maximum.reduceat(known @ texts.projected[row], starts)
        yield words, likenesses(heard, meant, nearest[articles], articles)


def _judgement(
    of: str, cases: Sequence[Likenesses], rights: Sequence[Set[int]], kinds: Places, *, measured: bool
) -> Judgement:
    blend, prior = np.array(BLEND[of]), np.array(PRIOR[of])
    if not cases:
        return Judgement(blend=blend, calibration=Calibration.fit(None, prior=prior))
    answered = [
        (case.values, right)
        for case, rights_of in zip(cases, rights, strict=True)
        if (right := _is_right(case.articles, rights_of)).any()
    ]
    blend = fit_blend(answered, prior=blend, weight=_BLEND_WEIGHT)
    examples = _examples(cases, rights, kinds, blend)
    return Judgement(blend=blend, calibration=Calibration.fit(examples, prior=prior, measured=measured))


def _examples(cases: Sequence[Likenesses], rights: Sequence[Set[int]], kinds: Places, blend: Doubles) -> Examples:
    count = np.maximum(np.bincount(kinds, minlength=3), 1)
    share = np.array([1 - NEAR - FAR, NEAR, FAR]) / count * len(kinds)
    evidence, right, first, weight = [], [], [], []
    for case, rights_of, kind in zip(cases, rights, kinds.tolist(), strict=True):
        articles, of_articles = evidence_of(case, blend, DEPTH)
        evidence.append(of_articles)
        right.append(_is_right(articles, rights_of))
        first.append(np.arange(len(articles)) == 0)
        weight.append(np.full(len(articles), share[kind]))
    return Examples(
        evidence=np.concatenate(evidence),
        right=np.concatenate(right),
        first=np.concatenate(first),
        weight=np.concatenate(weight),
    )


def _is_right(articles: Places, right: Set[int]) -> NDArray[np.bool_]:
    return np.array([article in right for article in articles.tolist()], dtype=np.bool_)
