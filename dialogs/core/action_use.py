"""Use of an action asked for in words, counted in the statistics."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from dialogs.core.data_rules import DataRules, Purpose, month_term
from knowledge.organisation.unit import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionUse:
    """One action done because of a message, without the words. It stays until week and month are counted."""

    KIND: ClassVar[str] = "action_use"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one for each message that asks for an action", months=3, dated="at")

    id: Annotated[str, Purpose.ORDER]
    person_id: Annotated[PersonId, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield f"person:{self.person_id}"
        yield month_term(self.at)
