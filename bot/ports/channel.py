"""Channels: the activities they receive and the outcomes of sending."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.ports.delivery import Delivery
from dialogs.core.event import ChannelName, Scope, What
from dialogs.core.message import Message
from dialogs.core.person import Address
from knowledge.article.article import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """The message was delivered.

    ``reference`` identifies it for later updates. It counts against the same lane as the address.
    """

    reference: Mapping[str, str]
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """The service asks to wait.

    ``tenant_id``: the pause covers this tenant; None: only this conversation.
    """

    retry_after_seconds: float | None
    tenant_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """The person blocked or uninstalled the bot, or never installed it.

    Send nothing until they write again.
    """

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulted:
    """The attempt failed. ``again``: another attempt may succeed.

    ``unsure``: the answer was lost or ambiguous, so the message may have been delivered.
    """

    reason: str
    again: bool
    unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The message to update or delete no longer exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The sender as verified by a channel: an Entra identity (Teams) or the person of a web session.

    ``proved_at``: when the person of the session last signed in. ``language``: of the sender's
    program, for a new person.
    """

    name: str
    object_id: str | None = None
    tenant_id: str | None = None
    person_id: str | None = None
    proved_at: datetime | None = None
    language: Language | None = None

    @property
    def is_identified(self) -> bool:
        """Whether the sender is identified.

        A change to a team may arrive without a sender.
        """
        return self.object_id is not None or self.person_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An activity received by a channel, before the person is looked up.

    ``id`` is the channel's unique id of the activity; a redelivery has the same id. ``address`` is where to reach the
    sender (personal scope) or the conversation (group, team). ``from_page``: pressed on a separate page and not in a
    conversation, so the replies are returned and not delivered, and the sender is reached where they were before.
    """

    id: str
    channel: ChannelName
    sender: Sender
    address: Address
    conversation_id: str
    scope: Scope = Scope.PERSONAL
    what: What
    from_page: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The answer of a turn to a pressed action.

    ``card`` replaces the pressed card (the same message was also posted into its slot); ``notice`` is a short text that
    leaves the card unchanged. Both None: nothing to show. ``duplicate``: this activity was handled before and was
    ignored.

    For a press on a page: ``replies`` are what would be shown in the conversation; ``changed``: records were written;
    ``refused``: the flow refused it; ``needs_proof``: the person must sign in again first.
    """

    card: Message | None = None
    notice: str | None = None
    duplicate: bool = False
    replies: tuple[Message, ...] = ()
    changed: bool = False
    refused: bool = False
    needs_proof: bool = False


class Inbox(Protocol):
    """Receiver of the activities from all channels."""

    async def receive(self, incoming: Incoming) -> Turn:
        """Handle one activity completely: decide, commit, send the replies. Raises StoreUnavailable."""
        ...


Outcome = Landed | Throttled | Unreachable | Faulted | Missing


class SendingChannel(Protocol):
    """A way to reach people. A failure is returned as an outcome, not raised."""

    async def send(self, delivery: Delivery, address: Address, message: Message) -> Outcome:
        """Send a new message to the recipient's chat."""
        ...


class Channel(SendingChannel, Protocol):
    """A channel that can also change its messages."""

    async def update(self, delivery: Delivery, reference: Mapping[str, str], message: Message) -> Outcome:
        """Replace the delivered message identified by ``reference``."""
        ...

    async def delete(self, delivery: Delivery, reference: Mapping[str, str]) -> Outcome:
        """Delete the delivered message identified by ``reference``."""
        ...
