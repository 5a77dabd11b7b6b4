"""Pages of an announcement's recipients, and their table rows."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

from bot.ports import Delivery, Key, Store
from bot.records.codec import decode
from dialogs.announce.model import Announcement, Confirmation
from dialogs.core.person import Person
from dialogs.core.texts import OSLO, Texts
from knowledge.organisation.organisation import Organisation

PAGE: Final = 500
COLUMNS: Final = (
    "person_id",
    "name",
    "municipality",
    "unit",
    "state",
    "channel",
    "attempts",
    "possibly_twice",
    "reason",
    "settled_at",
    "confirmed_at",
)


async def recipients(store: Store, announcement: Announcement) -> AsyncIterator[list[Delivery]]:
    """Yield pages of the announcement's deliveries, ordered by recipient."""
    after = ""
    while page := await store.deliveries_of_group(announcement.id, after=after, limit=PAGE):
        yield [delivery for delivery in page if delivery.slot == announcement.slot]
        after = page[-1].recipient


async def rows_of(
    store: Store, announcement: Announcement, page: Sequence[Delivery], texts: Texts
) -> list[tuple[str, ...]]:
    """Return one row per delivery, under ``COLUMNS``; times are ISO 8601, UTC. ``texts`` supplies the channel names.

    The confirmation time is filled only for announcements that demand a confirmation.
    """
    people = [Key(kind=Person.KIND, id=delivery.recipient) for delivery in page]
    marks = [Key(kind=Confirmation.KIND, id=Confirmation.id_of(announcement, delivery.recipient)) for delivery in page]
    targets = {target.recipient: target.display_name(texts) for target in announcement.channels}
    stored = await store.get([*people, *(marks if announcement.confirm else ())])
    rows: list[tuple[str, ...]] = []
    for delivery, who, mark in zip(page, people, marks, strict=True):
        person = decode(Person, stored[who]) if who in stored else None
        # Of a corrected message the time of the first version: then its reader knew.
        settled = delivery.delivered_at or delivery.settled_at
        confirmed = decode(Confirmation, stored[mark]).at if mark in stored else None
        rows.append(
            (
                delivery.recipient,
                person.name if person else targets.get(delivery.recipient, ""),
                (person.municipality_id if person else None) or "",
                (person.unit_id if person else None) or "",
                delivery.standing,
                str(delivery.channel or ""),
                str(delivery.attempts),
                "yes" if delivery.possibly_twice else "",
                delivery.reason,
                settled.isoformat() if settled else "",
                confirmed.isoformat() if confirmed else "",
            )
        )
    return rows


def local_columns(texts: Texts) -> tuple[str, ...]:
    """Return the headings of the columns in the reader's language."""
    return tuple(texts(f"announce.column.{name}") for name in COLUMNS)


def local_row(row: Sequence[str], texts: Texts, organisation: Organisation) -> tuple[str, ...]:
    """Return a row for a reader: names of places, words for states, local times."""
    shown = dict(zip(COLUMNS, row, strict=True))
    municipality = organisation.municipalities.get(shown["municipality"])
    unit = organisation.find_unit(shown["unit"]) if shown["unit"] else None
    shown["municipality"] = municipality.names.text(texts.language) if municipality else shown["municipality"]
    shown["unit"] = unit.names.text(texts.language) if unit else shown["unit"]
    shown["state"] = texts(f"announce.status.{shown['state']}")
    shown["possibly_twice"] = texts("announce.column.yes") if shown["possibly_twice"] else ""
    for name in ("settled_at", "confirmed_at"):
        shown[name] = _local_time(shown[name])
    return tuple(shown.values())


def _local_time(written: str) -> str:
    return f"{datetime.fromisoformat(written).astimezone(OSLO):%Y-%m-%d %H:%M:%S}" if written else ""
