"""What the web channel keeps of a person. It lies here because showing and deleting must know it too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialogs.core.month import month_term


@dataclass(frozen=True, slots=True, kw_only=True)
class WebUtterance:
    """Somebody's own words, and the images with them.

    ``text`` is masked; ``said_id`` is the id the page gave it, unique for the person.
    """

    KIND: ClassVar[str] = "web_utterance"
    SCHEMA: ClassVar[int] = 1

    said_id: str
    person_id: str
    text: str
    images: tuple[str, ...] = ()
    at: datetime

    @property
    def id(self) -> str:
        """Unique over all people, and the same when the page sends it again."""
        return f"{self.person_id}:{self.said_id}"

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield f"person:{self.person_id}"
        yield month_term(self.at)
