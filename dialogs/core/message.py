"""What a person sees: a text, or a card with a text that stands in for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Card = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. ``text`` is always there: notification, screen reader and channels without cards use it.

    ``card`` is an Adaptive Card 1.5. ``suggestions`` are utterances offered below the message.
    ``image_id`` names a stored image to show with it; ``report_id`` an announcement whose report goes with it as files.
    """

    text: str
    card: Card | None = None
    suggestions: tuple[str, ...] = ()
    image_id: str | None = None
    report_id: str | None = None
