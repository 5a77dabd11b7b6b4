"""Conversation about an accepted handoff: asker and owner, and the owner's advisers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Self

from dialogs.core.data_rules import Purpose
from knowledge.organisation.unit import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffChat:
    """State of the conversation; the texts are deliveries and not part of it.

    Attributes:
        messages: number of messages relayed; names slots.
        last_by, last_at: author and time of the last message or acceptance that reached the other end.
        owner_spoke: the last message is the owner's; an acceptance is no message.
        focused_at: when each end last selected this conversation, by person id.
        receipts: ends that got a receipt since the acceptance, so that they know their messages are relayed.
        reminders: reminders since the last message; limits repetition.
        advisers: ambassadors the owner asked for advice, still without an answer; empty without an owner.
        tips: number of advisers' answers; names slots.
        images: all images of the handoff, from both ends.
    """

    messages: Annotated[int, Purpose.ORDER] = 0
    last_by: Annotated[PersonId | None, Purpose.HELP] = None
    last_at: Annotated[datetime | None, Purpose.HELP] = None
    owner_spoke: Annotated[bool, Purpose.HELP] = False
    focused_at: Annotated[Mapping[PersonId, datetime], Purpose.HELP] = field(default_factory=dict)
    receipts: Annotated[frozenset[PersonId], Purpose.HELP] = frozenset()
    reminders: Annotated[int, Purpose.ORDER] = 0
    advisers: Annotated[tuple[PersonId, ...], Purpose.HELP] = ()
    tips: Annotated[int, Purpose.HELP] = 0
    images: Annotated[tuple[str, ...], Purpose.HELP] = ()

    def start_with(self, owner_id: str, at: datetime) -> Self:
        """Begin the conversation with a new owner."""
        return replace(
            self.focus(owner_id, at),
            last_by=owner_id,
            last_at=at,
            owner_spoke=False,
            receipts=frozenset(),
            reminders=0,
        )

    def end(self) -> Self:
        """End the conversation; advice comes too late from now on."""
        return replace(self, advisers=(), reminders=0)

    def add_messages(self, messages: int, *, by: str, at: datetime, by_owner: bool, images: tuple[str, ...]) -> Self:
        """Count relayed messages."""
        return replace(
            self.focus(by, at),
            messages=self.messages + messages,
            last_by=by,
            last_at=at,
            owner_spoke=by_owner,
            reminders=0,
            images=(*self.images, *images),
        )

    def focus(self, person_id: str, at: datetime) -> Self:
        """Note that one end selected this conversation."""
        return replace(self, focused_at={**self.focused_at, person_id: at})

    def receipt(self, person_id: str) -> Self:
        """Note that one end got a receipt."""
        return replace(self, receipts=self.receipts | {person_id})

    def remind(self) -> Self:
        """Count a reminder."""
        return replace(self, reminders=self.reminders + 1)

    def seek_advice(self, advisers: tuple[str, ...]) -> Self:
        """Note the ambassadors asked for advice."""
        return replace(self, advisers=advisers)

    def advise(self, adviser_id: str) -> Self:
        """Count an adviser's answer."""
        return replace(self, tips=self.tips + 1, advisers=tuple(id_ for id_ in self.advisers if id_ != adviser_id))
