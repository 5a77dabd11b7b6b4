"""Topic subscriptions of a person."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Purpose

TOPICS: Final = ("office-365", "teams", "outlook", "onedrive", "windows", "phone", "printing", "courses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """The topics a person follows; ``id`` is the person id."""

    KIND: ClassVar[str] = "following"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one", terms=(), by_id=True)

    id: Annotated[str, Purpose.ORDER]
    topics: Annotated[frozenset[str], Purpose.CHOICE] = frozenset()
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        for topic in self.topics:
            yield f"topic:{topic}"

    def follow(self, topic: str, at: datetime) -> Self:
        """Return it with the topic added; a second time changes nothing."""
        return self if topic in self.topics else replace(self, topics=self.topics | {topic}, changed_at=at)

    def unfollow(self, topic: str, at: datetime) -> Self:
        """Return it without the topic; unchanged if not followed."""
        return replace(self, topics=self.topics - {topic}, changed_at=at) if topic in self.topics else self
