"""A message of the web page, as stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from dialogs.core.data_rules import DataRules, Purpose, month_term
from knowledge.organisation.unit import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class WebUtterance:
    """A user's message on the web page, with its images.

    ``text`` is masked; ``said_id`` is the id assigned by the page, unique per person. ``handoff_id`` is the hand-off it
    was relayed in: what a helper wrote there goes with the data of the asker. ``slot`` is where the other end got it;
    None while it is held back.
    """

    KIND: ClassVar[str] = "web_utterance"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="500, the newest", months=12, dated="at")

    said_id: Annotated[str, Purpose.ORDER]
    person_id: Annotated[PersonId, Purpose.ORDER]
    text: Annotated[str, Purpose.ANSWER]
    images: Annotated[tuple[str, ...], Purpose.HELP] = ()
    handoff_id: Annotated[str | None, Purpose.ORDER] = None
    slot: Annotated[str | None, Purpose.ORDER] = None
    at: Annotated[datetime, Purpose.TIME]

    @property
    def id(self) -> str:
        """Unique over all people, and stable if the page sends it again."""
        return f"{self.person_id}:{self.said_id}"

    def terms(self) -> Iterable[str]:
        yield f"person:{self.person_id}"
        yield month_term(self.at)
        if self.handoff_id:
            yield f"handoff:{self.handoff_id}"
