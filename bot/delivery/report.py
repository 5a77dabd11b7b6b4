"""Gathers the report on an announcement from the store."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from bot.codec import decode
from bot.ports import Delivery, DeliveryStatus, Key, Store
from dialogs.announce.model import Announcement, Confirmation
from dialogs.announce.report import Row, curve, table
from dialogs.person import Person
from dialogs.record import Record
from dialogs.world import World
from knowledge.article import Language

R = TypeVar("R", bound=Record)
_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A table (CSV), a plot (SVG), and how many recipients stand where; ``twice`` may have got it twice."""

    table: str
    plot: str
    numbers: Counter[str] = field(default_factory=Counter)
    twice: int = 0


async def make_report(
    store: Store, announcement: Announcement, *, world: World, language: Language = Language.NB
) -> Report:
    """Return the report as of now. It is read page by page, and of one moment only while nothing is being sent."""
    texts = world.texts[language]
    rows: list[Row] = []
    settled_at: list[datetime] = []
    async for delivery in _deliveries(store, announcement):
        person = await _get(store, Person, delivery.recipient)
        key = Confirmation.id_of(announcement, delivery.recipient)
        confirmation = await _get(store, Confirmation, key) if announcement.confirm else None
        unit = world.organisation.find(person.unit_id) if person and person.unit_id else None
        if delivery.status is DeliveryStatus.SENT and delivery.settled_at:
            settled_at.append(delivery.settled_at)
        rows.append(
            Row(
                person_id=delivery.recipient,
                name=person.name if person else "",
                unit=unit.names.text(language) if unit else "",
                status=delivery.status,
                settled_at=delivery.settled_at,
                possibly_twice=delivery.possibly_twice,
                confirmed_at=confirmation.at if confirmation else None,
            )
        )
    return Report(
        table=table(texts, rows, confirmations=announcement.confirm),
        plot=curve(
            texts,
            settled_at,
            started_at=announcement.started_at or announcement.created_at,
            title=announcement.wording(language).title,
        ),
        numbers=Counter(row.status for row in rows),
        twice=sum(row.possibly_twice for row in rows),
    )


async def _deliveries(store: Store, announcement: Announcement) -> AsyncIterator[Delivery]:
    after = ""
    while page := await store.deliveries(group=announcement.id, after=after, limit=_PAGE):
        for delivery in page:
            if delivery.slot == announcement.slot:
                yield delivery
        after = page[-1].recipient


async def _get(store: Store, kind: type[R], id_: str) -> R | None:
    key = Key(kind=kind.KIND, id=id_)
    stored = (await store.get([key])).get(key)
    return decode(kind, stored) if stored else None
