"""A person's conversation on the web page, read from the store.

It has the person's utterances and the bot's messages in time order.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.channels.web.chat.connection import Push
from bot.channels.web.chat.file_addresses import calendar_file, image_address, report_addresses
from bot.channels.web.signin.signer import Signer
from bot.channels.web.spec import WEB
from bot.ports import Commit, Delivery, DeliveryStatus, RecordWrite, Store
from bot.records.codec import decode
from dialogs.core.message import Message
from dialogs.core.web_utterance import WebUtterance

# Messages that were delivered in another channel and are shown on the web page too.


class CarriedOver:
    """Chooses them for one page.

    They have an image or a file, for which the other channel may not have had room, or a button with one of ``verbs``:
    an act that the other channel refuses, so that it goes on here. A slot that was shown once stays shown, because the
    message about the outcome has no such button.
    """

    def __init__(self, verbs: Iterable[str] = ()) -> None:
        self._verbs = frozenset(verbs)
        self._slots: set[str] = set()

    def shows(self, delivery: Delivery) -> bool:
        """Return whether the page shows the message; always for one that was delivered on the web."""
        if delivery.channel == WEB:
            return True
        message = delivery.message
        if message is not None and (_has_file(message) or not self._verbs.isdisjoint(_verbs_of(message.card))):
            self._slots.add(delivery.slot)
        return delivery.slot in self._slots

    def __contains__(self, slot: object) -> bool:
        return slot in self._slots


def _has_file(message: Message) -> bool:
    files = (message.image_id, message.report_id, message.data_of, message.calendar_of)
    return any(file_id is not None for file_id in files)


def _verbs_of(node: Any) -> Iterator[str]:
    """Yield the verbs of all buttons in a card."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if isinstance(verb := part.get("verb"), str):
                yield verb
            waiting += part.values()
        elif isinstance(part, list | tuple):
            waiting += part


LANDED_AT: Final = "landed_at"
MAX_DELIVERIES: Final = 100
# Utterances kept per person: more than fit between the newest ``MAX_DELIVERIES`` messages.
MAX_UTTERANCES: Final = 500
TRIMMED_EVERY: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PushFormatter:
    """Formats pushes for the page. ``signer`` signs the addresses of images and files."""

    signer: Signer

    def message(self, delivery: Delivery, message: Message, *, landed_at: str) -> Push:
        """Return the push of a message in its slot."""
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
                "image": image_address(self.signer, reader, message.image_id) if message.image_id else None,
                "image_alt": message.image_alt,
                "report": report_addresses(self.signer, reader, report_id, shown_at=landed_at) if report_id else None,
                "data": None if message.data_of is None else {"person": message.data_of or reader},
                "calendar": calendar_file(self.signer, reader, message),
                "to_keep": message.to_keep,
                "language": message.language,
            },
            "posted_at": landed_at,
        }

    def gone(self, delivery: Delivery) -> Push:
        """Return the push that empties a slot."""
        return {"type": "gone", "slot": delivery.slot, "version": delivery.version}

    def said(self, utterance: WebUtterance) -> Push:
        """Return the push of the person's own utterance."""
        images = [image_address(self.signer, utterance.person_id, image_id) for image_id in utterance.images]
        return {
            "type": "said",
            "id": utterance.said_id,
            "text": utterance.text,
            "images": images,
            "at": utterance.at.isoformat(),
        }


def landed_at(reference: Mapping[str, str] | None, otherwise: datetime) -> str:
    """Return when the message of ``reference`` was first delivered, ISO 8601."""
    return (reference or {}).get(LANDED_AT, otherwise.isoformat())


async def read_history(store: Store, formatter: PushFormatter, person_id: str, carried: CarriedOver) -> Sequence[Push]:
    """Return the newest part of the conversation, oldest first, including pushes for emptied slots.

    Pending updates and deletions are already applied, so that the page never shows an older state than the bot decided.
    ``carried`` chooses among the messages that were delivered in another channel.
    """
    deliveries = await store.latest_deliveries(person_id, limit=MAX_DELIVERIES)
    ours = [delivery for delivery in deliveries if carried.shows(delivery)]
    shown = [delivery for delivery in ours if delivery.reference is not None and delivery.message is not None]
    shown = [delivery for delivery in shown if delivery.status is not DeliveryStatus.DELETED]
    pushes: list[tuple[tuple[Any, ...], Push]] = []
    for delivery in shown:
        at = landed_at(delivery.reference, delivery.posted_at)
        message = delivery.message
        if message is not None:
            push = formatter.message(delivery, message, landed_at=at)
            pushes.append(((datetime.fromisoformat(at), 1, delivery.sequence), push))
    oldest = min((key[0] for key, _ in pushes), default=None) if len(deliveries) == MAX_DELIVERIES else None
    for stored in await store.find(WebUtterance.KIND, f"person:{person_id}"):
        utterance = decode(WebUtterance, stored)
        if oldest is None or utterance.at >= oldest:
            pushes.append(((utterance.at, 0, 0), formatter.said(utterance)))
    pushes.sort(key=lambda pair: pair[0])
    emptied = [delivery for delivery in deliveries if delivery.message is None]
    return [*(formatter.gone(delivery) for delivery in emptied), *(push for _, push in pushes)]


async def trim(store: Store, person_id: str, *, at: datetime) -> None:
    """Remove a person's oldest utterances beyond ``MAX_UTTERANCES``, which no page shows any more."""
    term = f"person:{person_id}"
    if await store.count(WebUtterance.KIND, term) <= MAX_UTTERANCES:
        return
    utterances = await store.find(WebUtterance.KIND, term)
    oldest = sorted(utterances, key=lambda stored: decode(WebUtterance, stored).at)[: len(utterances) - MAX_UTTERANCES]
    writes = tuple(RecordWrite(key=stored.key, body=None) for stored in oldest)
    await store.commit(Commit(at=at, records=writes))
