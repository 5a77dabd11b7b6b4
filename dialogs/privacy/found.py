"""Everything the bot holds of one person, found as the inventory says."""

from dataclasses import dataclass

from dialogs.core.holding import Holding
from dialogs.core.query import Asking, find, find_all
from dialogs.core.record import Record
from dialogs.privacy.inventory import INVENTORY


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldData:
    """The records of one kind that are a person's, ordered by id."""

    holding: Holding
    records: tuple[Record, ...]


def held_of(person_id: str) -> Asking[tuple[HeldData, ...]]:
    """Return what is held of a person, kinds without records included, in the order of the inventory."""
    held = []
    for holding in INVENTORY:
        if holding.record is None:
            continue
        records: dict[str, Record] = {}
        if holding.by_id:
            one = yield from find(holding.record, person_id)
            records.update({one.id: one} if one is not None else {})
        for term in holding.terms_of(person_id):
            records.update((record.id, record) for record in (yield from find_all(holding.record, term)))
        held.append(HeldData(holding=holding, records=tuple(records[id_] for id_ in sorted(records))))
    return tuple(held)
