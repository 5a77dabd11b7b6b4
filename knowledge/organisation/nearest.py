"""The network of ambassadors, and the search for the nearest ones."""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from knowledge.organisation.ambassador import IDLE, Absence, Ambassador, Availability, Workload, availability
from knowledge.organisation.organisation import Organisation, Unit
from knowledge.organisation.ranking import Asker, Ranked, Reason, Why, explain

__all__ = [
    "IDLE",
    "Absence",
    "Ambassador",
    "Asker",
    "Availability",
    "Network",
    "Ranked",
    "Reason",
    "Why",
    "Workload",
    "availability",
]


_Order = tuple[bool, int, bool, int, int, float, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seat:
    """An ambassador's position in the tree.

    The municipality itself if the unit no longer exists.
    """

    ambassador: Ambassador
    unit: Unit
    unit_known: bool
    site_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """Parameters of one search."""

    asker: Asker
    home: Unit
    home_known: bool
    site_id: str | None
    on: date
    workloads: Mapping[str, Workload]
    excluded: frozenset[str | None]
    spared: frozenset[str]
    knowing: str | None
    free_only: bool
    sparing: bool | None = None
    """Filter by exemption.

    True: rank only ambassadors that are not spared; False: only spared ones; None: both.
    """

    def state(self, ambassador: Ambassador) -> Availability | None:
        """Return the availability, or ``None`` if the ambassador must not be ranked."""
        id_ = ambassador.person_id
        if id_ in self.excluded or (self.knowing and self.knowing not in ambassador.topics):
            return None
        if self.sparing is not None and self.sparing is (id_ in self.spared):
            return None
        state = availability(ambassador, self.workloads.get(id_, IDLE), on=self.on)
        return state if state is Availability.FREE or not self.free_only else None

    def order(self, ambassador: Ambassador, seat: _Seat) -> _Order:
        """Return the sort key among ambassadors at the same distance."""
        workload = self.workloads.get(ambassador.person_id, IDLE)
        return (
            self.site_id is None or seat.site_id != self.site_id,
            -len(self.asker.topics & ambassador.topics),
            self.asker.language not in ambassador.languages,
            workload.open_count,
            workload.taken,
            workload.last_offer_at.timestamp() if workload.last_offer_at else float("-inf"),
            ambassador.person_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """All ambassadors by position in the tree.

    Built once. A search visits only nearby units.

    Attributes:
        ambassadors: all possible helpers, by person id; without inactive ones and pupils.
        unplaced: ids of ambassadors with an unknown municipality, or with a unit of another municipality.
    """

    ambassadors: Mapping[str, Ambassador]
    unplaced: tuple[str, ...]
    _organisation: Organisation = field(repr=False)
    _seats: Mapping[str, _Seat] = field(repr=False)
    # By unit and number of steps down: the ambassadors exactly there.
    _below: Mapping[str, list[list[_Seat]]] = field(repr=False)

    @classmethod
    def from_ambassadors(cls, organisation: Organisation, ambassadors: Iterable[Ambassador]) -> Self:
        """Index ambassadors.

        If the unit no longer exists, the municipality itself is used.

        Raises:
            ValueError: two ambassadors with the same person id.
        """
        known: dict[str, Ambassador] = {}
        below: dict[str, list[list[_Seat]]] = {}
        seats: dict[str, _Seat] = {}
        unplaced: list[str] = []
        for ambassador in ambassadors:
            if ambassador.pupil or not ambassador.active:
                continue
            if ambassador.person_id in known:
                raise ValueError(f"ambassador {ambassador.person_id} is listed twice")
            known[ambassador.person_id] = ambassador
            unit = organisation.find_unit(ambassador.unit_id)
            home = unit or organisation.find_unit(ambassador.municipality_id)
            if home is None or home.municipality_id != ambassador.municipality_id:
                unplaced.append(ambassador.person_id)
                continue
            seat = _Seat(
                ambassador=ambassador,
                unit=home,
                unit_known=unit is not None,
                site_id=ambassador.site_id or home.site_id,
            )
            seats[ambassador.person_id] = seat
            for steps, above in enumerate(organisation.path(home.id)):
                rings = below.setdefault(above.id, [])
                while len(rings) <= steps:
                    rings.append([])
                rings[steps].append(seat)
        return cls(
            ambassadors=known, unplaced=tuple(sorted(unplaced)), _organisation=organisation, _seats=seats, _below=below
        )

    def unit_ids(self, municipality_id: str) -> dict[str, Unit]:
        """Return the unit of each ambassador of a municipality, by person id."""
        rings = self._below.get(municipality_id, [])
        return {seat.ambassador.person_id: seat.unit for ring in rings for seat in ring}

    def nearest(
        self,
        asker: Asker,
        *,
        on: date,
        workloads: Mapping[str, Workload],
        excluded: Collection[str] = (),
        spared: Collection[str] = (),
        knowing: str | None = None,
        free_only: bool = True,
        limit: int = 3,
    ) -> tuple[Ranked, ...]:
        """Return the nearest ambassadors, nearest first.

        Ambassadors of the asker's municipality come first, then those of municipalities that share people with it; in
        each group, spared ambassadors come last. Order: fewest steps in the tree, same site, most known topics of the
        question, shared language, fewest open handoffs, fewest taken recently, longest since the last offer, id. A
        substitute of the same municipality may take the position of an absent ambassador.

        Args:
            on: today's date in the municipality.
            workloads: workload by person id; a missing person counts as reachable without open handoffs.
            excluded: person ids to skip, such as those asked before. The asker is always skipped.
            spared: person ids to use only if no other ambassador of their municipality is left.
            knowing: a topic every result must know.
            free_only: skip ambassadors that cannot be offered a question now. Without it, absent and spared ambassadors
                keep their normal position, for a complete list.
        Returns:
            At most ``limit``; empty if the municipality is unknown or no ambassador is left.
        """
        search = self._search(asker, on, workloads, excluded, spared=spared, knowing=knowing, free_only=free_only)
        if search is None:
            return ()
        turns = (True, False) if search.spared and free_only else (None,)
        ranked: list[Ranked] = []
        for rings in (self._own_rings, self._sharing_rings):
            for sparing in turns:
                if len(ranked) < limit:
                    ranked += self._among(rings(search.home), replace(search, sparing=sparing), limit - len(ranked))
        return tuple(ranked)

    def _among(self, rings: Iterable[tuple[int, list[_Seat]]], search: _Search, limit: int) -> list[Ranked]:
        """Return the nearest ambassadors of the rings, at most ``limit``."""
        ranked: list[Ranked] = []
        visited: set[str] = set()
        taken: set[str] = set()
        for steps, seats in rings:
            ring: dict[str, tuple[_Order, str, _Seat, Ambassador]] = {}
            for seat in seats:
                if seat.ambassador.person_id in visited:
                    continue
                visited.add(seat.ambassador.person_id)
                for helper in self._helpers(seat, search):
                    id_ = helper.person_id
                    if id_ in taken:
                        continue
                    # Of several positions of one helper in this ring, prefer the helper's own, then the lowest id.
                    absent_id = "" if helper is seat.ambassador else seat.ambassador.person_id
                    place = (search.order(helper, seat), absent_id, seat, helper)
                    if id_ not in ring or place[:2] < ring[id_][:2]:
                        ring[id_] = place
            if ring:
                best = heapq.nsmallest(limit - len(ranked), ring.values(), key=lambda place: place[0])
                ranked.extend(self._ranked(search, steps, seat, helper) for _, _, seat, helper in best)
                taken.update(ring)
                if len(ranked) >= limit:
                    break
        return ranked

    def _search(
        self,
        asker: Asker,
        on: date,
        workloads: Mapping[str, Workload],
        excluded: Collection[str],
        *,
        spared: Collection[str],
        knowing: str | None,
        free_only: bool,
    ) -> _Search | None:
        root = self._organisation.municipalities.get(asker.municipality_id)
        if root is None:
            return None
        unit = self._organisation.find_unit(asker.unit_id) if asker.unit_id else None
        known = unit is not None and unit.municipality_id == root.id
        home = unit if unit is not None and known else self._organisation.get(root.id)
        return _Search(
            asker=asker,
            home=home,
            home_known=known,
            site_id=asker.site_id or home.site_id,
            on=on,
            workloads=workloads,
            excluded=frozenset((*excluded, asker.person_id)),
            spared=frozenset(spared),
            knowing=knowing,
            free_only=free_only,
        )

    def _own_rings(self, home: Unit) -> Iterator[tuple[int, list[_Seat]]]:
        """Yield the ambassadors of the asker's municipality at 0, 1, 2 … steps.

        A ring may repeat seats of nearer rings, because it includes paths up to a unit and back down the same branch.
        """
        own = [self._below.get(unit.id, []) for unit in self._organisation.path(home.id)]
        for steps in range(max(up + len(rings) for up, rings in enumerate(own))):
            yield (
                steps,
                [
                    seat
                    for up, rings in enumerate(own[: steps + 1])
                    if steps - up < len(rings)
                    for seat in rings[steps - up]
                ],
            )

    def _sharing_rings(self, home: Unit) -> Iterator[tuple[int, list[_Seat]]]:
        """Yield the distance and seats in sharing municipalities.

        The path leads over a virtual common root.
        """
        others = [self._below.get(partner_id, []) for partner_id in self._organisation.sharing(home.municipality_id)]
        above = self._organisation.depth(home.id) + 2
        for down in range(max(map(len, others), default=0)):
            yield above + down, [seat for rings in others if down < len(rings) for seat in rings[down]]

    def _helpers(self, seat: _Seat, search: _Search) -> Iterator[Ambassador]:
        """Yield the helper for this seat: the ambassador, or the substitute."""
        if search.state(seat.ambassador) is not None:
            yield seat.ambassador
        elif search.free_only and seat.ambassador.absences:
            absence = seat.ambassador.absence_on(search.on)
            own = self._seats.get(absence.substitute_id or "") if absence else None
            if (
                own is not None
                and own.unit.municipality_id == seat.unit.municipality_id
                and search.state(own.ambassador) is not None
            ):
                yield own.ambassador

    def _ranked(self, search: _Search, steps: int, seat: _Seat, helper: Ambassador) -> Ranked:
        own = self._seats[helper.person_id]
        workload = search.workloads.get(helper.person_id, IDLE)
        stands_in_for = None if own is seat else seat.ambassador.person_id
        return Ranked(
            ambassador=helper,
            steps=steps,
            availability=availability(helper, workload, on=search.on),
            stands_in_for=stands_in_for,
            why=explain(
                search.asker,
                helper,
                where=self._where(search, own),
                same_site=search.site_id is not None and own.site_id == search.site_id,
                stands_in_for=stands_in_for,
                open_count=workload.open_count,
                spared=helper.person_id in search.spared,
            ),
        )

    def _where(self, search: _Search, seat: _Seat) -> Reason:
        if seat.unit.municipality_id != search.home.municipality_id:
            return Reason.OTHER_MUNICIPALITY
        if not search.home_known or not seat.unit_known:
            return Reason.SAME_MUNICIPALITY
        if seat.unit.id == search.home.id:
            return Reason.SAME_UNIT
        department = self._organisation.department_of(search.home.id)
        if department is not None and department == self._organisation.department_of(seat.unit.id):
            return Reason.SAME_DEPARTMENT
        return Reason.SAME_MUNICIPALITY
