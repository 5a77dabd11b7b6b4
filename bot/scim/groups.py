"""Create, replace, patch and delete groups, in Entra's two dialects of a PATCH; roles follow their members."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from scim2_models import Context, PatchOp

from bot.ports import Key
from bot.records.codec import decode
from bot.records.conflict import retry_on_conflict
from bot.scim.change import Parts, ScimChange
from bot.scim.config import ScimSource
from bot.scim.fault import PupilRefused, ScimFault
from bot.scim.reading import Read, ScimReader
from bot.scim.resources import TOLERANT, AccountGroup
from bot.scim.turn import CommitTurn
from dialogs.provisioning.model import ScimGroup, ScimUser

# Entra's two dialects of a PATCH of members, read as sets of ids.

MOST_MEMBERS: Final = 5_000
MOST_OPERATIONS: Final = 1_000
# Of those on an account, or on a group besides its members: each costs more with every one before it.
MOST_CHANGES: Final = 100
_ONE: Final = re.compile(r'members\[\s*value\s+eq\s+"([^"\\]{1,200})"\s*\](?:\.value)?', re.IGNORECASE)


@dataclass(slots=True)
class MemberChanges:
    """Members to add and to remove; ``all`` removes those that are not added."""

    added: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    all: bool = False

    def join(self, ids: set[str]) -> None:
        self.added |= ids
        self.removed -= ids

    def leave(self, ids: set[str]) -> None:
        self.removed |= ids
        self.added -= ids

    def clear(self) -> None:
        self.all = True
        self.added.clear()
        self.removed.clear()


def split_members(body: Mapping[str, Any]) -> tuple[dict[str, Any], MemberChanges]:
    """Return a PATCH of a group without its operations on members, and those. Raises ScimFault."""
    changes, rest = MemberChanges(), []
    for operation in _operations(body):
        kept = _apply(operation, changes)
        if kept is not None:
            rest.append(kept)
    if len(changes.added) + len(changes.removed) > MOST_MEMBERS:
        raise ScimFault(413, f"More than {MOST_MEMBERS} members in one request")
    _check_number(rest)
    return {**_besides(body), "Operations": rest}, changes


def _apply(operation: Mapping[str, Any], changes: MemberChanges) -> dict[str, Any] | None:
    """Apply an operation on members; return what remains of it."""
    act = str(operation.get("op", "")).lower()
    path, value = operation.get("path"), operation.get("value")
    if path is None or path == "":
        return _without_path(act, operation, value, changes)
    name = str(path).rpartition(":")[2]
    if (member := _ONE.fullmatch(name)) is not None and act == "remove":
        changes.leave({member[1]})
        return None
    if name.lower() in {"members", "members.value"}:
        _on_members(act, value, changes)
        return None
    return dict(operation)


def _without_path(act: str, operation: Mapping[str, Any], value: Any, changes: MemberChanges) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return dict(operation)
    others = {key: given for key, given in value.items() if key.lower() != "members"}
    for key, given in value.items():
        if key not in others:
            _on_members(act, given, changes)
    return {**operation, "value": others} if others or not value else None


def _on_members(act: str, value: Any, changes: MemberChanges) -> None:
    match act:
        case "add":
            changes.join(ids_of(value))
        case "remove" if value is None:
            changes.clear()
        case "remove":
            changes.leave(ids_of(value))
        case "replace":
            changes.clear()
            changes.join(ids_of(value) if value is not None else set())
        case _:
            raise ScimFault(400, f"{act!r} is not a PATCH operation: add, remove or replace", "invalidSyntax")


def ids_of(value: Any) -> set[str]:
    """Return the ids of a list of members, of one member, or of plain ids. Raises ScimFault."""
    members: Sequence[Any] = value if isinstance(value, list) else [value]
    given = [member.get("value") if isinstance(member, dict) else member for member in members]
    ids = {id_ for id_ in given if isinstance(id_, str) and 0 < len(id_) <= 200}
    if not all(isinstance(id_, str) and id_ in ids for id_ in given):
        raise ScimFault(400, "A member must have a value, the id of a user", "invalidValue")
    return ids


def spread(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a PATCH in which a path with a filter is the path of an operation, never a key of a value.

    Entra without its newer dialect sends ``{"value": {"emails[type eq \\"work\\"].value": "…"}}``. Raises ScimFault.
    """
    rest: list[dict[str, Any]] = []
    for operation in _operations(body):
        value = operation.get("value")
        if operation.get("path") or not isinstance(value, dict):
            rest.append(operation)
            continue
        paths = {key: given for key, given in value.items() if "[" in key}
        plain = {key: given for key, given in value.items() if key not in paths}
        rest += [{**operation, "value": plain}] if plain or not paths else []
        rest += [{**operation, "path": key, "value": given} for key, given in paths.items()]
    _check_number(rest)
    return {**_besides(body), "Operations": rest}


def _check_number(operations: Sequence[object]) -> None:
    if len(operations) > MOST_CHANGES:
        raise ScimFault(413, f"More than {MOST_CHANGES} operations")


def _operations(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    operations = next((value for key, value in body.items() if key.lower() == "operations"), None)
    if (
        not isinstance(operations, list)
        or not operations
        or not all(isinstance(operation, dict) for operation in operations)
    ):
        raise ScimFault(400, "Operations must be a list of operations", "invalidSyntax")
    if len(operations) > MOST_OPERATIONS:
        raise ScimFault(413, f"More than {MOST_OPERATIONS} operations")
    return operations


def _besides(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key.lower() != "operations"}


# Accounts moved in one commit: less than 10 ms of the event loop on the tiny store.
PORTION: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Groups of one municipality, in one request. ``turn``: taken for each commit."""

    parts: Parts
    source: ScimSource
    reader: ScimReader
    at: datetime
    turn: CommitTurn

    async def create(self, body: Mapping[str, Any]) -> str:
        """Add a group with its members and return its id. Raises ScimFault, Conflict, StoreUnavailable."""
        wanted = AccountGroup.model_validate(
            _without_members(body), scim_ctx=Context.RESOURCE_CREATION_REQUEST, scim_policy=TOLERANT
        )
        group = ScimGroup(
            id=self.parts.rng.new_id("scim-group"),
            municipality_id=self.source.municipality,
            name=str(wanted.display_name),
            external_id=wanted.external_id or "",
            created_at=self.at,
            changed_at=self.at,
        )
        await self._keep(None, group, _members_in(body))
        return group.id

    async def replace(self, group: Read, body: Mapping[str, Any]) -> None:
        """Replace a group and its members. Raises as ``create``."""
        wanted = AccountGroup.model_validate(
            _without_members(body), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST, scim_policy=TOLERANT
        )
        after = replace(
            group.record, name=str(wanted.display_name), external_id=wanted.external_id or "", changed_at=self.at
        )
        await self._keep(group, after, _members_in(body))

    async def patch(self, group: Read, body: Mapping[str, Any]) -> None:
        """Apply operations to a group. Raises as ``create``."""
        rest, members = split_members(body)
        after: ScimGroup = group.record
        if rest["Operations"]:
            wanted = AccountGroup.model_validate(self.reader.shown_group(group))
            operations = PatchOp[AccountGroup].model_validate(
                rest, scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=TOLERANT
            )
            operations.patch(wanted, TOLERANT)
            after = replace(after, name=str(wanted.display_name), external_id=wanted.external_id or "")
        await self._keep(group, replace(after, changed_at=self.at), members)

    async def delete(self, group: Read) -> None:
        """Delete a group, with the roles it gave. Raises ScimFault, Conflict, StoreUnavailable."""
        others = [read.record for read in await self.reader.groups() if read.record.id != group.record.id]
        ids = frozenset(await self.reader.member_ids(group.record.id))
        rest = await self._move_all_but_last(group.record, _Moves(leaving=ids), others)
        async with self.turn.taken():
            change = await self._begun(group)
            await self._move(change, group.record, _Moves(leaving=frozenset(rest)), others)
            change.delete_record(type(group.record), group.record.id)
            change.note("scim.group_deleted", group.record.id)
            await change.commit()

    async def _keep(self, before: Read | None, after: ScimGroup, members: MemberChanges) -> None:
        if not after.name.strip():
            raise ScimFault(400, "displayName is required", "invalidValue")
        if reason := self.source.pupil_rule.reason(groups=(after.name, after.external_id)):
            raise PupilRefused(reason)
        groups = [after, *(read.record for read in await self.reader.groups() if read.record.id != after.id)]
        if before is not None and _names(before.record) != _names(after):
            # Its roles change: an account that changed meanwhile would have them by the former name.
            async with self.turn.taken():
                await self._apply(before, after, members, groups)
        else:
            await self._apply(before, after, members, groups)

    async def _apply(
        self, before: Read | None, after: ScimGroup, members: MemberChanges, groups: list[ScimGroup]
    ) -> None:
        moves = await self._moves(before, after, members)
        await self._check(moves, after)
        act = "scim.group_created" if before is None else "scim.group_changed"
        if before is None and len(moves.ids) > PORTION:
            # First, so that no account is in a group that does not exist.
            await self._store_group(None, after, act, _Moves(), groups, moved=len(moves.ids))
            await self._move_all_but_last(after, moves, groups, last=True)
            return
        # Last, so that a directory that sends the request once more begins where it was interrupted.
        rest = await self._move_all_but_last(after, moves, groups)
        await self._store_group(before, after, act, moves.only(rest), groups, moved=len(moves.ids))

    async def _store_group(
        self, before: Read | None, after: ScimGroup, act: str, moves: "_Moves", groups: list[ScimGroup], *, moved: int
    ) -> None:
        async with self.turn.taken():
            change = await self._begun(before)
            await self._move(change, after, moves, groups)
            change.put(after)
            change.note(act, after.id, ("members", str(moved)))
            await change.commit()

    async def _begun(self, group: Read | None) -> ScimChange:
        change = await ScimChange.begin(self.parts, self.source, at=self.at)
        if group is not None:
            change.versions[Key(kind=ScimGroup.KIND, id=group.record.id)] = group.version
        return change

    async def _moves(self, before: Read | None, after: ScimGroup, members: MemberChanges) -> "_Moves":
        """Return the accounts to move. Raises ScimFault: the request names too many."""
        if len(members.added) + len(members.removed) > MOST_MEMBERS:
            raise ScimFault(413, f"More than {MOST_MEMBERS} members in one request")
        renamed = before is not None and _names(before.record) != _names(after)
        current: set[str] = set()
        if before is not None and (members.all or renamed):
            current = set(await self.reader.member_ids(after.id))
        leaving = (current - members.added if members.all else set()) | members.removed
        # The roles of a group follow from its names, so every remaining member is looked at again.
        added = members.added | (current - leaving if renamed else set())
        return _Moves(joining=frozenset(added), named=frozenset(members.added), leaving=frozenset(leaving))

    async def _check(self, moves: "_Moves", group: ScimGroup) -> None:
        """Refuse members that do not exist before anything is written. Raises ScimFault."""
        named = sorted(moves.named)
        for start in range(0, len(named), PORTION):
            keys = [Key(kind=ScimUser.KIND, id=id_) for id_ in named[start : start + PORTION]]
            accounts = await self.parts.store.get(keys)
            for key in keys:
                if key not in accounts or not _is_here(decode(ScimUser, accounts[key]), group):
                    raise ScimFault(400, f"There is no user {key.id}", "invalidValue")
            await asyncio.sleep(0)

    async def _move_all_but_last(
        self, group: ScimGroup, moves: "_Moves", groups: list[ScimGroup], *, last: bool = False
    ) -> Sequence[str]:
        """Move accounts in portions of one commit each; return the last portion, which is left to the caller.

        Between portions the bot answers people. ``last``: move that one, too.
        """
        ids = sorted(moves.ids)
        full = range(0, len(ids) if last else max(len(ids) - PORTION, 0), PORTION)
        for start in full:
            await self._move_portion(group, moves.only(ids[start : start + PORTION]), groups)
            await asyncio.sleep(0)
        return ids[full.stop and full[-1] + PORTION :]

    async def _move_portion(self, group: ScimGroup, moves: "_Moves", groups: list[ScimGroup]) -> None:
        async with self.turn.taken():

            async def move_accounts() -> None:
                change = await self._begun(None)
                await self._move(change, group, moves, groups)
                await change.commit()

            await retry_on_conflict(self.parts.store, move_accounts, reason="the accounts are written too often")

    async def _move(self, change: ScimChange, group: ScimGroup, moves: "_Moves", groups: list[ScimGroup]) -> None:
        """Let accounts join and leave the group."""
        keys = [Key(kind=ScimUser.KIND, id=id_) for id_ in sorted(moves.ids)]
        accounts = await self.parts.store.get(keys)
        users = {key: decode(ScimUser, accounts[key]) for key in keys if key in accounts}
        users = {key: user for key, user in users.items() if _is_here(user, group)}
        await change.load_people([user.person_id for user in users.values()])
        for key, user in users.items():
            kept = tuple(group_id for group_id in user.groups if group_id != group.id)
            after = replace(user, groups=kept if key.id in moves.leaving else tuple(sorted({*kept, group.id})))
            change.versions[key] = accounts[key].version
            await change.regroup(user, after, groups)
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moves:
    """Accounts that join or stay, and accounts that leave; ``named``: those that the request adds."""

    joining: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    leaving: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        return self.joining | self.leaving

    def only(self, ids: Iterable[str]) -> "_Moves":
        """Return the part with these ids."""
        these = frozenset(ids)
        return _Moves(joining=self.joining & these, named=self.named & these, leaving=self.leaving & these)


def _is_here(user: ScimUser, group: ScimGroup) -> bool:
    return user.municipality_id == group.municipality_id and not user.deleted


def _names(group: ScimGroup) -> tuple[str, str]:
    return group.name, group.external_id


def _without_members(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key.lower() != "members"}


def _members_in(body: Mapping[str, Any]) -> MemberChanges:
    given = next((value for key, value in body.items() if key.lower() == "members"), None)
    return MemberChanges(added=ids_of(given) if given else set(), all=True)
