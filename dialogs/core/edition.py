"""Count of changes to something whole that every process keeps a copy of."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose

_RULES: Final = DataRules(most="none: one in all", whose=Whose.NOBODY, terms=(), erasing=Erasing.KEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The latest change; a process reads again when the number is another. A subclass names its ``KIND``.

    Every change writes it, so that two at once are decided one after the other.
    """

    SCHEMA: ClassVar[int] = 1
    ID: ClassVar[str] = "latest"
    RULES: ClassVar[DataRules] = _RULES

    id: Annotated[str, Purpose.ORDER] = ID
    number: Annotated[int, Purpose.ORDER] = 0
    at: Annotated[datetime | None, Purpose.TIME] = None

    def terms(self) -> Iterable[str]:
        """Return no search terms: there is one."""
        return ()

    def next_at(self, at: datetime) -> Self:
        """Return the edition of the next change."""
        return replace(self, number=self.number + 1, at=at)
