"""Record of the web channel.

It is in this package because display and deletion need it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialogs.core.month import month_term


@dataclass(frozen=True, slots=True, kw_only=True)
class WebUtterance:
    """A user's message on the web page, with its images.

    ``text`` is masked; ``said_id`` is the id assigned by the page, unique per person.
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
        """Unique over all people, and stable if the page sends it again."""
        return f"{self.person_id}:{self.said_id}"

    def terms(self) -> Iterable[str]:
        """Return the search terms of the record."""
        yield f"person:{self.person_id}"
        yield month_term(self.at)
