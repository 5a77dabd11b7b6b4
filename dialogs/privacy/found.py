"""Find all stored data of one person, by the data inventory."""

from dataclasses import dataclass

from dialogs.core.holding import Holding
from dialogs.core.query import Asking, find, find_all
from dialogs.core.record import Record
from dialogs.privacy.inventory import INVENTORY


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
