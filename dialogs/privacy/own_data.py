"""Everything the store has about one person, also in rows of others, and what of it stays out."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from dialogs.core.audit import AuditEntry
from dialogs.core.card import readable
from dialogs.core.holding import Holding
from dialogs.core.person import ACCOUNT_PREFIX, GUEST_PREFIX, SIGNED_IN_PREFIX, Person
from dialogs.core.query import Asking, ReceivedMessage, StoredRow, find, find_all, find_each, received, rows_with
from dialogs.core.record import Record
from dialogs.handoff.helping import HelperPart, helper_part
from dialogs.handoff.model import Handoff
from dialogs.privacy.copies import copies_of
from dialogs.privacy.inventory import INVENTORY

# Find all stored data of one person, by the data inventory.


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldData:
    """A person's records of one kind, ordered by id."""

    holding: Holding
    records: tuple[Record, ...]


def held_of(person_id: str) -> Asking[tuple[HeldData, ...]]:
    """Return a person's data in inventory order, including kinds without records."""
    held = []
    for holding in INVENTORY:
        if holding.record is None:
            continue
        records: dict[str, Record] = {}
        if holding.by_id:
            own_record = yield from find(holding.record, person_id)
            records.update({own_record.id: own_record} if own_record is not None else {})
        for term in holding.terms_of(person_id):
            records.update((record.id, record) for record in (yield from find_all(holding.record, term)))
        held.append(HeldData(holding=holding, records=tuple(records[id_] for id_ in sorted(records))))
    return tuple(held)


# Which messages to a person are about the cases of others, so that an export leaves their text out.


def is_about_others(slot: str, *, person_id: str, own_ids: Collection[str], helps: bool) -> bool:
    """Return whether the message in a slot shows the question, the application or the data of another person.

    Args:
        own_ids: ids of the person's own records.
        helps: the person has helped others. Otherwise every hand-off they have messages of is their own.
    """
    flow, _, rest = slot.partition("/")
    id_, _, more = rest.partition("/")
    match flow:
        case "handoff":
            return helps and id_ not in own_ids and id_ not in {"mine", "masked"}
        case "software" | "suggestion":
            # Answers to the person are named after an event, which has the name of its channel before a colon.
            return id_ not in own_ids and ":" not in id_
        case "ambassador":
            of = more.partition("/")[0]
            return id_ == "desk" or (id_ in {"application", "invitation"} and of not in {person_id, *own_ids})
        case _:
            # An editor's list has the words of askers and helpers.
            return flow in {"officer", "editor"}


# Slots of earlier exports: data that this one has again, or the data of others.
EXPORTS: Final = re.compile(r"(?:privacy|officer)/.*/\d+")
# Stands for the id of any other person.
SOMEBODY_ELSE: Final = "somebody else"
_TOKEN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMessage:
    """A message the person received. ``text`` has all readable words, also of the card.

    It is empty when ``left_out``: an earlier export, or a message about the case of another person.
    """

    slot: str
    text: str
    image_id: str | None
    status: str
    channel: str | None
    posted_at: datetime
    due_at: datetime
    settled_at: datetime | None
    possibly_twice: bool
    left_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTimer:
    """A timer that concerns the person."""

    key: str
    at: str
    verb: str
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEvent:
    """The remembered id of an event of the person."""

    id: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedIn:
    """A row about others that names the person: the kind of the row, and where in it."""

    kind: str
    fields: tuple[str, ...]
    at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnData:
    """Everything stored about one person.

    Attributes:
        held: the person's records by kind.
        helped: the person's part in the hand-offs of others.
        named_in: rows about others that name the person.
        others: ids of other people that stand in slots, timers, event ids or audit entries; an export hides them.
        full: with the texts about the cases of others.
    """

    person: Person
    held: tuple[HeldData, ...]
    helped: tuple[HelperPart, ...]
    messages: tuple[OwnMessage, ...]
    timers: tuple[OwnTimer, ...]
    events: tuple[OwnEvent, ...]
    named_in: tuple[NamedIn, ...]
    others: frozenset[str] = frozenset()
    full: bool = False

    @property
    def number(self) -> int:
        """The number of rows, for the audit log."""
        own = (self.helped, self.messages, self.timers, self.events, self.named_in)
        return sum(len(held_data.records) for held_data in self.held) + sum(map(len, own))


def own_data_of(person: Person, *, full: bool = False) -> Asking[OwnData]:
    """Return everything stored about a person. Slow: reads the whole store.

    The words of others in cases that the person handled are not the person's data (GDPR article 15(4)): only ``full``
    has messages about such cases with their text.
    """
    held = _with_copies((yield from held_of(person.id)), (yield from copies_of(person.id)))
    handoffs = yield from find_all(Handoff, f"helper:{person.id}")
    helped = tuple(part for handoff in handoffs if (part := helper_part(handoff, person.id)) is not None)
    own = {(held_data.holding.kind, record.id) for held_data in held for record in held_data.records}
    known = own | {(Handoff.KIND, part.handoff_id) for part in helped}
    messages = tuple(_message(message) for message in (yield from received(person.id)))
    if not full:
        own_ids = {id_ for _, id_ in own}
        messages = tuple(
            _without_others_cases(message, person.id, own_ids, helps=bool(handoffs)) for message in messages
        )
    rows = yield from rows_with((person.id,))
    about = {id_ for _, id_ in own} | {person.id}
    timers = tuple(_timer(row) for row in (yield from rows_with(about, tables=("timer",))))
    seen = yield from rows_with({person.id} | _conversations(person), tables=("event",))
    events = tuple(OwnEvent(id=row.id, at=str(row.document["at"])) for row in seen)
    named_in = tuple(_named_in(rows, person.id, known, {message.slot for message in messages}))
    data = OwnData(
        person=person, held=held, helped=helped, messages=messages, timers=timers, events=events, named_in=named_in
    )
    others = yield from _others(data)
    return OwnData(
        person=person,
        held=held,
        helped=helped,
        messages=messages,
        timers=timers,
        events=events,
        named_in=named_in,
        others=others,
        full=full,
    )


def _with_copies(held: tuple[HeldData, ...], copies: Mapping[str, tuple[Record, ...]]) -> tuple[HeldData, ...]:
    """Return the held data, with editors' copies of the person's words."""

    def joined(held_data: HeldData) -> HeldData:
        records = {record.id: record for record in (*copies.get(held_data.holding.kind, ()), *held_data.records)}
        return replace(held_data, records=tuple(records[id_] for id_ in sorted(records)))

    return tuple(joined(held_data) for held_data in held)


def _conversations(person: Person) -> set[str]:
    """Return the ids of the person's own conversations, which stand in event ids."""
    return {id_ for address in person.addresses.values() if (id_ := address.data.get("conversation_id"))}


def _message(received: ReceivedMessage) -> OwnMessage:
    message = received.message
    export = message is not None and "```json" in message.text and EXPORTS.fullmatch(received.slot) is not None
    return OwnMessage(
        slot=received.slot,
        text="" if message is None or export else readable(message.text, message.card),
        image_id=None if message is None else message.image_id,
        status=received.status,
        channel=received.channel,
        posted_at=received.posted_at,
        due_at=received.due_at,
        settled_at=received.settled_at,
        possibly_twice=received.possibly_twice,
        left_out=export,
    )


def _without_others_cases(message: OwnMessage, person_id: str, own_ids: Collection[str], *, helps: bool) -> OwnMessage:
    if is_about_others(message.slot, person_id=person_id, own_ids=own_ids, helps=helps):
        return replace(message, text="", left_out=True)
    return message


def _timer(row: StoredRow) -> OwnTimer:
    document = row.document
    return OwnTimer(key=row.id, at=str(document["at"]), verb=str(document["verb"]), data=document["data"])


def _named_in(
    rows: Iterable[StoredRow], person_id: str, known: set[tuple[str, str]], own_slots: set[str]
) -> Iterator[NamedIn]:
    for row in rows:
        document = row.document
        match row.table:
            case "record" if (document["kind"], document["id"]) not in known:
                body = document["body"]
                yield NamedIn(
                    kind=document["kind"],
                    fields=tuple(sorted(set(_places(body, person_id)))),
                    at=next((str(body[name]) for name in ("changed_at", "at", "created_at") if body.get(name)), None),
                )
            case "content":
                yield NamedIn(kind="content", fields=tuple(sorted(set(_places(document, person_id)))))
            case "delivery" if document["recipient"] != person_id:
                fields = tuple(sorted(set(_places(document, person_id))))
                yield NamedIn(kind="delivery", fields=fields, at=str(document["posted_at"]))
            case _:
                pass


def _places(value: Any, person_id: str, path: str = "") -> Iterator[str]:
    """Yield the paths of the fields with the id, without positions in lists."""
    match value:
        case str() if person_id in value:
            yield path
        case Mapping():
            for name, child in value.items():
                if person_id in name:
                    yield path
                else:
                    yield from _places(child, person_id, f"{path}.{name}" if path else name)
        case list() | tuple():
            for child in value:
                yield from _places(child, person_id, path)


def _others(data: OwnData) -> Asking[frozenset[str]]:
    """Return the ids of other people in texts that have no type for them."""
    texts = [message.slot for message in data.messages] + [event.id for event in data.events]
    for timer in data.timers:
        texts += [timer.key, *timer.data.values()]
    for held_data in data.held:
        for record in held_data.records:
            if isinstance(record, AuditEntry):
                texts += [record.subject, *(value for _, value in record.details)]
    tokens = {token for text in texts for token in _tokens(text)}
    tokens |= {token for message in data.messages for token in _tokens(message.text) if is_plainly_id(token)}
    tokens -= {data.person.id}
    people = yield from find_each(Person, sorted(tokens))
    visitors = {token for token in tokens if token.startswith((GUEST_PREFIX, ACCOUNT_PREFIX, SIGNED_IN_PREFIX))}
    return frozenset(people) | visitors


def _tokens(text: str) -> Iterator[str]:
    return (token.rstrip(".@") for token in _TOKEN.findall(text))


def is_plainly_id(token: str) -> bool:
    """Return whether a word of a text may be an id: an ordinary word that equals an id stays readable."""
    return any(sign.isdigit() for sign in token)


def without_others(text: str, other_ids: frozenset[str], *, prose: bool = False, shown: str = SOMEBODY_ELSE) -> str:
    """Return a text with ``shown`` for the ids of other people; in prose, ordinary words stay."""

    def replaced(match: re.Match[str]) -> str:
        token = match.group().rstrip(".@")
        hidden = token in other_ids and (not prose or is_plainly_id(token))
        return shown + match.group()[len(token) :] if hidden else match.group()

    return _TOKEN.sub(replaced, text)
