"""The web chat as a channel: messages are pushed to the recipient's open pages.

The delivery row is the durable copy. A page that is closed, or that another process serves, reads the store when it
opens or refreshes; therefore a send always succeeds.
"""

from collections.abc import Mapping

from bot.channels.web.chat.connection import ConnectionRegistry
from bot.channels.web.chat.history import LANDED_AT, PushFormatter, landed_at
from bot.channels.web.signin.signer import Signer
from bot.channels.web.spec import WEB
from bot.ports import Clock, Delivery, Landed, Outcome
from dialogs.core.message import Message
from dialogs.core.person import Address


def address_of(person_id: str) -> Address:
    """Return a person's address in the web chat."""
    return Address(channel=WEB, data={"person_id": person_id})


class WebChannel:
    """Implements ``Channel`` over this process's connection registry. ``key`` is the same as WebChat's."""

    def __init__(self, *, clock: Clock, key: bytes) -> None:
        self.connections = ConnectionRegistry()
        self.formatter = PushFormatter(signer=Signer(key))
        self._clock = clock

    async def send(self, delivery: Delivery, address: Address, message: Message) -> Outcome:
        """Show a new message on the recipient's pages."""
        return self._show(delivery, message, self._clock.now().isoformat())

    async def update(self, delivery: Delivery, reference: Mapping[str, str], message: Message) -> Outcome:
        """Replace the slot's message in place."""
        return self._show(delivery, message, landed_at(reference, delivery.posted_at))

    async def delete(self, delivery: Delivery, reference: Mapping[str, str]) -> Outcome:
        """Remove the slot's message."""
        self.connections.push(delivery.recipient, self.formatter.gone(delivery), at=self._clock.now())
        return Landed(reference=reference)

    def _show(self, delivery: Delivery, message: Message, at: str) -> Outcome:
        push = self.formatter.message(delivery, message, landed_at=at)
        self.connections.push(delivery.recipient, push, at=self._clock.now())
        return Landed(reference={LANDED_AT: at}, address=address_of(delivery.recipient))
