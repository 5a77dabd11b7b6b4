"""Conversion between store values and JSON documents.

Plain JSON only, so that any tool can read the files.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.ports import Commit, Delivery, DeliveryStatus, Key, RecordWrite, Stored, Timer
from dialogs.core.decision import Urgency
from dialogs.core.event import ChannelName
from dialogs.core.message import Message
from dialogs.core.person import Address
from knowledge.article.article import Language

Document = Mapping[str, Any]

# ASCII only: a lone surrogate or a NUL in a user's text survives as an escape, in a file and in PostgreSQL.
_encode = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode  # a fifth faster on documents of this size than json.loads, which guesses encodings


def to_json(value: Any) -> bytes:
    """Return compact JSON. Raises TypeError or ValueError for values that JSON cannot represent."""
    return _encode(value).encode("ascii")


def from_json(document: bytes | str) -> Any:
    """Return the value given to ``to_json``, with tuples as lists."""
    return _decode(document if isinstance(document, str) else document.decode())


@dataclass(frozen=True, slots=True)
class MessageContent:
    """The contents of a message, stored once for all deliveries of it."""

    hash: str
    document: bytes


def content_of(message: Message) -> MessageContent:
    """Return the contents of ``message`` with their SHA-256.

    Deliveries share contents by this hash.
    """
    document = to_json(message_document(message))
    return MessageContent(hashlib.sha256(document).hexdigest(), document)


def contents_of(commit: Commit) -> Mapping[int, MessageContent]:
    """Return the contents of a commit's messages, by ``id``: many posts share one object, hashed once."""
    pending = [*(multicast.message for multicast in commit.multicasts), *(post.message for post in commit.posts)]
    by_identity = {id(message): message for message in pending if message is not None}
    return {key: content_of(message) for key, message in by_identity.items()}


def message_document(message: Message) -> dict[str, Any]:
    document: dict[str, Any] = {"text": message.text}
    if message.card is not None:
        document["card"] = message.card
    if message.suggestions:
        document["suggestions"] = list(message.suggestions)
    if message.image_id is not None:
        document["image_id"] = message.image_id
    if message.image_alt:
        document["image_alt"] = message.image_alt
    if message.report_id is not None:
        document["report_id"] = message.report_id
    if message.data_of is not None:
        document["data_of"] = message.data_of
    if message.calendar_of is not None:
        document["calendar_of"] = message.calendar_of
    if message.calendar_ends:
        document["calendar_ends"] = True
    if message.shows_plan:
        document["shows_plan"] = True
    if message.to_keep:
        document["to_keep"] = True
    if message.language is not None:
        document["language"] = message.language
    return document


def message_from(document: Document) -> Message:
    return Message(
        text=document["text"],
        card=document.get("card"),
        suggestions=tuple(document.get("suggestions", ())),
        image_id=document.get("image_id"),
        image_alt=document.get("image_alt", ""),
        report_id=document.get("report_id"),
        data_of=document.get("data_of"),
        calendar_of=document.get("calendar_of"),
        calendar_ends=document.get("calendar_ends", False),
        shows_plan=document.get("shows_plan", False),
        to_keep=document.get("to_keep", False),
        language=Language(document["language"]) if "language" in document else None,
    )


def record_document(write: RecordWrite, version: int) -> bytes:
    """Return the document of a written record."""
    return to_json(
        {
            "kind": write.key.kind,
            "id": write.key.id,
            "version": version,
            "schema": write.schema,
            "terms": sorted(write.terms),
            "body": write.body,
        }
    )


def stored_from(document: Document) -> Stored:
    """Return the record of a document."""
    return Stored(
        key=Key(kind=document["kind"], id=document["id"]),
        version=document["version"],
        schema=document["schema"],
        body=document["body"],
    )


def delivery_document(delivery: Delivery, content_hash: str | None) -> dict[str, Any]:
    """Return ``delivery`` as a document without empty fields.

    Its message is replaced by the hash of the contents.
    """
    document: dict[str, Any] = {
        "id": delivery.id,
        "recipient": delivery.recipient,
        "slot": delivery.slot,
        "version": delivery.version,
        "content": content_hash,
        "status": delivery.status.value,
        "sequence": delivery.sequence,
        "posted_at": time_text(delivery.posted_at),
        "due_at": time_text(delivery.due_at),
        "urgency": delivery.urgency.value,
    }
    for name in ("ready_at", "expires_at", "lease_until", "settled_at", "first_sent_at"):
        at = getattr(delivery, name)
        if at is not None:
            document[name] = time_text(at)
    for name in ("group", "reference", "attempts", "possibly_twice", "lease_token", "reason", "turn"):
        value = getattr(delivery, name)
        if value or value == {}:
            document[name] = value
    if delivery.channel is not None:
        document["channel"] = delivery.channel
    if delivery.address is not None:
        document["address"] = address_document(delivery.address)
    return document


def delivery_from(document: Document, message: Message | None) -> Delivery:
    get = document.get
    channel = get("channel")
    address = get("address")
    return Delivery(
        id=document["id"],
        recipient=document["recipient"],
        slot=document["slot"],
        version=document["version"],
        message=message,
        status=DeliveryStatus(document["status"]),
        sequence=document["sequence"],
        posted_at=datetime.fromisoformat(document["posted_at"]),
        due_at=datetime.fromisoformat(document["due_at"]),
        ready_at=_time_or_none(get("ready_at")),
        group=get("group"),
        urgency=Urgency(document["urgency"]),
        expires_at=_time_or_none(get("expires_at")),
        address=address_from(address) if address else None,
        channel=ChannelName(channel) if channel else None,
        reference=get("reference"),
        attempts=get("attempts", 0),
        possibly_twice=get("possibly_twice", False),
        lease_token=get("lease_token"),
        lease_until=_time_or_none(get("lease_until")),
        reason=get("reason", ""),
        settled_at=_time_or_none(get("settled_at")),
        first_sent_at=_time_or_none(get("first_sent_at")),
        turn=get("turn", ""),
    )


def address_document(address: Address) -> dict[str, Any]:
    return {"channel": address.channel, "data": dict(address.data), "reachable": address.reachable}


def address_from(document: Document) -> Address:
    return Address(
        channel=ChannelName(document["channel"]), data=document["data"], reachable=document.get("reachable", True)
    )


def timer_document(timer: Timer) -> dict[str, Any]:
    return {"key": timer.key, "at": time_text(timer.at), "verb": timer.verb, "data": dict(timer.data)}


def timer_from(document: Document) -> Timer:
    return Timer(
        key=document["key"],
        at=datetime.fromisoformat(document["at"]),
        verb=document["verb"],
        data=document["data"],
    )


def time_text(at: datetime) -> str:
    """Return an aware time as text. Equal instants give equal texts."""
    return at.astimezone(UTC).isoformat()


def _time_or_none(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def check_times(commit: Commit) -> None:
    """Raise ValueError for a naive time in the commit: each store would read it as another instant."""
    times = [commit.at]
    for post in commit.posts:
        times += [at for at in (post.due_at, post.expires_at, post.lease_until) if at is not None]
    for multicast in commit.multicasts:
        times += [at for at in (multicast.due_at, multicast.expires_at) if at is not None]
    times += [timer.at for timer in commit.timers if timer.at is not None]
    if any(at.tzinfo is not UTC and at.utcoffset() is None for at in times):
        raise ValueError("times in a commit must be aware")
