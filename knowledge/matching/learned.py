"""Choose the phrasings that the supervised layer learns, so that time and memory of a training stay within bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.head import Floats, Places

# Maximum number of learned phrasings, with and without an encoder. The time of a training grows with its cube, and its
# memory with its square. Phrasings with nearly the same meaning teach little; those with nearly the same letters more.
MOST_BY_MEANING: Final = 24_000
MOST_BY_LETTERS: Final = 32_000


def rows_to_learn(owner: Places, last: Places, similar: Callable[[slice], Floats], *, most: int) -> Places:
    """Return the positions of the phrasings to learn, increasing: ``most``, or fewer if there are fewer.

    Left out are those most similar to another one of their article that is learned. They still count as near phrasings.

    Args:
        owner: article of each phrasing; increases without gaps.
        last: positions of the phrasings to leave out only after all others that may be.
        similar: returns the similarity between the phrasings of an article: shape (phrasings, phrasings).
    """
    learned = np.ones(len(owner), dtype=np.bool_)
    first = np.ones(len(owner), dtype=np.bool_)
    first[last] = False
    starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    articles = [slice(*each) for each in zip(starts, np.append(starts[1:], len(owner)), strict=True)]
    for may_go in (first, ~first):
        while (excess := int(learned.sum()) - most) > 0 and _leave_out(learned, may_go, articles, similar, excess):
            pass
    return np.flatnonzero(learned)


def _leave_out(
    learned: NDArray[np.bool_],
    may_go: NDArray[np.bool_],
    articles: list[slice],
    similar: Callable[[slice], Floats],
    most: int,
) -> int:
    """Leave out up to ``most`` phrasings, in place; return how many.

    One that another was left out for stays, so that no group of similar phrasings is left out as a whole.
    """
    likeness = np.full(len(learned), -np.inf)
    nearest = np.zeros(len(learned), dtype=np.int64)
    for rows in articles:
        own = rows.start + np.flatnonzero(learned[rows])
        if len(own) > 1:
            table = similar(rows)[np.ix_(own - rows.start, own - rows.start)]
            np.fill_diagonal(table, -np.inf)
            likeness[own], nearest[own] = table.max(axis=1), own[table.argmax(axis=1)]
    left_out, stays = 0, np.zeros(len(learned), dtype=np.bool_)
    for row in np.argsort(-likeness, kind="stable").tolist():
        if left_out == most or likeness[row] == -np.inf:
            break
        if may_go[row] and not stays[row] and learned[nearest[row]]:
            learned[row] = False
            stays[nearest[row]] = True
            left_out += 1
    return left_out
