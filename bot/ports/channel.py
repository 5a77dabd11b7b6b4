"""Channels: what they hand in, and what comes of sending through them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.ports.delivery import Delivery
from dialogs.core.event import ChannelName, Scope, What
from dialogs.core.message import Message
from dialogs.core.person import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """The message is there. ``reference`` names it for later updates."""

    reference: Mapping[str, str]
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """The service asks to wait. ``tenant_id`` names whom the pause concerns; None: only this conversation."""

    retry_after_seconds: float | None
    tenant_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """The person blocked or uninstalled the bot, or never had it: stop writing until they come back."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulted:
    """It failed. ``again`` tells whether another try may succeed.

    ``unsure``: the answer was lost, or leaves open whether the message landed.
    """

    reason: str
    again: bool
    unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The message to update or delete is no longer there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who a channel has verified the sender to be: an Entra identity (Teams) or a person of a web session."""

    name: str
    object_id: str | None = None
    tenant_id: str | None = None
    person_id: str | None = None

    @property
    def is_somebody(self) -> bool:
        """Whether anybody is named; a team may change without that."""
        return self.object_id is not None or self.person_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What a channel received, before the bot knows the person.

    ``id`` is the channel's unique id of the activity, equal when it is delivered again. ``address`` is where the sender
    (personal scope) or the conversation (group, team) is reached.
    """

    id: str
    channel: ChannelName
    sender: Sender
    address: Address
    conversation_id: str
    scope: Scope = Scope.PERSONAL
    what: What


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a turn answers a pressed action with.

    ``card`` replaces the pressed card (the same message was also posted into its slot); ``notice`` is a short text that
    leaves it as it is. Both None: nothing to show. ``duplicate``: this activity was handled before, nothing was done.
    """

    card: Message | None = None
    notice: str | None = None
    duplicate: bool = False


class Inbox(Protocol):
    """Where channels hand in what they receive."""

    async def receive(self, incoming: Incoming) -> Turn:
        """Handle one activity wholly: decide, commit, send the replies. Raises StoreUnavailable."""
        ...


Outcome = Landed | Throttled | Unreachable | Faulted | Missing


class Channel(Protocol):
    """A way to reach people. What fails is an outcome, not an exception."""

    async def send(self, delivery: Delivery, address: Address, message: Message) -> Outcome:
        """Put a new message into the recipient's chat."""
        ...

    async def update(self, delivery: Delivery, reference: Mapping[str, str], message: Message) -> Outcome:
        """Replace the message that landed as ``reference``."""
        ...

    async def delete(self, delivery: Delivery, reference: Mapping[str, str]) -> Outcome:
        """Take the message away."""
        ...
