"""Eleven digits meant as an identity number that fail its check."""

from typing import Final

from stdnum.no import kontonr

from knowledge.language.masking.digits import DigitReading
from knowledge.language.masking.identity import LENGTH, is_identity_number, is_plausible_date
from knowledge.language.masking.labels import Labels, NumberKind

_GROUPS: Final = frozenset({(11,), (6, 5), (2, 2, 2, 5), (2, 2, 2, 3, 2)})
_APART: Final = frozenset({" ", "-", " - "})


def shows_bad_identity_number(text: str) -> bool:
    """Return whether eleven digits look like an identity number with a typing error.

    Either a label says so, or they are grouped like one and begin with a date.
    """
    reading = DigitReading.from_text(text)
    if len(reading.digits) < LENGTH:
        return False
    labels = Labels(reading)
    for first, group in enumerate(reading.groups):
        last = reading.last_of(first, LENGTH)
        if last is None or last - first > 5:
            continue
        digits = reading.of_groups(first, last)
        if is_identity_number(digits) or reading.before(group.start) == "+":
            continue
        names = labels.names(first, last)
        if names in {NumberKind.IDENTITY, NumberKind.FIVE}:
            return True
        if reading.sizes(first, last) not in _GROUPS:
            continue
        sizes = reading.sizes(first, last)
        written = sizes == (LENGTH,) or (sizes == (6, 5) and reading.gap_after(first) in _APART)
        if names is None and written and is_plausible_date(digits) and not kontonr.is_valid(digits):
            return True
    return False
