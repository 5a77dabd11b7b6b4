"""A person's conversation on the web page as the store has it: own words and what the bot posted, in time order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.channels.web.line import Push
from bot.channels.web.seal import Seal
from bot.codec import decode
from bot.ports import Delivery, DeliveryStatus, Store
from dialogs.event import ChannelName
from dialogs.message import Message
from dialogs.privacy.web import WebUtterance

LANDED_AT: Final = "landed_at"
MOST_DELIVERIES: Final = 100
_IMAGE: Final = "image"


def image_address(seal: Seal, person_id: str, image_id: str) -> str:
    """Return where ``person_id`` sees an image. Only we can make it up, and it is of no use to anybody else."""
    return f"/chat/images/{image_id}?mark={seal.mark(_IMAGE, f'{person_id}/{image_id}')}"


def image_marked(seal: Seal, person_id: str, image_id: str, mark: str) -> bool:
    """Tell whether an address with this mark was made for this person."""
    return seal.marked(_IMAGE, f"{person_id}/{image_id}", mark)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Puts things into the form the page reads. ``seal`` makes the addresses of images."""

    seal: Seal

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
                "image": image_address(self.seal, delivery.recipient, message.image_id) if message.image_id else None,
            },
            "posted_at": landed_at,
        }

    def gone(self, delivery: Delivery) -> Push:
        """Return that a slot is empty now."""
        return {"type": "gone", "slot": delivery.slot, "version": delivery.version}

    def said(self, utterance: WebUtterance) -> Push:
        """Return the person's own words."""
        images = [image_address(self.seal, utterance.person_id, image_id) for image_id in utterance.images]
        return {
            "type": "said",
            "id": utterance.said_id,
            "text": utterance.text,
            "images": images,
            "at": utterance.at.isoformat(),
        }


def landed_at(reference: Mapping[str, str] | None, otherwise: datetime) -> str:
    """Return when the message of ``reference`` first landed, ISO 8601."""
    return (reference or {}).get(LANDED_AT, otherwise.isoformat())


async def read(store: Store, paper: Paper, person_id: str) -> Sequence[Push]:
    """Return the newest part of the conversation, oldest first, and for emptied slots that they are.

    A message that landed and is owed an update is shown as it should be, and one that should be gone is not shown: the
    page never reads an older state than the bot has decided. Of what landed in another channel only messages with an
    image are shown: that channel may not have had room for it.
    """
    deliveries = await store.deliveries(recipient=person_id, latest=True, limit=MOST_DELIVERIES)
    ours = [one for one in deliveries if one.channel is ChannelName.WEB or _has_image(one)]
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


def _has_image(delivery: Delivery) -> bool:
    return delivery.message is not None and delivery.message.image_id is not None
