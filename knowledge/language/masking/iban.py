"""Find international bank account numbers, grouped or not, of all countries that issue them."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from stdnum import iban, numdb

from knowledge.language.masking.digits import DigitReading
from knowledge.language.masking.labels import Labels
from knowledge.language.masking.span import Secret, Span

_BEGINS: Final = re.compile(r"(?P<country>[a-z]{2})(?= ?\d\d)")
_GAP: Final = r"[ .\-\n]{0,2}"
_LETTERS: Final = {"n": "[0-9]", "a": "[a-z]", "c": "[a-z0-9]"}


def ibans(reading: DigitReading, labels: Labels) -> Iterator[Span]:
    done = 0
    for begin in _BEGINS.finditer(reading.plain):
        start = begin.start("country")
        looks = _looks(begin["country"].upper()) if start >= done else None
        written = looks.match(reading.plain, start) if looks else None
        # Skip country-specific checks: a number with an error there still reveals the account.
        if written is not None and iban.is_valid(re.sub(r"[^a-z0-9]", "", written.group()), check_country=False):
            yield Span(start, written.end(), Secret.IBAN)
            done = written.end()


@cache
def _looks(country: str) -> re.Pattern[str] | None:
    """Return the pattern of a country's IBANs; None if it issues none.

    The cache has at most 676 entries.
    """
    (_, facts), *_ = numdb.get("iban").info(f"{country}00")
    if "bban" not in facts:
        return None
    parts = re.findall(r"(\d+)!([nac])", facts["bban"])
    account = "".join(f"(?:{_GAP}{_LETTERS[kind]}){{{length}}}" for length, kind in parts)
    return re.compile(f"{country.lower()} ?[0-9]{{2}}{account}")
