"""What somebody follows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Self

TOPICS: Final = ("office-365", "teams", "outlook", "onedrive", "windows", "phone", "printing", "courses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """The topics one person follows; its id is the person's."""

    KIND: ClassVar[str] = "following"
    SCHEMA: ClassVar[int] = 1

    id: str
    topics: frozenset[str] = frozenset()
    changed_at: datetime

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        for topic in self.topics:
            yield f"topic:{topic}"

    def follow(self, topic: str, at: datetime) -> Self:
        """Return it with the topic followed; following twice is a no-op."""
        return self if topic in self.topics else replace(self, topics=self.topics | {topic}, changed_at=at)

    def leave(self, topic: str, at: datetime) -> Self:
        """Return it without the topic; leaving what is not followed is a no-op."""
        return replace(self, topics=self.topics - {topic}, changed_at=at) if topic in self.topics else self
