"""Plan a run: accounts to add, change and remove, and refused users. Nothing is changed here."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from bot.directory.current import every
from bot.graph.account import UserVerdict, judge, resource_of
from bot.graph.config import GraphFault, GraphSource, ResyncNeeded
from bot.graph.reading import DirectoryChanges, DirectoryReader
from bot.ports import Key, Store
from bot.records.codec import decode
from bot.scim.removals import removed_lately, removes_too_many
from dialogs.core.person import Person, account_person_id
from dialogs.provisioning.model import ScimCounts, ScimUser, elsewhere_term, external_term

# Records found by terms at once.
PORTION: Final = 200
# Users looked up one by one; with more of them, reading everything is faster.
MOST_LOOKUPS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAccount:
    """A stored account and its version."""

    record: ScimUser
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStep:
    """One account that changes: ``after`` None deletes it. ``replaced``: a deleted account of the same person."""

    before: KnownAccount | None
    after: ScimUser | None
    replaced: KnownAccount | None = None

    @property
    def person_id(self) -> str:
        """The person of the account."""
        if self.after is not None:
            return self.after.person_id
        return self.before.record.person_id if self.before is not None else ""

    @property
    def removes(self) -> bool:
        """Whether an active account is no longer active."""
        was = self.before is not None and self.before.record.active
        return was and (self.after is None or not self.after.active)


@dataclass(slots=True, kw_only=True)
class GraphPlan:
    """All steps of one run.

    Attributes:
        active: accounts that are active now.
        gone: accounts that left within the last day.
        refused: number of refused users, by verdict.
    """

    full: bool
    active: int
    gone: int = 0
    steps: list[AccountStep] = field(default_factory=list)
    refused: Counter[UserVerdict] = field(default_factory=Counter)

    @property
    def removals(self) -> int:
        """How many active accounts leave."""
        return sum(step.removes for step in self.steps)

    def removes_too_many(self, share: float) -> bool:
        """Return whether more than ``share`` of the accounts would leave within a day."""
        return removes_too_many(self.removals + self.gone, self.active + self.gone, share)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Newcomer:
    """A user without an active account, and the object ids of the groups they are in."""

    id: str
    user: Mapping[str, Any]
    groups: frozenset[str]


@dataclass(slots=True, kw_only=True)
class Planner:
    """Compares a reading with the stored accounts of one municipality."""

    store: Store
    source: GraphSource
    reader: DirectoryReader
    changes: DirectoryChanges
    at: datetime
    _accounts: dict[str, KnownAccount] = field(default_factory=dict)
    _joined: Mapping[str, frozenset[str]] = field(init=False)
    _left: Mapping[str, frozenset[str]] = field(init=False)
    _plan: GraphPlan = field(init=False)

    async def plan(self) -> GraphPlan:
        """Return the plan. Raises GraphFault; ResyncNeeded: too much changed to look at each user."""
        self._check_groups()
        here, changes = self.source.municipality, self.changes
        key = Key(kind=ScimCounts.KIND, id=here)
        counts = (await self.store.get([key])).get(key)
        self._plan = GraphPlan(
            full=changes.full,
            active=await self.store.count(ScimUser.KIND, f"active:{here}"),
            gone=removed_lately(decode(ScimCounts, counts), self.at) if counts is not None else 0,
        )
        self._joined, self._left = _by_member(changes.joined), _by_member(changes.left)
        came = {*changes.users} if changes.full else {*changes.users, *self._joined, *self._left}
        await self._load(came)
        new: list[_Newcomer] = []
        for number, id_ in enumerate(sorted(came | {*self._accounts})):
            await _let_others_run(number)
            account = self._accounts.get(id_)
            if account is None or not account.record.active:
                user = changes.users.get(id_) or {}
                new.append(_Newcomer(id=id_, user=user, groups=self._groups_of(id_, account)))
            else:
                self._change(id_, account)
        await self._add(new if changes.full else await self._undecided(new, came))
        if changes.full:
            await self._sweep()
        return self._plan

    def _check_groups(self) -> None:
        """Refuse to go on without a group of the scope or of pupils. Raises GraphFault."""
        source, changes = self.source, self.changes
        for name in (*source.scope.groups, *source.pupils.groups):
            if changes.groups[name] in changes.gone:
                raise GraphFault("group_gone", name)

    async def _load(self, touched: Iterable[str]) -> None:
        """Read the stored accounts: all, or those that changed and those that are refused for now."""
        here = self.source.municipality
        if self.changes.full:
            after = ""
            while page := await self.store.find(ScimUser.KIND, f"municipality:{here}", after=after, limit=PORTION):
                self._keep(page)
                after = page[-1].key.id
                await asyncio.sleep(0)
            return
        self._keep(await self.store.find(ScimUser.KIND, elsewhere_term(here)))
        for portion in _portions(sorted(touched)):
            self._keep(await self.store.find_any(ScimUser.KIND, [external_term(here, id_) for id_ in portion]))
        for gone in self.changes.gone:
            self._keep(await self.store.find(ScimUser.KIND, f"group:{group_record_id(self.source.municipality, gone)}"))

    def _keep(self, kept: Sequence[Any]) -> None:
        for stored in kept:
            record = decode(ScimUser, stored)
            self._accounts[record.external_id.lower()] = KnownAccount(record=record, version=stored.version)

    def _groups_of(self, id_: str, account: KnownAccount | None) -> frozenset[str]:
        """Return the object ids of a user's groups, of those that rules name."""
        changes, joined = self.changes, self._joined.get(id_, frozenset())
        if changes.full or account is None:
            return joined - changes.gone
        here = self.source.municipality
        # Only named groups: members of groups of pupils have no account.
        before = {
            group_id for group_id in changes.groups.values() if group_record_id(here, group_id) in account.record.groups
        }
        return frozenset(((before - self._left.get(id_, frozenset())) | joined) - changes.gone)

    def _change(self, id_: str, account: KnownAccount) -> None:
        """Plan what becomes of an active account."""
        user = self.changes.users.get(id_, {} if not self.changes.full else None)
        if user is None:
            self._plan.steps.append(AccountStep(before=account, after=None))
            return
        groups = self._groups_of(id_, account)
        before = account.record
        # A property that does not come has not changed, and was looked at when it came.
        verdict = judge(user, groups, self.source, self.changes)
        if verdict not in {UserVerdict.EMPLOYEE, UserVerdict.DISABLED}:
            self._refuse(verdict, account)
            return
        # In a full reading a property that does not come was never set, or is empty now.
        resource = resource_of(user, {} if self.changes.full else before.resource)
        after = replace(
            before,
            resource=resource,
            user_name=str(resource.get("userName") or before.user_name),
            groups=self._records_of(groups),
            active=verdict is UserVerdict.EMPLOYEE,
        )
        if after != before or self.changes.full:
            self._plan.steps.append(AccountStep(before=account, after=replace(after, changed_at=self.at)))

    async def _add(self, new: Sequence["_Newcomer"]) -> None:
        """Plan accounts that are not active yet: of new, returned and so far refused users."""
        admitted: list[_Newcomer] = []
        for number, newcomer in enumerate(new):
            await _let_others_run(number)
            if not newcomer.user:
                self._delete(newcomer.id)
                continue
            verdict = judge(newcomer.user, newcomer.groups, self.source, self.changes)
            if verdict is UserVerdict.EMPLOYEE and newcomer.user.get("userPrincipalName"):
                admitted.append(newcomer)
            elif verdict is UserVerdict.DISABLED:
                self._plan.refused[verdict] += 1
            else:
                self._refuse(
                    UserVerdict.TEXT if verdict is UserVerdict.EMPLOYEE else verdict, self._accounts.get(newcomer.id)
                )
        for portion in _portions(admitted):
            await self._add_portion(portion)
            await asyncio.sleep(0)

    async def _undecided(self, new: Sequence["_Newcomer"], came: Collection[str]) -> Sequence["_Newcomer"]:
        """Return those that may become employees, with all their properties and groups.

        Only changed properties come with a delta query, and members of a group come without any. Raises ResyncNeeded:
        there are too many to ask for each.
        """
        busy = await self._busy_elsewhere(
            [newcomer.id for newcomer in new if newcomer.id in self._accounts and newcomer.id not in came]
        )
        self._plan.refused[UserVerdict.ELSEWHERE] += len(busy)
        open_ = [newcomer for newcomer in new if newcomer.id not in busy and not self._is_settled(newcomer)]
        if len(open_) > MOST_LOOKUPS:
            raise ResyncNeeded
        watched = self.changes.watched
        newcomers = []
        for newcomer in open_:
            user = await self.reader.user(newcomer.id) or {}
            groups = await self.reader.groups_of(newcomer.id) & watched if user and watched else frozenset()
            newcomers.append(_Newcomer(id=newcomer.id, user=user, groups=groups))
        return newcomers

    async def _busy_elsewhere(self, ids: Sequence[str]) -> frozenset[str]:
        """Return the refused users that are still in another municipality."""
        keys = {Key(kind=Person.KIND, id=self._accounts[id_].record.person_id): id_ for id_ in ids}
        people = [decode(Person, stored) for stored in (await self.store.get(list(keys))).values()]
        return frozenset(
            keys[Key(kind=Person.KIND, id=person.id)]
            for person in people
            if person.registered and person.municipality_id != self.source.municipality
        )

    def _is_settled(self, new: "_Newcomer") -> bool:
        """Return whether the received data suffices to leave an unknown user out."""
        if new.id in self._accounts:
            return False
        if self.changes.users.get(new.id, {}) is None:
            return True
        scope = {self.changes.groups[name] for name in self.source.scope.groups}
        verdict = judge(new.user, new.groups | scope, self.source, self.changes)
        if verdict is not UserVerdict.EMPLOYEE:
            self._plan.refused[verdict] += 1
        return verdict is not UserVerdict.EMPLOYEE

    async def _add_portion(self, portion: Sequence["_Newcomer"]) -> None:
        """Plan the accounts of employees, unless another municipality has the person."""
        here, tenant = self.source.municipality, self.source.tenant_id
        people: dict[str, Person] = {}
        for stored in await self.store.find_any(Person.KIND, [f"entra:{tenant}/{newcomer.id}" for newcomer in portion]):
            person = decode(Person, stored)
            if person.object_id and (person.object_id not in people or person.registered):
                people[person.object_id] = person
        ids = {
            newcomer.id: people[newcomer.id].id if newcomer.id in people else account_person_id(tenant, newcomer.id)
            for newcomer in portion
        }
        deleted = await self._deleted_accounts([*ids.values()])
        for newcomer in portion:
            known = people.get(newcomer.id)
            foreign = known is not None and known.registered and known.municipality_id != here
            account = self._accounts.get(newcomer.id)
            after = self._new_account(newcomer, account, ids[newcomer.id], foreign=foreign)
            if foreign:
                self._plan.refused[UserVerdict.ELSEWHERE] += 1
                if account is not None and replace(after, changed_at=account.record.changed_at) == account.record:
                    continue
            replaced = deleted.get(after.person_id)
            if replaced is not None and replaced.record.id == after.id:
                account, replaced = replaced, None
            self._plan.steps.append(AccountStep(before=account, after=after, replaced=replaced))

    async def _deleted_accounts(self, person_ids: Sequence[str]) -> Mapping[str, KnownAccount]:
        """Return the deleted accounts with a waiting removal, by person."""
        deleted = {}
        for stored in await self.store.find_any(ScimUser.KIND, [f"person:{id_}" for id_ in person_ids]):
            record = decode(ScimUser, stored)
            if record.deleted and record.municipality_id == self.source.municipality:
                deleted[record.person_id] = KnownAccount(record=record, version=stored.version)
        return deleted

    def _new_account(
        self, new: "_Newcomer", account: KnownAccount | None, person_id: str, *, foreign: bool
    ) -> ScimUser:
        resource = resource_of(new.user, {})
        return ScimUser(
            id=account.record.id if account else f"graph-{self.source.municipality}-{new.id}",
            person_id=person_id,
            municipality_id=self.source.municipality,
            external_id=new.id,
            user_name=str(resource["userName"]),
            resource=resource,
            groups=self._records_of(new.groups),
            roles=account.record.roles if account else frozenset(),
            active=not foreign,
            elsewhere=foreign,
            created_at=account.record.created_at if account else self.at,
            changed_at=self.at,
        )

    def _refuse(self, verdict: UserVerdict, account: KnownAccount | None) -> None:
        """Count a refused user; their account is deleted."""
        self._plan.refused[verdict] += 1
        # A text that must not be stored is not: the account stays as it was.
        if account is not None and verdict is not UserVerdict.TEXT:
            self._plan.steps.append(AccountStep(before=account, after=None))

    def _delete(self, id_: str) -> None:
        if (account := self._accounts.get(id_)) is not None:
            self._plan.steps.append(AccountStep(before=account, after=None))

    async def _sweep(self) -> None:
        """Remove people of this tenant that came from a file and are not in the directory."""
        here, tenant = self.source.municipality, self.source.tenant_id
        kept = {step.after.person_id for step in self._plan.steps if step.after is not None}
        kept |= {account.record.person_id for account in self._accounts.values()}
        seen = 0
        async for person in every(self.store, Person, f"municipality:{here}"):
            if not person.registered or not person.object_id or (person.tenant_id or "").lower() != tenant:
                continue
            await _let_others_run(seen)
            seen += 1
            if person.id in kept:
                continue
            account = ScimUser(
                id=f"graph-{here}-{person.object_id}",
                person_id=person.id,
                municipality_id=here,
                user_name=person.id,
                resource={},
                active=True,
                created_at=self.at,
                changed_at=self.at,
            )
            self._plan.steps.append(AccountStep(before=KnownAccount(record=account, version=0), after=None))
        # Before the first run there are people, and no accounts yet.
        self._plan.active = max(self._plan.active, seen)

    def _records_of(self, groups: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(group_record_id(self.source.municipality, group) for group in groups))


def group_record_id(municipality_id: str, group_id: str) -> str:
    """Return the id of the record of a group."""
    return f"graph-{municipality_id}-{group_id}"


async def _let_others_run(number: int) -> None:
    """Give the event loop to others now and then, since the bot answers meanwhile."""
    if number % PORTION == 0:
        await asyncio.sleep(0)


def _by_member(groups: Mapping[str, set[str]]) -> Mapping[str, frozenset[str]]:
    """Return the groups of each member."""
    by_member: dict[str, set[str]] = {}
    for group, members in groups.items():
        for member in members:
            by_member.setdefault(member, set()).add(group)
    return {member: frozenset(ids) for member, ids in by_member.items()}


def _portions(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + PORTION] for start in range(0, len(items), PORTION))
