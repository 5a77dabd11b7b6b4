"""A fair share: who has taken clearly more questions lately than is usual, and is spared for a while."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

LATELY: Final = timedelta(weeks=13)
"""How far back questions count. Most ambassadors take one or two a month, and less time would count chance."""


FEW: Final = 5
"""Nobody is spared for so many, however little is usual: less than one every other week is no burden."""


def spared(taken: Mapping[str, int]) -> frozenset[str]:
    """Return those who took more than half as many again as usual, rounded, and more than ``FEW``.

    Somebody is always left, for not everybody can be above the mean.

    Args:
        taken: questions taken within ``LATELY`` by each ambassador of one municipality, by person id.
    """
    people, total = len(taken), sum(taken.values())
    return frozenset(id_ for id_, count in taken.items() if count > FEW and (2 * count - 1) * people > 3 * total)
