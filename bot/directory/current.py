"""The current registry in the store, its people as rows of a file, and the sample organisation's people."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Final, TypeVar

from bot.content.catalogue import in_words
from bot.ports import Commit, Key, Store
from bot.records.codec import decode, write_of
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.decision import Put
from dialogs.core.event import ChannelName
from dialogs.core.person import Address, Person, Role
from dialogs.core.record import Record
from knowledge.organisation.importers.ambassadors import AMBASSADOR_COLUMNS, parse_ambassadors
from knowledge.organisation.importers.people import PEOPLE_COLUMNS, Colleague, parse_people
from knowledge.organisation.importers.rows import rows_of_csv
from knowledge.organisation.nearest import Ambassador
from knowledge.organisation.organisation import Organisation

R = TypeVar("R", bound=Record)
PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All known people.

    ``people``: people of the registry, by id. ``strangers``: Entra users of the bot outside the registry, by tenant and
    object id. ``left``: former people of the registry, by id. ``profiles``: current and former ambassadors, by
    person id.
    """

    people: Mapping[str, Person] = field(default_factory=dict)
    strangers: Mapping[str, Person] = field(default_factory=dict)
    left: Mapping[str, Person] = field(default_factory=dict)
    profiles: Mapping[str, AmbassadorProfile] = field(default_factory=dict)

    def colleagues(self) -> tuple[Colleague, ...]:
        """Return the registry's people as rows of an import file."""
        return tuple(colleague_of(person) for person in self.people.values())

    def ambassadors(self) -> tuple[Ambassador, ...]:
        """Return the active ambassadors."""
        return tuple(profile.ambassador for profile in self.profiles.values() if profile.ambassador.active)


async def read_known(store: Store, organisation: Organisation) -> Known:
    """Read all people and ambassadors."""
    people: dict[str, Person] = {}
    strangers: dict[str, Person] = {}
    left: dict[str, Person] = {}
    async for person in every(store, Person, "all"):
        if person.registered:
            people[person.id] = person
            continue
        if person.left:
            left[person.id] = person
        if person.object_id and person.tenant_id and not person.is_guest:
            strangers[identity(person.tenant_id, person.object_id)] = person
    profiles: dict[str, AmbassadorProfile] = {}
    for municipality_id in organisation.municipalities:
        async for profile in every(store, AmbassadorProfile, f"municipality:{municipality_id}"):
            profiles[profile.id] = profile
    return Known(people=people, strangers=strangers, left=left, profiles=profiles)


class NotOne(Exception):
    """A name that matches no person, or several; the text explains which."""


async def person_named(store: Store, name: str) -> Person:
    """Return the person with an id, an e-mail address or an Entra object id. Raises NotOne."""
    key = Key(kind=Person.KIND, id=name)
    stored = (await store.get([key])).get(key)
    if stored is not None:
        return decode(Person, stored)
    people = [
        decode(Person, stored)
        for term in (f"email:{name.lower()}", f"object:{name.lower()}")
        for stored in await store.find(Person.KIND, term)
    ]
    if len(people) == 1:
        return people[0]
    known = ", ".join(person.id for person in people)
    raise NotOne(f"Several people are found by {name}: {known}. Give the id." if people else f"No person is {name}.")


async def every(store: Store, kind: type[R], term: str) -> AsyncIterator[R]:
    """Yield all records of a kind with ``term``, ordered by id, reading page by page."""
    after = ""
    while page := await store.find(kind.KIND, term, after=after, limit=PAGE):
        for stored in page:
            yield decode(kind, stored)
        after = page[-1].key.id


def identity(tenant_id: str, object_id: str) -> str:
    """Return an Entra identity as one text."""
    return f"{tenant_id}/{object_id}".lower()


def colleague_of(person: Person) -> Colleague:
    """Return a registered person as a row of an import file."""
    return Colleague(
        person_id=person.id,
        name=person.name,
        municipality_id=person.municipality_id or "",
        unit_id=person.unit_id or "",
        roles=frozenset(str(role) for role in person.roles),
        language=person.language,
        object_id=person.object_id,
        tenant_id=person.tenant_id,
        email=person.email,
    )


def person_of(colleague: Colleague, *, at: datetime, addresses: Mapping[ChannelName, Address]) -> Person:
    """Return the person for one row of the registry file."""
    return Person(
        id=colleague.person_id,
        name=colleague.name,
        municipality_id=colleague.municipality_id,
        unit_id=colleague.unit_id or None,
        roles=frozenset(Role(role) for role in colleague.roles),
        language=colleague.language,
        object_id=colleague.object_id,
        tenant_id=colleague.tenant_id,
        email=colleague.email,
        addresses=addresses,
        last_channel=next(iter(addresses), None),
        registered=True,
        created_at=at,
    )


# The sample organisation's people, for trying the bot.


class BadSample(Exception):
    """The sample files have faults; the text lists every fault with its line."""


async def load_sample(
    store: Store,
    organisation: Organisation,
    *,
    topics: Collection[str],
    addresses: Mapping[ChannelName, Address],
    at: datetime,
) -> int:
    """Load the sample people, reachable at ``addresses``, into a store without people. Return their number.

    Raises BadSample.
    """
    if await store.count(Person.KIND, "registered"):
        return 0
    folder = files("knowledge") / "content"
    rows, faults = rows_of_csv((folder / "people.csv").read_text("utf-8"), PEOPLE_COLUMNS)
    people, more = parse_people(rows, organisation=organisation, roles=frozenset(Role))
    lines = [f"people.csv:{fault.line}: {in_words(fault)}" for fault in (*faults, *more)]
    rows, faults = rows_of_csv((folder / "ambassadors.csv").read_text("utf-8"), AMBASSADOR_COLUMNS)
    ambassadors, more = parse_ambassadors(rows, organisation=organisation, people=people, topics=topics)
    lines += [f"ambassadors.csv:{fault.line}: {in_words(fault)}" for fault in (*faults, *more)]
    if lines:
        raise BadSample("\n".join(lines))
    records: tuple[Record, ...] = (
        *(person_of(colleague, at=at, addresses=addresses) for colleague in people),
        *(AmbassadorProfile(ambassador=ambassador, joined_at=at) for ambassador in ambassadors),
    )
    await store.commit(Commit(at=at, records=tuple(write_of(Put(record=record), {}) for record in records)))
    return len(people)
