"""The rule of the nearest ambassador, written the slow and obvious way: look at everybody, sort, cut."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime

from knowledge.organisation.nearest import Ambassador, Asker, Workload
from knowledge.organisation.organisation import Organisation

NEVER = datetime.min.replace(tzinfo=UTC)


def nearest_by_scan(
    organisation: Organisation,
    ambassadors: Iterable[Ambassador],
    asker: Asker,
    *,
    on: date,
    desks: Mapping[str, Workload],
    excluded: Collection[str] = (),
    spared: Collection[str] = (),
    knowing: str | None = None,
    limit: int = 3,
) -> list[tuple[str, int]]:
    """Return (person id, steps) of the nearest, by visiting every ambassador."""
    everyone = {each.person_id: each for each in ambassadors}
    if asker.municipality_id not in organisation.municipalities:
        return []
    allowed = {asker.municipality_id} | organisation.sharing(asker.municipality_id)

    def unit_of(each: Ambassador | Asker) -> str | None:
        unit = organisation.find_unit(each.unit_id or each.municipality_id)
        if unit is None or (isinstance(each, Asker) and unit.municipality_id != each.municipality_id):
            unit = organisation.find_unit(each.municipality_id)
        return unit.id if unit and unit.municipality_id == each.municipality_id else None

    def site_of(each: Ambassador | Asker) -> str | None:
        return each.site_id or organisation.get(unit_of(each) or "").site_id

    def away(each: Ambassador) -> bool:
        return any(absence.first_day <= on <= absence.last_day for absence in each.absences)

    def may(each: Ambassador) -> bool:
        desk = desks.get(each.person_id, Workload())
        return (
            each.active
            and not each.paused
            and not each.pupil
            and desk.reachable
            and not away(each)
            and desk.open_count < each.capacity
            and each.person_id not in {*excluded, asker.person_id}
            and (knowing is None or knowing in each.topics)
            and unit_of(each) is not None
        )

    home, site = unit_of(asker), site_of(asker)
    assert home is not None
    best: dict[str, tuple[object, ...]] = {}
    for seat in everyone.values():
        seat_unit = unit_of(seat)
        if seat_unit is None or seat.municipality_id not in allowed or seat.pupil or not seat.active:
            continue
        helper = seat
        if away(seat) and not may(seat):
            absence = seat.absence_on(on)
            found = everyone.get(absence.substitute_id or "") if absence else None
            if found is None or found.municipality_id != seat.municipality_id:
                continue
            helper = found
        if not may(helper):
            continue
        desk = desks.get(helper.person_id, Workload())
        key = (
            seat.municipality_id != asker.municipality_id,
            helper.person_id in spared,
            organisation.distance(home, seat_unit),
            site is None or site_of(seat) != site,
            -len(asker.topics & helper.topics),
            asker.language not in helper.languages,
            desk.open_count,
            desk.taken,
            desk.last_offer_at or NEVER,
            helper.person_id,
        )
        best[helper.person_id] = min(best.get(helper.person_id, key), key)
    order = sorted(best.values())
    return [(str(key[-1]), int(str(key[2]))) for key in order[:limit]]
