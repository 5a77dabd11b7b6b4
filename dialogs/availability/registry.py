"""Snapshot of the ambassadors available to a municipality."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.channel import Channels
from dialogs.core.content import Content
from dialogs.core.person import Person, Role, is_guest_id
from dialogs.core.query import Asking, find_all
from dialogs.core.texts import Texts
from knowledge.organisation.fair_share import spared
from knowledge.organisation.nearest import Ambassador, Asker, Availability, Network, Ranked, Workload, availability
from knowledge.organisation.office_hours import OfficeHours, add_working_time

AT_WORK: Final = frozenset({Availability.FREE, Availability.FULL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Ambassadors of a municipality and of municipalities it shares with.

    ``profiles``, ``worklists`` and ``people`` are keyed by person id.
    """

    municipality_id: str
    profiles: Mapping[str, AmbassadorProfile]
    worklists: Mapping[str, Worklist]
    people: Mapping[str, Person]
    channels: Channels

    def nearest(
        self,
        asker: Asker,
        content: Content,
        at: datetime,
        *,
        excluded: Collection[str] = (),
        knowing: str | None = None,
        free_only: bool = True,
        limit: int = 1,
    ) -> tuple[Ranked, ...]:
        """Return the nearest ambassadors as ranked by ``Network.nearest``."""
        # For a guest, ``free_only`` also leaves out ambassadors without a free place for guests.
        if free_only and is_guest_id(asker.person_id or ""):
            excluded = {*excluded, *self.closed_to_guests(content)}
        network = Network.from_ambassadors(
            content.organisation, (profile.ambassador for profile in self.profiles.values())
        )
        on = today(content, self.municipality_id, at)
        workloads = {id_: self.busy(id_, on) for id_ in self.profiles}
        return network.nearest(
            asker,
            on=on,
            workloads=workloads,
            excluded=excluded,
            spared=self._spared(workloads, on),
            knowing=knowing,
            free_only=free_only,
            limit=limit,
        )

    def closed_to_guests(self, content: Content) -> frozenset[str]:
        """Return the ambassadors without free capacity for guests."""
        return frozenset(
            id_
            for id_, profile in self.profiles.items()
            if self._guest_load(id_) >= content.guests.places(profile.ambassador.capacity)
        )

    def _guest_load(self, person_id: str) -> int:
        worklist = self.worklists.get(person_id)
        return len(worklist.of_guests) if worklist else 0

    def is_busy(self, person_id: str, asker: Asker, content: Content, at: datetime) -> bool:
        """Return whether an ambassador could help later but is full now."""
        profile = self.profiles.get(person_id)
        if profile is None:
            return False
        capacity = profile.ambassador.capacity
        state = self.availability(person_id, content, at)
        if not is_guest_id(asker.person_id or ""):
            return capacity > 0 and state is Availability.FULL
        places = content.guests.places(capacity)
        full = state is Availability.FULL or (state is Availability.FREE and self._guest_load(person_id) >= places)
        return places > 0 and full

    def availability(self, person_id: str, content: Content, at: datetime) -> Availability:
        """Return the person's availability; GONE if no ambassador here."""
        profile = self.profiles.get(person_id)
        if profile is None:
            return Availability.GONE
        on = today(content, profile.ambassador.municipality_id, at)
        return availability(profile.ambassador, self.busy(person_id, on), on=on)

    def busy(self, person_id: str, on: date) -> Workload:
        """Return the ambassador's workload and reachability."""
        worklist = self.worklists.get(person_id)
        person = self.people.get(person_id)
        return Workload(
            open_count=worklist.used_capacity if worklist else 0,
            taken=len(worklist.taken_lately(on)) if worklist else 0,
            last_offer_at=worklist.last_offer_at if worklist else None,
            reachable=person is not None and self.channels.reaches(person),
        )

    def _spared(self, workloads: Mapping[str, Workload], on: date) -> frozenset[str]:
        """Return the ambassadors to spare because of an above-usual load."""
        # The usual load is that of ambassadors at work in the same municipality.
        taken: dict[str, dict[str, int]] = {}
        for id_, profile in self.profiles.items():
            if profile.ambassador.capacity and availability(profile.ambassador, workloads[id_], on=on) in AT_WORK:
                taken.setdefault(profile.ambassador.municipality_id, {})[id_] = workloads[id_].taken
        return frozenset().union(*map(spared, taken.values()))


def registry_of(municipality_id: str, content: Content) -> Asking[Registry]:
    """Read the ambassadors of a municipality and those shared with it."""
    # Sharing needs the consent of both municipalities.
    profiles: dict[str, AmbassadorProfile] = {}
    worklists: dict[str, Worklist] = {}
    people: dict[str, Person] = {}
    for id_ in (municipality_id, *sorted(content.organisation.sharing(municipality_id))):
        profiles.update((p.id, p) for p in (yield from find_all(AmbassadorProfile, f"active@{id_}")))
        worklists.update((d.id, d) for d in (yield from find_all(Worklist, f"municipality:{id_}")))
        people.update((p.id, p) for p in (yield from find_all(Person, f"role:{Role.AMBASSADOR}@{id_}")))
    return Registry(
        municipality_id=municipality_id,
        profiles=profiles,
        worklists=worklists,
        people=people,
        channels=content.channels,
    )


def today(content: Content, municipality_id: str, at: datetime) -> date:
    """Return the municipality's calendar day."""
    municipality = content.organisation.municipalities.get(municipality_id)
    zone = municipality.office_hours.timezone if municipality else "Europe/Oslo"
    return at.astimezone(ZoneInfo(zone)).date()


def back_at(content: Content, ambassador: Ambassador, at: datetime) -> datetime | None:
    """Return when the ambassador's working hours begin; None within them."""
    municipality = content.organisation.municipalities.get(ambassador.municipality_id)
    hours = ambassador.office_hours or (municipality.office_hours if municipality else OfficeHours())
    opens = add_working_time(at, timedelta(0), hours, content.holidays.days)
    return opens if opens > at else None


def state_at(texts: Texts, state: Availability, ambassador: Ambassador, content: Content, at: datetime) -> str:
    """Return the state as colleagues see it: outside working hours, when the ambassador is back."""
    back = back_at(content, ambassador, at) if state is Availability.FREE else None
    if back is not None:
        return texts("ambassador.availability.off", moment=texts.moment(back))
    return state_named(texts, state, ambassador)


def state_named(texts: Texts, state: Availability, ambassador: Ambassador | None) -> str:
    """Return the state in words; an ambassador without places is not called busy."""
    if state is Availability.FULL and ambassador is not None and not ambassador.capacity:
        return texts("ambassador.availability.none")
    return texts(f"ambassador.availability.{state}")
