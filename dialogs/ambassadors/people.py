"""Ambassadors and contacts of a municipality, and the applications, for its contacts and administrators."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Self
from urllib.parse import quote

from dialogs.ambassadors.application import AmbassadorApplication, ApplicationState
from dialogs.ambassadors.fields import FIELDS
from dialogs.ambassadors.finding import PLACE, read_place
from dialogs.ambassadors.settings import SUBSTITUTES
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.registry import Registry, registry_of, state_at, today
from dialogs.availability.topic import topic_names
from dialogs.core.names import name_of
from dialogs.core.paging import Paged, paged
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find, find_all, find_each
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.core.waiting import WaitingItem
from dialogs.handoff.oversight import OVERSEERS
from knowledge.organisation.nearest import Absence, Ambassador, Asker, Availability, Network, Workload
from knowledge.organisation.unit import Unit

# What the list can be limited to, besides the states of an ambassador.
SHOWN_ROLES: Final = (Role.AMBASSADOR, Role.CONTACT)
# They decide on applications, each on those they were asked about; an administrator on all.
DECIDERS: Final = (*OVERSEERS, Role.LEADER)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkMember:
    """An ambassador or contact.

    ``state`` is empty for a contact. ``away``: the current and coming absences. ``load`` is "2 / 3", open of capacity;
    of a contact the open ones alone.
    """

    person_id: str
    name: str
    unit: str
    roles: str
    topics: str
    state: Availability | None
    state_name: str
    away: tuple[str, ...]
    load: str
    changeable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingApplication:
    """An application to become an ambassador that the reader may decide."""

    person_id: str
    name: str
    unit: str
    topics: str
    motive: str
    sent: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """A page of the people that fit the search, and the applications that wait for the reader.

    ``near``: the unit that the words name with another spelling, if nothing fits them as written.
    """

    members: Paged[NetworkMember]
    near: str
    applications: tuple[WaitingApplication, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAbsence:
    """A current or coming absence; ``first_day`` and ``last_day`` in ISO form, ``days`` for reading."""

    id: str
    first_day: str
    last_day: str
    days: str
    substitute_id: str
    substitutes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberInput:
    """An input of the settings; ``type`` is that of an HTML input."""

    name: str
    label: str
    type: str
    value: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPage:
    """The settings of an ambassador, for an administrator."""

    member: NetworkMember
    inputs: tuple[MemberInput, ...]
    paused: bool
    absences: tuple[MemberAbsence, ...]
    substitutes: tuple[tuple[str, str], ...]
    today: date


def people_view(
    viewer: Viewer, *, words: str = "", role: str = "", state: str = "", number: int = 1
) -> Asking[PeoplePage]:
    """Return people of the reader's own municipality with all ``words`` in name, unit or topics."""
    municipality_id = own_municipality(viewer)
    registry = yield from registry_of(municipality_id, viewer.content)
    people = yield from _network_people(registry, municipality_id)
    wanted = words.casefold().split()
    fitting = [
        person
        for person in people
        if (not role or role in person.roles)
        and (not state or state == registry.availability(person.id, viewer.content, viewer.at))
    ]
    members = [person for person in fitting if is_about(wanted, person.name, *_about(viewer, registry, person))]
    place = named_unit(viewer, words, municipality_id) if fitting and not members else None
    if place is not None:
        inside = {unit.id for unit in viewer.content.organisation.subtree(place.id)}
        members = [person for person in fitting if _unit_of(registry, person) in inside]
    members.sort(
        key=lambda person: (
            unit_named(viewer, _unit_of(registry, person)).casefold(),
            person.name.casefold(),
            person.id,
        )
    )
    page = paged(members, number)
    applications = yield from applications_view(viewer)
    return PeoplePage(
        members=page.showing(_member(viewer, registry, person) for person in page.items),
        near=unit_named(viewer, place.id) if place is not None else "",
        applications=applications,
    )


def member_view(viewer: Viewer, person_id: str) -> Asking[MemberPage]:
    """Return an ambassador of the administrator's own municipality, with possible substitutes."""
    viewer.require(Role.ADMIN)
    municipality_id = own_municipality(viewer)
    registry = yield from registry_of(municipality_id, viewer.content)
    profile, person = registry.profiles.get(person_id), (yield from find(Person, person_id))
    if profile is None or person is None or profile.ambassador.municipality_id != municipality_id:
        contact = person is not None and person.municipality_id == municipality_id and person.has(Role.CONTACT)
        raise viewer.not_found("desk.people.contact" if contact else "desk.people.gone")
    on = today(viewer.content, municipality_id, viewer.at)
    substitutes = _substitutes(viewer, registry, profile)
    return MemberPage(
        member=_member(viewer, registry, person),
        inputs=tuple(
            MemberInput(
                name=field.name,
                label=field.label(viewer.texts),
                type=field.page.type,
                value=field.page.value(profile.ambassador),
                required=field.page.required,
            )
            for field in FIELDS
            if field.page is not None
        ),
        paused=profile.ambassador.paused,
        absences=tuple(_absence(viewer, registry, absence, substitutes) for absence in coming_absences(profile, on)),
        substitutes=substitutes,
        today=on,
    )


def own_municipality(viewer: Viewer) -> str:
    """Return the municipality of the network that the reader oversees. Raises EventRefused."""
    viewer.require(*OVERSEERS)
    # The provider's administrator too: the people of a municipality are its own affair.
    return viewer.require_municipality(viewer.person.municipality_id)


def named_unit(viewer: Viewer, words: str, municipality_id: str) -> Unit | None:
    """Return the unit of the municipality that the words name, with slips of spelling."""
    named = read_place(words, viewer.content, municipality_id).get(PLACE, "") if words else ""
    unit = viewer.content.organisation.find_unit(named)
    return unit if unit is not None and unit.municipality_id == municipality_id else None


def is_about(words: Iterable[str], *texts: str) -> bool:
    """Return whether the texts hold all words, which are case-folded."""
    text = " ".join(texts).casefold()
    return all(word in text for word in words)


def _about(viewer: Viewer, registry: Registry, person: Person) -> tuple[str, str]:
    profile = registry.profiles.get(person.id)
    topics = topic_names(viewer.texts, profile.ambassador.topics) if profile else ""
    return unit_named(viewer, _unit_of(registry, person)), topics


def _unit_of(registry: Registry, person: Person) -> str | None:
    profile = registry.profiles.get(person.id)
    return profile.ambassador.unit_id if profile else person.unit_id


def unit_named(viewer: Viewer, unit_id: str | None) -> str:
    """Return the name of a unit; of a person without one, "the municipality"."""
    unit = viewer.content.organisation.find_unit(unit_id or "")
    return unit.names.text(viewer.texts.language) if unit else viewer.texts("handoff.the_municipality")


def _network_people(registry: Registry, municipality_id: str) -> Asking[tuple[Person, ...]]:
    contacts = yield from find_all(Person, f"role:{Role.CONTACT}@{municipality_id}")
    here = {
        id_: registry.people.get(id_)
        for id_, profile in registry.profiles.items()
        if profile.ambassador.municipality_id == municipality_id and not profile.ambassador.pupil
    }
    missing = yield from find_each(Person, (id_ for id_, person in here.items() if person is None))
    known = {**{id_: person for id_, person in here.items() if person is not None}, **missing}
    return tuple({**known, **{contact.id: contact for contact in contacts}}.values())


def _member(viewer: Viewer, registry: Registry, person: Person) -> NetworkMember:
    texts = viewer.texts
    profile = registry.profiles.get(person.id)
    roles = {role for role in SHOWN_ROLES if role in person.roles} | ({Role.AMBASSADOR} if profile else set())
    named = ", ".join(texts(f"profile.role.{role}") for role in SHOWN_ROLES if role in roles)
    if profile is None:
        return NetworkMember(
            person_id=person.id,
            name=name_of(person, texts),
            unit=unit_named(viewer, person.unit_id),
            roles=named,
            topics="",
            state=None,
            state_name="",
            away=(),
            load=texts.number(registry.busy(person.id, viewer.at.date()).open_count),
            changeable=False,
        )
    ambassador = profile.ambassador
    on = today(viewer.content, ambassador.municipality_id, viewer.at)
    state = registry.availability(person.id, viewer.content, viewer.at)
    open_count = registry.busy(person.id, on).open_count
    return NetworkMember(
        person_id=person.id,
        name=name_of(person, texts),
        unit=unit_named(viewer, ambassador.unit_id),
        roles=named,
        topics=topic_names(texts, ambassador.topics),
        state=state,
        state_name=state_at(texts, state, ambassador, viewer.content, viewer.at),
        away=_away(texts, profile, on, registry.people),
        load=f"{texts.number(open_count)} / {texts.number(ambassador.capacity)}",
        changeable=viewer.person.has(Role.ADMIN),
    )


def absence_id(absence: Absence) -> str:
    """Return the id of an absence among those of one ambassador."""
    return f"{absence.first_day}-{absence.last_day}"


def coming_absences(profile: AmbassadorProfile, on: date) -> list[Absence]:
    """Return current and coming absences, in their order."""
    coming = (absence for absence in profile.ambassador.absences if absence.last_day >= on)
    return sorted(coming, key=lambda absence: (absence.first_day, absence.last_day))


def _away(texts: Texts, profile: AmbassadorProfile, on: date, people: Mapping[str, Person]) -> tuple[str, ...]:
    """Return the current and coming absences, each with its substitute."""
    return tuple(
        f"{_days(texts, absence)} {_stand_in(texts, absence, people)}" for absence in coming_absences(profile, on)
    )


def _days(texts: Texts, absence: Absence) -> str:
    if absence.first_day == absence.last_day:
        return texts("desk.people.away_day", day=texts.day(absence.first_day))
    return texts("desk.people.away", first=texts.day(absence.first_day), last=texts.day(absence.last_day))


def _stand_in(texts: Texts, absence: Absence, people: Mapping[str, Person]) -> str:
    if absence.substitute_id is None:
        return texts("desk.people.no_substitute")
    return texts("desk.people.substitute", name=name_of(people.get(absence.substitute_id), texts))


def _absence(
    viewer: Viewer, registry: Registry, absence: Absence, substitutes: tuple[tuple[str, str], ...]
) -> MemberAbsence:
    chosen = absence.substitute_id
    if chosen is not None and chosen not in dict(substitutes):  # far away, and chosen all the same
        substitutes = (*substitutes, (chosen, name_of(registry.people.get(chosen), viewer.texts)))
    return MemberAbsence(
        id=absence_id(absence),
        first_day=absence.first_day.isoformat(),
        last_day=absence.last_day.isoformat(),
        days=_days(viewer.texts, absence),
        substitute_id=chosen or "",
        substitutes=substitutes,
    )


def _substitutes(viewer: Viewer, registry: Registry, profile: AmbassadorProfile) -> tuple[tuple[str, str], ...]:
    near = OwnNetwork.within(viewer, registry).nearest(
        profile.ambassador.unit_id, excluded=(profile.id,), limit=SUBSTITUTES
    )
    return tuple(
        (ambassador.person_id, name_of(registry.people.get(ambassador.person_id), viewer.texts)) for ambassador in near
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNetwork:
    """The ambassadors of one municipality, without those of others that share with it. Built once for many searches."""

    municipality_id: str
    network: Network
    workloads: Mapping[str, Workload]
    on: date

    @classmethod
    def within(cls, viewer: Viewer, registry: Registry) -> Self:
        here = registry.municipality_id
        own = [p.ambassador for p in registry.profiles.values() if p.ambassador.municipality_id == here]
        on = today(viewer.content, here, viewer.at)
        return cls(
            municipality_id=here,
            network=Network.from_ambassadors(viewer.content.organisation, own),
            workloads={ambassador.person_id: registry.busy(ambassador.person_id, on) for ambassador in own},
            on=on,
        )

    def nearest(
        self, unit_id: str, *, excluded: Collection[str] = (), free_only: bool = False, limit: int = 1
    ) -> tuple[Ambassador, ...]:
        """Return the ambassadors nearest to a unit."""
        asker = Asker(municipality_id=self.municipality_id, unit_id=unit_id)
        ranked = self.network.nearest(
            asker, on=self.on, workloads=self.workloads, excluded=excluded, free_only=free_only, limit=limit
        )
        return tuple(candidate.ambassador for candidate in ranked)


def applications_view(viewer: Viewer) -> Asking[tuple[WaitingApplication, ...]]:
    """Return the applications that the reader may decide, oldest first."""
    mine = yield from _own_applications(viewer)
    people = yield from find_each(Person, (application.id for application in mine))
    return tuple(_application(viewer, application, people.get(application.id)) for application in mine)


def waiting_applications(viewer: Viewer) -> Asking[tuple[WaitingItem, ...]]:
    """Return the applications that a contact or an administrator may decide, on the page of people."""
    return (yield from _items(viewer, "/desk/people")) if viewer.person.has(*OVERSEERS) else ()


def waiting_for_leader(viewer: Viewer) -> Asking[tuple[WaitingItem, ...]]:
    """Return the applications that a leader may decide, on the page of the own units."""
    return () if viewer.person.has(*OVERSEERS) else (yield from _items(viewer, "/desk/coverage"))


def _items(viewer: Viewer, page: str) -> Asking[tuple[WaitingItem, ...]]:
    return tuple(
        WaitingItem(
            title=f"{application.name}, {application.unit}",
            path=f"{page}#application-{quote(application.person_id)}",
            since=application.created_at,
        )
        for application in (yield from applications_view(viewer))
    )


def _own_applications(viewer: Viewer) -> Asking[list[AmbassadorApplication]]:
    municipality_id = viewer.person.municipality_id
    if viewer.person.is_outsider or not viewer.person.has(*DECIDERS) or municipality_id is None:
        return []
    waiting = yield from find_all(AmbassadorApplication, f"{ApplicationState.WAITING}@{municipality_id}")
    return _oldest_first(application for application in waiting if application.may_be_decided_by(viewer.person))


def _oldest_first(applications: Iterable[AmbassadorApplication]) -> list[AmbassadorApplication]:
    return sorted(applications, key=lambda application: (application.created_at, application.id))


def _application(viewer: Viewer, application: AmbassadorApplication, applicant: Person | None) -> WaitingApplication:
    texts = viewer.texts
    return WaitingApplication(
        person_id=application.id,
        name=name_of(applicant, texts),
        unit=unit_named(viewer, application.unit_id),
        topics=topic_names(texts, application.topics),
        motive=application.motive,
        sent=texts.moment(application.created_at),
        created_at=application.created_at,
    )
