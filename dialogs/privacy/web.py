"""What the web channel keeps of a person, as privacy sees it.

The channel writes these records and knows them by the same kinds; here are the shapes that showing and deleting need.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialogs.month import month_term


@dataclass(frozen=True, slots=True, kw_only=True)
class WebUtterance:
    """What a person wrote on the web page, masked."""

    KIND: ClassVar[str] = "web_utterance"
    SCHEMA: ClassVar[int] = 1

    said_id: str
    person_id: str
    text: str
    at: datetime

    @property
    def id(self) -> str:
        """Unique over all people."""
        return f"{self.person_id}:{self.said_id}"

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield f"person:{self.person_id}"
        yield month_term(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebLink:
    """That a person used a sign-in link."""

    KIND: ClassVar[str] = "web_link"
    SCHEMA: ClassVar[int] = 1

    id: str
    person_id: str
    used_at: datetime

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield f"person:{self.person_id}"
        yield month_term(self.used_at)
