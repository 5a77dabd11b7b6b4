"""Text that its author has not sent yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from dialogs.core.data_rules import DataRules, Purpose, month_term
from knowledge.organisation.unit import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A question before sending. Its id becomes the id of the handoff."""

    KIND: ClassVar[str] = "handoff_draft"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="5, the newest", months=1, dated="created_at")

    id: Annotated[str, Purpose.ORDER]
    asker_id: Annotated[PersonId, Purpose.ORDER]
    question: Annotated[str, Purpose.HELP]
    question_id: Annotated[str | None, Purpose.HELP] = None
    article_id: Annotated[str | None, Purpose.HELP] = None
    topics: Annotated[frozenset[str], Purpose.HELP] = frozenset()
    images: Annotated[tuple[str, ...], Purpose.HELP] = ()
    created_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield f"person:{self.asker_id}"
        yield month_term(self.created_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """A message held until its author chooses the recipient.

    Attributes:
        id: the person id.
        stored_as: ids of the messages of the web page that it consists of.
        handoff_ids: the hand-offs it may be sent in; empty in records of earlier versions.
        slot: the slot of the card that asks the author; None in records of earlier versions.
    """

    KIND: ClassVar[str] = "unsent"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one", months=1, dated="at")

    id: Annotated[str, Purpose.ORDER]
    text: Annotated[str, Purpose.HELP]
    images: Annotated[tuple[str, ...], Purpose.HELP] = ()
    stored_as: Annotated[tuple[str, ...], Purpose.ORDER] = ()
    handoff_ids: Annotated[tuple[str, ...], Purpose.ORDER] = ()
    slot: Annotated[str | None, Purpose.ORDER] = None
    at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield f"person:{self.id}"
        yield month_term(self.at)
