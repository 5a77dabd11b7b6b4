"""The masked text type and the masking function."""

import re
from collections.abc import Iterable
from typing import Final, Self

from knowledge.language.masking.digits import DigitReading, Secret, Span
from knowledge.language.masking.identity import identity_numbers
from knowledge.language.masking.labels import Labels
from knowledge.language.masking.money import accounts, cards, ibans

MASKS: Final = {
    Secret.NATIONAL_ID: "[•••••• •••••]",
    Secret.BANK_ACCOUNT: "[•••• •• •••••]",
    Secret.IBAN: "[IBAN ••••]",
    Secret.PAYMENT_CARD: "[•••• ••••]",
}

# More digits than a real message has. Below this, masking takes one or two milliseconds.
MAX_DIGITS: Final = 500
# Outside ASCII and the letters of Western Europe, signs may stand for digits.
_MAY_BE_DIGIT: Final = re.compile(r"[0-9]|[^\x00-\x7fÀ-ÿ]")


class MaskedText(str):
    """Text returned by ``mask``; ``found`` holds the kinds of masked numbers.

    Only ``mask`` creates instances, so the type checker guarantees that a parameter of this type is masked. Slicing and
    formatting return plain ``str``, because they could join two halves of a number.
    """

    found: frozenset[Secret]

    def __new__(cls, text: str = "", found: Iterable[Secret] = ()) -> Self:
        """Create an instance from a text known to be masked."""
        made = super().__new__(cls, text)
        made.found = frozenset(found)
        return made

    def strip(self, chars: str | None = None, /) -> "MaskedText":
        """Return the text without blanks at both ends."""
        return MaskedText(super().strip(chars), self.found)


def mask(text: str, *, most: int | None = None) -> MaskedText:
    """Return ``text`` with identity numbers, bank accounts, IBANs and payment cards masked.

    Text that is already masked is returned unchanged. The result is cut to ``most`` characters after masking, because
    half a number would not be recognized.
    """
    masked = text if isinstance(text, MaskedText) else _mask(text)
    return masked if most is None else cut(masked, most)


def cut(text: MaskedText, most: int) -> MaskedText:
    """Return the first ``most`` characters."""
    return text if len(text) <= most else MaskedText(text[:most], text.found)


def is_costly(text: str) -> bool:
    """Return whether masking may block an event loop too long, because of very many digits."""
    return len(text) > MAX_DIGITS and sum(map(str.isdigit, text)) > MAX_DIGITS


def spans_of(text: str) -> list[Span]:
    """Return the spans that ``mask`` replaces, ordered, without overlaps, as positions of ``text``."""
    if _MAY_BE_DIGIT.search(text) is None:
        return []
    reading = DigitReading.from_text(text)
    if not reading.groups:
        return []
    labels = Labels(reading)
    # The order decides which kind gets digits that several kinds match.
    taken = _DisjointSpans()
    for finder in (ibans, identity_numbers, cards, accounts):
        for span in finder(reading, labels):
            taken.claim(span)
    return [Span(reading.text_position(span.start), reading.text_end(span.end), span.secret) for span in taken.spans()]


def _mask(text: str) -> MaskedText:
    spans = spans_of(text)
    if not spans:
        return MaskedText(text)
    parts: list[str] = []
    kept_to = 0
    for span in spans:
        parts += [text[kept_to : span.start], MASKS[span.secret]]
        kept_to = span.end
    return MaskedText("".join((*parts, text[kept_to:])), (span.secret for span in spans))


class _DisjointSpans:
    """Spans without overlaps; the first one wins."""

    def __init__(self) -> None:
        self._claimed: set[int] = set()
        self._spans: list[Span] = []

    def claim(self, span: Span) -> None:
        places = range(span.start, span.end)
        if self._claimed.isdisjoint(places):
            self._claimed.update(places)
            self._spans.append(span)

    def spans(self) -> list[Span]:
        return sorted(self._spans)
