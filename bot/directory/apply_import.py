"""Apply an import in commits.

Each person's changes are in one commit, and a small import is a single commit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final, Self

from bot.directory.current import identity, person_of
from bot.directory.merge import merge_persons
from bot.directory.plan import RegistryPlan
from bot.ports import (
    PENDING,
    Commit,
    Key,
    PostWrite,
    RandomSource,
    RecordWrite,
    Store,
    TimerWrite,
)
from bot.records.codec import decode, write_of
from bot.records.commit_draft import CommitDraft
from bot.records.conflict import retry_on_conflict
from bot.records.query_answering import FlowRun
from bot.signin.former import FormerMarks
from bot.turn.job import forget_timer
from dialogs.announce.deliver.late_recipients import missed_posts
from dialogs.announce.model import Announcement
from dialogs.availability.profile import IMPORT, AmbassadorProfile
from dialogs.core.audit import OPERATOR, AuditEntry
from dialogs.core.content import Content
from dialogs.core.data_rules import FieldSource
from dialogs.core.decision import Audit, Post, Put
from dialogs.core.event import CLOCK, Event, Rang
from dialogs.core.holding import names_from
from dialogs.core.person import Person, Role
from dialogs.rollout.classroom.model import Enrolment
from dialogs.signin.flow import loses_rights, rights
from dialogs.signin.model import SignInAccount, SignInLink, WebSession
from knowledge.organisation.importers.people import Colleague
from knowledge.organisation.nearest import Ambassador

# Announcements for late recipients: people added to the audience by an import.


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRecipients:
    """Open announcements that also go to late recipients, read once per import."""

    store: Store
    content: Content
    at: datetime
    announcements: Sequence[Announcement]

    @classmethod
    async def from_store(cls, store: Store, content: Content, *, at: datetime) -> Self:
        """Read the announcements. Raises StoreUnavailable."""
        stored = await store.find(Announcement.KIND, "joiners")
        return cls(store=store, content=content, at=at, announcements=[decode(Announcement, row) for row in stored])

    async def posts(self, before: Person | None, after: Person) -> list[PostWrite]:
        """Return the posts for a person after a change of place, role or language; see ``missed_posts``."""
        if not self.announcements:
            return []
        event = Event(
            id=f"import/{after.id}",
            at=self.at,
            channel=CLOCK,
            person_id=after.id,
            conversation_id="",
            what=Rang(verb="registry.import"),
        )
        decision = await FlowRun(store=self.store).run(
            missed_posts(self.announcements, before, after, event, self.content)
        )
        return [self._post(effect) for effect in decision.effects if isinstance(effect, Post)]

    def _post(self, post: Post) -> PostWrite:
        return PostWrite(
            recipient=post.to,
            slot=post.slot,
            message=post.message,
            group=post.group,
            urgency=post.urgency,
            due_at=self.at,
            expires_at=post.expires_at,
        )


# Imports of more people are written in pages; an interrupted import continues when it is started again. A step holds up
# the turns of a bot that runs beside it on the tiny store: 250 people for about 20 ms.
MAX_AT_ONCE: Final = 1_000
PORTION: Final = 250
LOST_VERB: Final = "handoff.lost"
LEFT_VERBS: Final = ("handoff.left", "classroom.left")
MOVED_VERB: Final = "handoff.moved"
# Fields of a person that an import keeps: all that do not come from the registry.
OWN: Final = names_from(Person, FieldSource.SETTING, FieldSource.USE)

Progress = Callable[[int, int], None]


async def apply_import(
    store: Store,
    plan: RegistryPlan,
    *,
    at: datetime,
    rng: RandomSource,
    former: FormerMarks,
    content: Content,
    by: str = OPERATOR,
    progress: Progress | None = None,
) -> None:
    """Change the registry to match the plan.

    Args:
        at: now.
        rng: ids of audit entries.
        former: marks people removed from the registry, barring them from choosing a municipality; lifts the mark when
            they return.
        content: units, channels, and the texts of announcements for late recipients.
        by: actor in the audit log.
        progress: called with the number of people done and the total.
    Raises:
        StoreUnavailable: the store is unreachable, or conflicts do not end; start the import again to continue.
    """
    late_recipients = await LateRecipients.from_store(store, content, at=at)
    ids = plan.touched
    size = max(len(ids), 1) if len(ids) <= MAX_AT_ONCE else PORTION
    for start in range(0, len(ids), size):
        portion = ids[start : start + size]
        await _carry_out(store, plan, portion, at=at, rng=rng, former=former, late_recipients=late_recipients, by=by)
        if progress is not None:
            progress(start + len(portion), len(ids))


async def person_changes(
    store: Store,
    plan: RegistryPlan,
    ids: Sequence[str],
    *,
    at: datetime,
    rng: RandomSource,
    former: FormerMarks,
    content: Content,
    by: str,
) -> Commit:
    """Return the changes that make a few people what the plan says, for a commit with further writes.

    A person not in ``plan.wanted`` leaves the registry. Raises StoreUnavailable.
    """
    late_recipients = await LateRecipients.from_store(store, content, at=at)
    page = _Page(plan=plan, at=at, rng=rng, former=former, late_recipients=late_recipients, by=by)
    await page.load_people(store, ids)
    for id_ in ids:
        await page.apply_changes(store, id_)
    await page.end_sessions(store)
    return page.to_commit()


async def note_refused(store: Store, faults: int, *, at: datetime, rng: RandomSource, by: str) -> None:
    """Record a refused import and its number of faults in the audit log. Raises StoreUnavailable."""
    act = Audit(act="registry.refused", subject="registry", by=by, details=(("faults", str(faults)),))
    entry = AuditEntry.from_act(act, id=rng.new_id("audit"), at=at)
    await store.commit(Commit(at=at, records=(write_of(Put(record=entry), {}),)))


async def _carry_out(
    store: Store,
    plan: RegistryPlan,
    ids: Sequence[str],
    *,
    at: datetime,
    rng: RandomSource,
    former: FormerMarks,
    late_recipients: LateRecipients,
    by: str,
) -> None:
    async def write_page() -> None:
        page = _Page(plan=plan, at=at, rng=rng, former=former, late_recipients=late_recipients, by=by)
        await page.load_people(store, ids)
        for id_ in ids:
            await page.apply_changes(store, id_)
        await page.end_sessions(store)
        await store.commit(page.commit())

    await retry_on_conflict(
        store, write_page, reason="the store is written to too often; start the import again to go on"
    )


@dataclass(slots=True)
class _Counts:
    added: int = 0
    changed: int = 0
    removed: int = 0
    joined: int = 0


class _Page(CommitDraft):
    """Collects the changes of one page of people into one commit."""

    def __init__(
        self,
        *,
        plan: RegistryPlan,
        at: datetime,
        rng: RandomSource,
        former: FormerMarks,
        late_recipients: LateRecipients,
        by: str,
    ) -> None:
        super().__init__(at=at, rng=rng, by=by)
        self._plan = plan
        self._former = former
        self._taken = {
            identity(colleague.tenant_id, colleague.object_id)
            for colleague in plan.wanted.values()
            if colleague.tenant_id and colleague.object_id
        }
        self._late_recipients = late_recipients
        self._channels = late_recipients.content.channels
        self._people: dict[str, Person] = {}
        self._profiles: dict[str, AmbassadorProfile] = {}
        self._losing: list[str] = []
        self._counts = _Counts()
        self._changed: list[tuple[Person | None, Person | None]] = []

    async def load_people(self, store: Store, ids: Sequence[str]) -> None:
        """Read the current people and profiles."""
        strangers = [self._plan.strangers[id_].id for id_ in ids if id_ in self._plan.strangers]
        rows = await store.get(
            [Key(kind=kind.KIND, id=id_) for id_ in (*ids, *strangers) for kind in (Person, AmbassadorProfile)]
        )
        for key, stored in rows.items():
            self.versions[key] = stored.version
            if key.kind == Person.KIND:
                self._people[key.id] = decode(Person, stored)
            else:
                self._profiles[key.id] = decode(AmbassadorProfile, stored)

    async def apply_changes(self, store: Store, person_id: str) -> None:
        """Add the planned changes of one person."""
        wanted, before = self._plan.wanted.get(person_id), self._people.get(person_id)
        after: Person | None = None
        if wanted is not None:
            stranger = await self._join(store, person_id)
            after = self._merged(wanted, before, stranger)
            self.put(after)
            self._note_identity(before, after)
            self.posts += await self._late_recipients.posts(before or stranger, after)
            self._counts.added += before is None or not before.registered
            self._counts.changed += before is not None and before.registered
            self._note_move(before, after)
        elif before is not None:
            self._counts.removed += 1
            await self._remove_person(store, before)
        self._changed.append((before, after))
        if before is not None and loses_rights(before, after):
            self._losing.append(before.id)
        if before is not None and after is not None and before.municipality_id not in {None, after.municipality_id}:
            self.timers += _left_timers(person_id, self.at)  # none of their questions and seats stay there
        if self._change_profile(person_id) or _no_contact_now(before, after):
            # This timer finds and reassigns only the cases on the worklist that the person can no longer handle.
            self.timers.append(
                TimerWrite(key=f"handoff/lost/{person_id}", at=self.at, verb=LOST_VERB, data={"person_id": person_id})
            )

    def commit(self) -> Commit:
        """Return all changes as one commit, with audit entries of the numbers and of each role given or taken."""
        counts = [(name, str(getattr(self._counts, name))) for name in self._counts.__slots__]
        self.note("registry.imported", "registry", *counts)
        for before, after in self._changed:
            self._note_roles(before, after)
        return self.to_commit()

    async def end_sessions(self, store: Store) -> None:
        """End sessions and unused sign-in links of people with reduced rights.

        A concurrent sign-in is a conflict.
        """
        for start in range(0, len(self._losing), PORTION):
            terms = [f"person:{id_}" for id_ in self._losing[start : start + PORTION]]
            for kind in (WebSession, SignInLink):
                for stored in await store.find_any(kind.KIND, terms):
                    self.records.append(RecordWrite(key=stored.key, body=None))
                    self.ended.add(str(stored.body["person_id"]))

    def _note_identity(self, before: Person | None, after: Person) -> None:
        """Lift the marks of a joining or returning person.

        Also mark an account that no registry entry has any more.
        """
        if before is None or not before.registered or before.account != after.account:
            self.records += self._former.lifts(after)
        lost = before.account if before is not None and before.registered else None
        if lost is not None and lost != after.account and identity(*lost) not in self._taken:
            self.records += self._former.puts([self._former.account_mark(lost)], at=self.at)

    def _note_roles(self, before: Person | None, after: Person | None) -> None:
        """Note the roles that a person gets or loses, each with its municipality."""
        had, has = (rights(person) if person is not None else frozenset() for person in (before, after))
        for act, person, changed in (("registry.revoked", before, had - has), ("registry.granted", after, has - had)):
            roles = sorted(role for role, _ in changed if role is not Role.EMPLOYEE)
            if person is not None and roles:
                place = ("municipality", person.municipality_id or "")
                self.note(act, person.id, ("roles", ",".join(roles)), place, about_person=True)

    def _note_move(self, before: Person | None, after: Person) -> None:
        """Let open questions follow a person to another municipality."""
        if before is None or before.municipality_id in (None, after.municipality_id):
            return
        key = f"handoff/moved/{after.id}"
        self.timers.append(TimerWrite(key=key, at=self.at, verb=MOVED_VERB, data={"person_id": after.id}))

    async def _join(self, store: Store, person_id: str) -> Person | None:
        planned = self._plan.strangers.get(person_id)
        stranger = self._people.get(planned.id) if planned else None
        if stranger is None:
            return None
        joined = await merge_persons(store, stranger, person_id, at=self.at)
        self.include(joined)
        self.delete_record(Person, stranger.id)
        self._losing.append(stranger.id)
        self._counts.joined += 1
        self.note("registry.joined", person_id, ("was", stranger.id), about_person=True)
        return stranger

    def _merged(self, wanted: Colleague, before: Person | None, stranger: Person | None) -> Person:
        """Return the person from the file, keeping the language they chose and their own history."""
        own = before or stranger
        if own is None:
            return self._channels.with_openings(person_of(wanted, at=self.at, addresses={}))
        if before is not None and stranger is not None and before.last_channel is None:
            own = replace(stranger, created_at=before.created_at)
        chosen = own.language_chosen or (stranger is not None and before is None)
        file = person_of(wanted, at=own.created_at, addresses=own.addresses)
        if own.account is not None and own.account != file.account:
            # These chats belong to their former account; the bot must not write there any more.
            own = self._channels.without_account(own)
        kept = {name: getattr(own, name) for name in OWN}
        return self._channels.with_openings(replace(file, **kept, language=own.language if chosen else file.language))

    async def _remove_person(self, store: Store, person: Person) -> None:
        """Remove a person from the registry. If they never used the bot, only the marks remain."""
        elsewhere = identity(person.tenant_id or "", person.object_id or "") in self._taken
        marks = self._former.marks_of(person)[:1] if elsewhere else self._former.marks_of(person)
        self.records += self._former.puts(marks, at=self.at)
        # The pages of the desk count as no visit, but one may sign up for a course there.
        if _never_came(person) and not await store.count(Enrolment.KIND, f"person:{person.id}"):
            # A provider account that signed in and wrote nothing goes with the person.
            accounts = [stored.key for stored in await store.find(SignInAccount.KIND, f"person:{person.id}")]
            self.records += self._former.puts([key.id for key in accounts], at=self.at)
            self.records += [RecordWrite(key=key, body=None) for key in accounts]
            self.delete_record(Person, person.id)
            self.timers.append(forget_timer(person.id, self.at))
            return
        self.put(
            replace(
                person,
                municipality_id=None,
                unit_id=None,
                email=None,
                roles=frozenset({Role.EMPLOYEE}),
                object_id=None if elsewhere else person.object_id,
                tenant_id=None if elsewhere else person.tenant_id,
                registered=False,
                left=True,
            )
        )
        self.timers += _left_timers(person.id, self.at)
        # Cancel pending announcement messages that were not shown yet.
        self.posts += [
            PostWrite(recipient=person.id, slot=delivery.slot, message=None, due_at=self.at)
            for delivery in await store.deliveries_of_recipient(person.id, limit=10_000)
            if delivery.status in PENDING and delivery.group is not None and delivery.reference is None
        ]

    def _change_profile(self, person_id: str) -> bool:
        """Update the ambassador. Return whether their current cases may have to move."""
        wanted, profile = self._plan.helpers.get(person_id), self._profiles.get(person_id)
        if wanted is None and (profile is None or not profile.ambassador.active):
            return False
        if wanted is not None and profile is None:
            self.put(AmbassadorProfile(ambassador=wanted, joined_at=self.at))
            return False
        if profile is None or profile.ambassador == wanted:
            return False
        if wanted is not None:
            self.put(profile.changed(_differing(profile.ambassador, wanted), by=IMPORT, at=self.at, ambassador=wanted))
        elif person_id not in self._plan.wanted and _never_came(self._people.get(person_id)):
            self.delete_record(AmbassadorProfile, person_id)
        else:
            gone = replace(profile.ambassador, active=False)
            self.put(profile.changed("active", by=IMPORT, at=self.at, ambassador=gone))
        return True


def _left_timers(person_id: str, at: datetime) -> tuple[TimerWrite, ...]:
    """Return the timers that withdraw a person's questions and free the seats in a municipality they have left."""
    data = {"person_id": person_id}
    return tuple(
        TimerWrite(key=f"{verb.replace('.', '/')}/{person_id}", at=at, verb=verb, data=data) for verb in LEFT_VERBS
    )


def _differing(before: Ambassador, after: Ambassador) -> str:
    return " ".join(field.name for field in fields(before) if getattr(before, field.name) != getattr(after, field.name))


def _no_contact_now(before: Person | None, after: Person | None) -> bool:
    """Return whether the person stops being the contact of a municipality."""
    if before is None or not before.has(Role.CONTACT):
        return False
    return after is None or not after.has(Role.CONTACT) or after.municipality_id != before.municipality_id


def _never_came(person: Person | None) -> bool:
    return person is None or (person.last_channel is None and not person.welcomed)
