"""One request's changes to accounts, groups and people, as one commit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bot.directory.apply_import import person_changes
from bot.directory.plan import FEW, RegistryPlan, at_home
from bot.ports import Commit, Key, RandomSource, RecordWrite, Store
from bot.records.codec import decode
from bot.records.commit_draft import CommitDraft
from bot.scim.account import department_of, email_of, language_of, name_of, unit_of
from bot.scim.config import ScimSource
from bot.scim.fault import of_another_municipality
from bot.scim.removals import (
    SHARE,
    demoted_lately,
    demotion_notices,
    may_remove,
    removal_notices,
    removes_too_many,
    with_addition,
    with_demotion,
    with_removal,
)
from bot.signin.former import FormerMarks
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.content import Content
from dialogs.core.person import Person, Role
from dialogs.provisioning.model import ScimCounts, ScimGroup, ScimUser, waiting_term
from dialogs.signin.model import SignInLink, WebSession
from knowledge.article.article import Language
from knowledge.organisation.importers.people import Colleague
from knowledge.organisation.importers.rows import EntryChanges
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
class ScimChange(CommitDraft):
    """Collects what a request, or a portion of a reading, changes. Nothing is written before ``commit``.

    Attributes:
        hold: whether removals wait for an administrator; None: those beyond the limit of a day.
        quiet: new accounts have no separate entries in the audit log.
        people: people read in advance, None for those that do not exist.
    """

    parts: Parts
    source: ScimSource
    counts: ScimCounts
    active: int | None = None
    wanted: dict[str, Colleague] = field(default_factory=dict)
    helpers: dict[str, Ambassador] = field(default_factory=dict)
    touched: list[str] = field(default_factory=list)
    people: dict[str, Person | None] = field(default_factory=dict)
    hold: bool | None = None
    quiet: bool = False

    @classmethod
    async def begin(cls, parts: Parts, source: ScimSource, *, at: datetime, by: str = "") -> "ScimChange":
        """Read the counts of the municipality. ``by``: the actor, if it is not the directory."""
        key = Key(kind=ScimCounts.KIND, id=source.municipality)
        stored = (await parts.store.get([key])).get(key)
        change = cls(
            parts=parts,
            source=source,
            at=at,
            rng=parts.rng,
            counts=decode(ScimCounts, stored) if stored else ScimCounts(id=source.municipality),
            by=by or f"scim:{source.municipality}",
        )
        change.versions[key] = stored.version if stored else 0
        return change

    async def load_people(self, ids: Sequence[str]) -> None:
        """Read people in one look-up, before the changes of their accounts."""
        keys = [Key(kind=Person.KIND, id=id_) for id_ in ids]
        stored = await self.parts.store.get(keys)
        self.people |= {key.id: decode(Person, stored[key]) if key in stored else None for key in keys}

    async def keep(self, before: ScimUser | None, after: ScimUser, groups: Iterable[ScimGroup]) -> ScimUser:
        """Store an account and make its person follow.

        Returns:
            The account as stored: with the roles it gives, whether it is placed, and whether a removal waits.
        Raises:
            ScimFault: an active account of a person of another municipality.
        """
        person = await self._person(after.person_id)
        touched = len(self.touched)
        if not after.active:
            after = await self._part(before, after, person)
        elif self._is_elsewhere(person):
            raise of_another_municipality()
        else:
            if before is None or not before.active:
                self.counts = with_addition(self.counts, self.at)
            after = await self._join(before, after, person, groups)
        unchanged = before is not None and after == replace(before, changed_at=after.changed_at)
        if before is not None and unchanged and len(self.touched) == touched:
            return before
        self.put(after)
        self._note_change(before, after)
        return after

    async def regroup(self, before: ScimUser, after: ScimUser, groups: Iterable[ScimGroup]) -> None:
        """Store an account with other groups, and the roles they give if it is active."""
        person = await self._person(after.person_id)
        if after.active and not self._is_elsewhere(person):
            after = await self._join(before, after, person, groups)
        if after == before:
            return
        self.put(replace(after, changed_at=self.at))
        # The entry of the group has the number; 22,000 entries of its members would say no more.
        if after.roles != before.roles:
            self._note_change(before, after)

    async def drop(self, before: ScimUser) -> None:
        """Delete an account; it stays as a waiting removal if too many leave."""
        after = replace(before, active=False, deleted=True, groups=(), changed_at=self.at)
        after = await self._part(before, after, await self._person(before.person_id))
        if after.waiting:
            self.put(after)
        elif Key(kind=ScimUser.KIND, id=before.id) in self.versions:
            self.delete_record(type(before), before.id)
        self.note("scim.user_deleted", before.person_id, ("waits", str(after.waiting).lower()), about_person=True)

    async def release(self, waiting: ScimUser) -> None:
        """Carry out a removal that waited."""
        if not self._is_elsewhere(await self._person(waiting.person_id)):
            self.touched.append(waiting.person_id)
        if waiting.deleted:
            self.delete_record(type(waiting), waiting.id)
        else:
            self.put(replace(waiting, waiting=False, roles=frozenset(), changed_at=self.at))
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
        self.put(self.counts)
        await parts.store.commit(
            replace(
                people,
                records=(*people.records, *self.records),
                posts=(*people.posts, *self.posts),
                ended=tuple(sorted({*people.ended, *self.ended})),
            )
        )

    async def _person(self, person_id: str) -> Person | None:
        if person_id not in self.people:
            await self.load_people([person_id])
        return self.people[person_id]

    def _is_elsewhere(self, person: Person | None) -> bool:
        """Return whether another municipality has the person."""
        return person is not None and person.registered and person.municipality_id != self.source.municipality

    async def _join(
        self, before: ScimUser | None, after: ScimUser, person: Person | None, groups: Iterable[ScimGroup]
    ) -> ScimUser:
        given = {
            role
            for group in groups
            if group.id in after.groups
            for role in self.source.roles_of(group.name, group.external_id)
        }
        earlier = before.roles if before is not None else frozenset[Role]()
        elsewhere = (person.roles if person is not None and person.registered else {Role.EMPLOYEE}) - earlier
        # A role that the registry gave as well is not the directory's to take back.
        own = frozenset(given - elsewhere)
        colleague = self._colleague(before, after, person, frozenset(elsewhere) | own)
        after = replace(after, roles=own, unplaced=not colleague.unit_id, waiting=False)
        if person is not None and person.registered and _same(colleague, person):
            return after
        if person is not None and person.registered and _loses(colleague, person):
            await self._count_loss()
        self.wanted[after.person_id] = colleague
        self.touched.append(after.person_id)
        await self._keep_ambassador(colleague)
        return after

    def _colleague(
        self, before: ScimUser | None, user: ScimUser, person: Person | None, roles: frozenset[Role]
    ) -> Colleague:
        here = self.source.municipality
        tenant_id, object_id = (self.source.tenant_id, user.external_id.lower()) if self.source.tenant_id else ("", "")
        language = person.language if person is not None and person.language_chosen else language_of(user.resource)
        return Colleague(
            person_id=user.person_id,
            name=name_of(user.resource),
            municipality_id=here,
            unit_id=self._unit(before, user, person) or "",
            roles=frozenset(str(role) for role in roles | {Role.EMPLOYEE}),
            language=language or (person.language if person is not None else Language.NB),
            object_id=object_id or (person.object_id if person is not None else None),
            tenant_id=tenant_id or (person.tenant_id if person is not None else None),
            email=email_of(user.resource),
        )

    def _unit(self, before: ScimUser | None, user: ScimUser, person: Person | None) -> str | None:
        """Return the unit of an account's department; else the unit its person has, unless the department is new."""
        organisation, here = self.parts.content.organisation, self.source.municipality
        department = department_of(user.resource)
        unit_id = unit_of(department, self.source, organisation) if department else None
        if unit_id is not None or person is None or not person.registered:
            return unit_id
        if department and (before is None or department_of(before.resource) != department):
            return None
        # A renamed unit would otherwise leave everyone in it without one. A merged one has another id now.
        unit = organisation.find_unit(person.unit_id or "")
        return unit.id if unit is not None and unit.municipality_id == here else None

    async def _keep_ambassador(self, colleague: Colleague) -> None:
        """Keep the profile of an ambassador, at their unit if it is known."""
        if Role.AMBASSADOR not in colleague.roles:
            return
        key = Key(kind=AmbassadorProfile.KIND, id=colleague.person_id)
        stored = (await self.parts.store.get([key])).get(key)
        if stored is None:
            return
        profile = decode(AmbassadorProfile, stored)
        if profile.ambassador.active:
            placed = at_home(profile.ambassador, colleague) if colleague.unit_id else profile.ambassador
            self.helpers[colleague.person_id] = placed

    async def _part(self, before: ScimUser | None, after: ScimUser, person: Person | None) -> ScimUser:
        """End the sessions, and remove the person, at once or when an administrator agrees."""
        after = replace(after, unplaced=False)
        if person is None or not person.registered or self._is_elsewhere(person):
            return replace(after, waiting=False, roles=frozenset())
        await self._end_sessions(person.id)
        if before is not None and before.waiting:
            return replace(after, waiting=True)
        waits = self.hold
        if waits is None:
            if self.active is None:
                # Counted only when someone leaves: it takes as long as there are people.
                self.active = await self.parts.store.count(ScimUser.KIND, f"active:{self.source.municipality}")
            waits = not may_remove(self.counts, max(self.active, 1), self.at)
            self.active -= not waits
        if waits:
            await self._report_waiting(person.id)
            return replace(after, waiting=True)
        self.counts = with_removal(self.counts, self.at)
        self.touched.append(person.id)
        return replace(after, waiting=False, roles=frozenset())

    async def _report_waiting(self, person_id: str) -> None:
        """Note a removal that waits; the first one is reported to the administrators."""
        self.note("scim.removal_waits", person_id, about_person=True)
        here, parts = self.source.municipality, self.parts
        if not self.posts and not await parts.store.count(ScimUser.KIND, waiting_term(here)):
            self.posts += await removal_notices(parts.store, parts.content, here, at=self.at)

    async def _count_loss(self) -> None:
        """Count a person that loses the unit or a role; report it when there are too many in a day."""
        before = demoted_lately(self.counts, self.at)
        self.counts = with_demotion(self.counts, self.at)
        if before < FEW:
            return
        here, parts = self.source.municipality, self.parts
        people = await parts.store.count(ScimUser.KIND, f"active:{here}")
        # At the one that passes the limit, so that a day has one message.
        if removes_too_many(before + 1, people, SHARE) and not removes_too_many(before, people, SHARE):
            self.note("scim.many_demoted", here, ("people", str(before + 1)))
            self.posts += await demotion_notices(parts.store, parts.content, here, at=self.at)

    async def _end_sessions(self, person_id: str) -> None:
        for kind in (WebSession, SignInLink):
            sign_ins = await self.parts.store.find(kind.KIND, f"person:{person_id}")
            self.records += [RecordWrite(key=stored.key, body=None) for stored in sign_ins]
        self.ended.add(person_id)

    def _note_change(self, before: ScimUser | None, after: ScimUser) -> None:
        subject = after.person_id
        if before is None and self.quiet:
            return
        if before is None:
            self.note("scim.user_created", subject, ("active", str(after.active).lower()), about_person=True)
        elif before.active != after.active:
            act = "scim.user_activated" if after.active else "scim.user_deactivated"
            self.note(act, subject, ("waits", str(after.waiting).lower()), about_person=True)
        elif before.roles != after.roles:
            roles = ",".join(sorted(after.roles)) or "none"
            self.note("scim.user_groups", subject, ("roles", roles), about_person=True)
        else:
            self.note("scim.user_changed", subject, about_person=True)


def _loses(colleague: Colleague, person: Person) -> bool:
    """Return whether the directory takes the person's unit or one of the roles."""
    return bool(person.unit_id and not colleague.unit_id) or not {str(role) for role in person.roles} <= colleague.roles


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
