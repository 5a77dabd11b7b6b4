"""A person's conversation on the web page as the store has it: own words and what the bot posted, in time order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from bot.channels.web.chat.connection import Push
from bot.channels.web.signin.signer import Seal
from bot.ports import Commit, Delivery, DeliveryStatus, RecordWrite, Store
from bot.records.codec import decode
from dialogs.core.event import ChannelName
from dialogs.core.message import Message
from dialogs.privacy.web import WebUtterance

LANDED_AT: Final = "landed_at"
MOST_DELIVERIES: Final = 100
MOST_UTTERANCES: Final = 500
"""Own words kept of one person: more than the newest ``MOST_DELIVERIES`` messages can stand between."""
TRIMMED_EVERY: Final = 50
_IMAGE: Final = "image"
_REPORT: Final = "report"


def image_address(seal: Seal, person_id: str, image_id: str) -> str:
    """Return where ``person_id`` sees an image. Only we can make it up, and it is of no use to anybody else."""
    return f"/chat/images/{image_id}?mark={seal.mark(_IMAGE, f'{person_id}/{image_id}')}"


def image_marked(seal: Seal, person_id: str, image_id: str, mark: str) -> bool:
    """Tell whether an address with this mark was made for this person."""
    return seal.marked(_IMAGE, f"{person_id}/{image_id}", mark)


def report_addresses(seal: Seal, person_id: str, report_id: str, *, shown_at: str) -> Mapping[str, str]:
    """Return where ``person_id`` fetches the files of a report. One that is shown later has addresses of its own."""
    query = f"at={quote(shown_at)}&mark={seal.mark(_REPORT, f'{person_id}/{report_id}')}"
    return {name: f"/chat/reports/{report_id}.{ending}?{query}" for name, ending in (("table", "csv"), ("plot", "svg"))}


def report_marked(seal: Seal, person_id: str, report_id: str, mark: str) -> bool:
    """Tell whether an address with this mark was made for this person."""
    return seal.marked(_REPORT, f"{person_id}/{report_id}", mark)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Puts things into the form the page reads. ``seal`` makes the addresses of images and reports."""

    seal: Seal

    def message(self, delivery: Delivery, message: Message, *, landed_at: str) -> Push:
        """Return a message in its slot."""
        reader = delivery.recipient
        report_id = message.report_id
        return {
            "type": "message",
            "slot": delivery.slot,
            "version": delivery.version,
            "message": {
                "text": message.text,
                "card": message.card,
                "suggestions": list(message.suggestions),
                "image": image_address(self.seal, reader, message.image_id) if message.image_id else None,
                "report": report_addresses(self.seal, reader, report_id, shown_at=landed_at) if report_id else None,
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
    image or a report are shown: that channel may not have had room for it.
    """
    deliveries = await store.latest_deliveries(person_id, limit=MOST_DELIVERIES)
    ours = [one for one in deliveries if one.channel is ChannelName.WEB or _has_file(one)]
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


async def trim(store: Store, person_id: str, *, at: datetime) -> None:
    """Remove a person's oldest utterances beyond ``MOST_UTTERANCES``, which no page shows any more."""
    term = f"person:{person_id}"
    if await store.count(WebUtterance.KIND, term) <= MOST_UTTERANCES:
        return
    found = await store.find(WebUtterance.KIND, term)
    oldest = sorted(found, key=lambda stored: decode(WebUtterance, stored).at)[: len(found) - MOST_UTTERANCES]
    writes = tuple(RecordWrite(key=stored.key, body=None) for stored in oldest)
    await store.commit(Commit(at=at, records=writes))


def _has_file(delivery: Delivery) -> bool:
    message = delivery.message
    return message is not None and (message.image_id is not None or message.report_id is not None)
