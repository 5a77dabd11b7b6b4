"""Fair share: exempt ambassadors with clearly more questions than the mean from new ones for a while."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

# Period that counts. Most ambassadors take one or two questions a month. Over a shorter period chance would decide.
LATELY: Final = timedelta(weeks=13)


# No exemption up to this count, even if the mean is lower: less than one question every other week is no burden.
FEW: Final = 5


def spared(taken: Mapping[str, int]) -> frozenset[str]:
    """Return the ambassadors with more than 1.5 times the mean, rounded, and more than ``FEW`` questions.

    At least one ambassador always remains, because not all counts can be above the mean.

    Args:
        taken: questions taken within ``LATELY`` by each ambassador of one municipality, by person id.
    """
    people, total = len(taken), sum(taken.values())
    return frozenset(id_ for id_, count in taken.items() if count > FEW and (2 * count - 1) * people > 3 * total)
