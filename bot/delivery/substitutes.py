"""Ordinary messages in place of abilities that a channel lacks."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final, cast

from bot.ports import Channel, Delivery, Landed, Outcome, SendingChannel
from dialogs.core.channel import Ability, ChannelSpec
from dialogs.core.message import Message, text_of
from dialogs.core.person import Address
from dialogs.core.texts import Texts

# Names in the reference of an announcement: its first line, and a digest of its text.
TITLE: Final = "title"
WORDS: Final = "words"
MAX_TITLE: Final = 80

# Returns the texts in a recipient's language.
TextsOf = Callable[[str], Awaitable[Texts]]


def completed(channel: Channel | SendingChannel, spec: ChannelSpec, *, texts_of: TextsOf) -> Channel:
    """Return the channel with a substitute for each ability that it lacks."""
    if not spec.missing:
        return cast(Channel, channel)
    return SubstitutingChannel(channel, spec=spec, texts_of=texts_of)


class SubstitutingChannel:
    """A channel that replaces missing abilities by new messages.

    Without updates, a new version is sent as a new message; a corrected announcement says so, and is sent only if its
    words changed (a confirmation changes only the buttons). Without recalls, a recalled announcement is named in a new
    message; other messages stay as they are. Without cards, the text is that of the card; without images, a sentence
    stands for the image.
    """

    def __init__(self, channel: Channel | SendingChannel, *, spec: ChannelSpec, texts_of: TextsOf) -> None:
        self._channel = channel
        self._spec = spec
        self._texts_of = texts_of

    async def send(self, delivery: Delivery, address: Address, message: Message) -> Outcome:
        """Send a new message."""
        return await self._send(delivery, address, message, shown=await self._shown(delivery, message))

    async def update(self, delivery: Delivery, reference: Mapping[str, str], message: Message) -> Outcome:
        """Change the message, or send its new version."""
        if self._spec.can(Ability.UPDATE):
            shown = await self._shown(delivery, message)
            return await cast(Channel, self._channel).update(delivery, reference, shown)
        if delivery.group is None:
            return await self.send(delivery, self._address(reference), message)
        if reference.get(WORDS) == _digest(message):
            return Landed(reference=reference)
        texts = await self._texts_of(delivery.recipient)
        shown = await self._shown(delivery, message)
        shown = replace(shown, text=texts("channel.corrected", text=shown.text))
        return await self._send(delivery, self._address(reference), message, shown=shown)

    async def delete(self, delivery: Delivery, reference: Mapping[str, str]) -> Outcome:
        """Remove the message, or announce that it is recalled."""
        if self._spec.can(Ability.RECALL):
            return await cast(Channel, self._channel).delete(delivery, reference)
        title = reference.get(TITLE)
        if title is None:
            return Landed(reference=reference)
        texts = await self._texts_of(delivery.recipient)
        note = Message(text=texts("channel.recalled", title=title))
        return await self._channel.send(delivery, self._address(reference), note)

    async def _send(self, delivery: Delivery, address: Address, message: Message, *, shown: Message) -> Outcome:
        outcome = await self._channel.send(delivery, address, shown)
        changeable = self._spec.can(Ability.UPDATE) and self._spec.can(Ability.RECALL)
        if not isinstance(outcome, Landed) or changeable:
            return outcome
        # The reference is all that is known of the message later, so it must contain the address too.
        noted = {} if delivery.group is None else {TITLE: _title(message), WORDS: _digest(message)}
        return replace(outcome, reference={**address.data, **outcome.reference, **noted})

    async def _shown(self, delivery: Delivery, message: Message) -> Message:
        """Return the message as the channel can show it."""
        if message.card is not None and not self._spec.can(Ability.CARDS):
            message = replace(message, text=text_of(message.card))  # the card stays: it has the buttons
        if message.image_id is None or self._spec.can(Ability.IMAGES):
            return message
        texts = await self._texts_of(delivery.recipient)
        return replace(message, text=f"{message.text}\n\n{texts('channel.no_image')}", image_id=None)

    def _address(self, reference: Mapping[str, str]) -> Address:
        data = {name: value for name, value in reference.items() if name not in {TITLE, WORDS}}
        return Address(channel=self._spec.name, data=data)


def _title(message: Message) -> str:
    return message.text.partition("\n")[0][:MAX_TITLE]


def _digest(message: Message) -> str:
    return hashlib.sha256(message.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
