"""A person's conversation on the web page as the store has it: own words and what the bot posted, in time order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.channels.web.line import Push
from bot.codec import decode
from bot.ports import Delivery, DeliveryStatus, Store
from dialogs.event import ChannelName
from dialogs.message import Message
from dialogs.privacy.web import WebUtterance

LANDED_AT: Final = "landed_at"
MOST_DELIVERIES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Puts things into the form the page reads. ``image_url`` gives a stored image's address on this server."""

    image_url: Callable[[str], str]

    def message(self, delivery: Delivery, message: Message, *, landed_at: str) -> Push:
        """Return a message in its slot."""
        return {
            "type": "message",
            "slot": delivery.slot,
            "version": delivery.version,
            "message": {
                "text": message.text,
                "card": message.card,
                "suggestions": list(message.suggestions),
                "image": self.image_url(message.image_id) if message.image_id else None,
            },
            "posted_at": landed_at,
        }

    def gone(self, delivery: Delivery) -> Push:
        """Return that a slot is empty now."""
        return {"type": "gone", "slot": delivery.slot, "version": delivery.version}

    def said(self, utterance: WebUtterance) -> Push:
        """Return the person's own words."""
        return {"type": "said", "id": utterance.said_id, "text": utterance.text, "at": utterance.at.isoformat()}


def landed_at(reference: Mapping[str, str] | None, otherwise: datetime) -> str:
    """Return when the message of ``reference`` first landed, ISO 8601."""
    return (reference or {}).get(LANDED_AT, otherwise.isoformat())


async def read(store: Store, paper: Paper, person_id: str) -> Sequence[Push]:
    """Return the newest part of the conversation, oldest first, and for emptied slots that they are.

    A message that landed and is owed an update is shown as it should be, and one that should be gone is not shown: the
    page never reads an older state than the bot has decided.
    """
    deliveries = await store.deliveries(recipient=person_id, latest=True, limit=MOST_DELIVERIES)
    ours = [one for one in deliveries if one.channel is ChannelName.WEB]
    shown = [one for one in ours if one.reference is not None and one.message is not None]
    shown = [one for one in shown if one.status is not DeliveryStatus.DELETED]
    pushes: list[tuple[tuple[Any, ...], Push]] = []
    for delivery in shown:
        at = landed_at(delivery.reference, delivery.posted_at)
        message = delivery.message
        if message is not None:
            push = paper.message(delivery, message, landed_at=at)
            pushes.append(((datetime.fromisoformat(at), 1, delivery.sequence), push))
    oldest = min((key[0] for key, _ in pushes), default=None) if len(deliveries) == MOST_DELIVERIES else None
    for stored in await store.find(WebUtterance.KIND, f"person:{person_id}"):
        utterance = decode(WebUtterance, stored)
        if oldest is None or utterance.at >= oldest:
            pushes.append(((utterance.at, 0, 0), paper.said(utterance)))
    pushes.sort(key=lambda pair: pair[0])
    emptied = [one for one in deliveries if one.message is None]
    return [*(paper.gone(one) for one in emptied), *(push for _, push in pushes)]
