"""One request's changes to accounts, groups and people, as one commit."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bot.directory.apply_import import person_changes
from bot.directory.plan import RegistryPlan, at_home
from bot.ports import Commit, Key, RandomSource, RecordWrite, Store
from bot.records.codec import decode, write_of
from bot.scim.account import department_of, email_of, language_of, name_of, unit_of
from bot.scim.config import ScimSource
from bot.scim.removals import may_remove, with_removal
from bot.signin.former import FormerMarks
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Put, Remove
from dialogs.core.person import Person, Role
from dialogs.core.record import Record
from dialogs.provisioning.model import ScimCounts, ScimGroup, ScimUser
from dialogs.signin.model import SignInLink, WebSession
from knowledge.article.article import Language
from knowledge.organisation.importers.changes import EntryChanges
from knowledge.organisation.importers.people import Colleague
from knowledge.organisation.nearest import Ambassador

_NO_PEOPLE: Final[EntryChanges[Colleague]] = EntryChanges(adds=(), changes=(), removals=(), unchanged=0)
_NO_AMBASSADORS: Final[EntryChanges[Ambassador]] = EntryChanges(adds=(), changes=(), removals=(), unchanged=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a change needs besides its request. ``content``: the content in force."""

    store: Store
    rng: RandomSource
    former: FormerMarks
    content: Content


@dataclass(slots=True, kw_only=True)
class ScimChange:
    """Collects what a request changes. Nothing is written before ``commit``."""

    parts: Parts
    source: ScimSource
    at: datetime
    counts: ScimCounts
    active: int
    by: str
    versions: dict[Key, int] = field(default_factory=dict)
    records: list[RecordWrite] = field(default_factory=list)
    wanted: dict[str, Colleague] = field(default_factory=dict)
    helpers: dict[str, Ambassador] = field(default_factory=dict)
    touched: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)

    @classmethod
    async def begin(cls, parts: Parts, source: ScimSource, *, at: datetime, by: str = "") -> "ScimChange":
        """Read the counts of the municipality. ``by``: the actor, if it is not the directory."""
        key = Key(kind=ScimCounts.KIND, id=source.municipality)
        stored = (await parts.store.get([key])).get(key)
        change = cls(
            parts=parts,
            source=source,
            at=at,
            counts=decode(ScimCounts, stored) if stored else ScimCounts(id=source.municipality),
            active=await parts.store.count(ScimUser.KIND, f"active:{source.municipality}"),
            by=by or f"scim:{source.municipality}",
        )
        change.versions[key] = stored.version if stored else 0
        return change

    def store_record(self, record: Record) -> None:
        self.records.append(write_of(Put(record=record), self.versions))

    def delete_record(self, record: Record) -> None:
        self.records.append(write_of(Remove(kind=type(record), id=record.id), self.versions))

    def note(self, act: str, subject: str, *details: tuple[str, str], about_person: bool = False) -> None:
        """Add an entry to the audit log."""
        audit = Audit(act=act, subject=subject, by=self.by, details=details, about_person=about_person)
        self.store_record(AuditEntry.from_act(audit, id=self.parts.rng.new_id("audit"), at=self.at))

    async def keep(self, before: ScimUser | None, after: ScimUser, groups: Iterable[ScimGroup]) -> ScimUser:
        """Store an account and make its person follow.

        Returns:
            The account as stored: with the roles it gives, whether it is placed, and whether a removal waits.
        """
        person = await self._person(after.person_id)
        if after.active:
            after = await self._join(before, after, person, groups)
        else:
            after = await self._part(before, after, person)
        self.store_record(after)
        self._note_change(before, after)
        return after

    async def regroup(self, before: ScimUser, after: ScimUser, groups: Iterable[ScimGroup]) -> None:
        """Store an account with other groups, and the roles they give if it is active."""
        if after.active:
            after = await self._join(before, after, await self._person(after.person_id), groups)
        if after == before:
            return
        self.store_record(replace(after, changed_at=self.at))
        if after.roles != before.roles or after.groups != before.groups:
            self._note_change(before, after)

    async def drop(self, before: ScimUser) -> None:
        """Delete an account; it stays as a waiting removal if too many leave."""
        after = replace(before, active=False, deleted=True, groups=(), changed_at=self.at)
        after = await self._part(before, after, await self._person(before.person_id))
        if after.waiting:
            self.store_record(after)
        else:
            self.delete_record(before)
        self.note("scim.user_deleted", before.person_id, ("waits", str(after.waiting).lower()), about_person=True)

    async def release(self, waiting: ScimUser) -> None:
        """Carry out a removal that waited."""
        self.touched.append(waiting.person_id)
        if waiting.deleted:
            self.delete_record(waiting)
        else:
            self.store_record(replace(waiting, waiting=False, roles=frozenset(), changed_at=self.at))
        self.note("scim.removal_approved", waiting.person_id, about_person=True)

    async def commit(self) -> None:
        """Write everything. Raises Conflict, StoreUnavailable."""
        plan = RegistryPlan(people=_NO_PEOPLE, ambassadors=_NO_AMBASSADORS, wanted=self.wanted, helpers=self.helpers)
        parts = self.parts
        people = Commit(at=self.at)
        if self.touched:
            people = await person_changes(
                parts.store,
                plan,
                sorted({*self.touched}),
                at=self.at,
                rng=parts.rng,
                former=parts.former,
                content=parts.content,
                by=self.by,
            )
        # Written with every change of an account, so that two processes cannot add one at the same time.
        self.store_record(self.counts)
        await parts.store.commit(
            replace(
                people,
                records=(*people.records, *self.records),
                ended=tuple(sorted({*people.ended, *self.ended})),
            )
        )

    async def _person(self, person_id: str) -> Person | None:
        key = Key(kind=Person.KIND, id=person_id)
        stored = (await self.parts.store.get([key])).get(key)
        return decode(Person, stored) if stored else None

    async def _join(
        self, before: ScimUser | None, after: ScimUser, person: Person | None, groups: Iterable[ScimGroup]
    ) -> ScimUser:
        given = {
            role
            for group in groups
            if group.id in after.groups
            for name in (group.name, group.external_id)
            if (role := self.source.roles.get(name)) is not None
        }
        earlier = before.roles if before is not None else frozenset[Role]()
        elsewhere = (person.roles if person is not None and person.registered else {Role.EMPLOYEE}) - earlier
        # A role that the registry gave as well is not the directory's to take back.
        own = frozenset(given - elsewhere)
        colleague = self._colleague(after, person, frozenset(elsewhere) | own)
        after = replace(after, roles=own, unplaced=not colleague.unit_id, waiting=False)
        if person is not None and person.registered and _same(colleague, person):
            return after
        self.wanted[after.person_id] = colleague
        self.touched.append(after.person_id)
        await self._keep_ambassador(colleague)
        return after

    def _colleague(self, user: ScimUser, person: Person | None, roles: frozenset[Role]) -> Colleague:
        here = self.source.municipality
        department = department_of(user.resource)
        unit_id = unit_of(department, self.source, self.parts.content.organisation) if department else None
        if not department and person is not None and person.registered and person.municipality_id == here:
            unit_id = person.unit_id  # the directory says nothing of it
        tenant_id, object_id = (self.source.tenant_id, user.external_id.lower()) if self.source.tenant_id else ("", "")
        language = person.language if person is not None and person.language_chosen else language_of(user.resource)
        return Colleague(
            person_id=user.person_id,
            name=name_of(user.resource),
            municipality_id=here,
            unit_id=unit_id or "",
            roles=frozenset(str(role) for role in roles | {Role.EMPLOYEE}),
            language=language or (person.language if person is not None else Language.NB),
            object_id=object_id or (person.object_id if person is not None else None),
            tenant_id=tenant_id or (person.tenant_id if person is not None else None),
            email=email_of(user.resource),
        )

    async def _keep_ambassador(self, colleague: Colleague) -> None:
        """Keep the profile of an ambassador, at their unit if it is known."""
        key = Key(kind=AmbassadorProfile.KIND, id=colleague.person_id)
        stored = (await self.parts.store.get([key])).get(key)
        if stored is None or Role.AMBASSADOR not in colleague.roles:
            return
        profile = decode(AmbassadorProfile, stored)
        if profile.ambassador.active:
            placed = at_home(profile.ambassador, colleague) if colleague.unit_id else profile.ambassador
            self.helpers[colleague.person_id] = placed

    async def _part(self, before: ScimUser | None, after: ScimUser, person: Person | None) -> ScimUser:
        """End the sessions, and remove the person, at once or when an administrator agrees."""
        after = replace(after, unplaced=False)
        if person is None or not person.registered or person.municipality_id != self.source.municipality:
            return replace(after, waiting=False, roles=frozenset())
        await self._end_sessions(person.id)
        if before is not None and before.waiting:
            return replace(after, waiting=True)
        if not may_remove(self.counts, max(self.active, 1), self.at):
            self.note("scim.removal_waits", person.id, about_person=True)
            return replace(after, waiting=True)
        self.counts = with_removal(self.counts, self.at)
        self.active -= 1
        self.touched.append(person.id)
        return replace(after, waiting=False, roles=frozenset())

    async def _end_sessions(self, person_id: str) -> None:
        for kind in (WebSession, SignInLink):
            found = await self.parts.store.find(kind.KIND, f"person:{person_id}")
            self.records += [RecordWrite(key=each.key, body=None) for each in found]
        self.ended.add(person_id)

    def _note_change(self, before: ScimUser | None, after: ScimUser) -> None:
        subject = after.person_id
        if before is None:
            self.note("scim.user_created", subject, ("active", str(after.active).lower()), about_person=True)
        elif before.active != after.active:
            act = "scim.user_activated" if after.active else "scim.user_deactivated"
            self.note(act, subject, ("waits", str(after.waiting).lower()), about_person=True)
        elif before.groups != after.groups:
            roles = ",".join(sorted(after.roles)) or "none"
            self.note("scim.user_groups", subject, ("roles", roles), about_person=True)
        else:
            self.note("scim.user_changed", subject, about_person=True)


def _same(colleague: Colleague, person: Person) -> bool:
    return (
        colleague.name == person.name
        and colleague.municipality_id == person.municipality_id
        and (colleague.unit_id or None) == person.unit_id
        and colleague.roles == {str(role) for role in person.roles}
        and colleague.language == person.language
        and (colleague.object_id, colleague.tenant_id) == (person.object_id, person.tenant_id)
        and colleague.email == person.email
    )
