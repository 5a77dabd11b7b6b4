"""Create, replace, patch and delete groups; roles follow their members."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from scim2_models import Context, PatchOp

from bot.ports import Key
from bot.records.codec import decode
from bot.scim.change import Parts, ScimChange
from bot.scim.config import ScimSource
from bot.scim.dialect import MOST_MEMBERS, MemberChanges, ids_of, split_members
from bot.scim.fault import PupilRefused, ScimFault
from bot.scim.reading import Read, ScimReader
from bot.scim.resources import TOLERANT, AccountGroup
from dialogs.provisioning.model import ScimGroup, ScimUser


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Groups of one municipality, in one request."""

    parts: Parts
    source: ScimSource
    reader: ScimReader
    at: datetime

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
        change = await self._begun(group)
        everything = MemberChanges(all=True)
        others = [each.record for each in await self.reader.groups() if each.record.id != group.record.id]
        await self._move(change, group.record, everything, others)
        change.delete_record(group.record)
        change.note("scim.group_deleted", group.record.id)
        await change.commit()

    async def _keep(self, before: Read | None, after: ScimGroup, members: MemberChanges) -> None:
        if not after.name.strip():
            raise ScimFault(400, "displayName is required", "invalidValue")
        if self.source.pupil_rule.is_group(after.name, after.external_id) or self.source.pupils.source:
            raise PupilRefused("group")
        change = await self._begun(before)
        groups = [after, *(each.record for each in await self.reader.groups() if each.record.id != after.id)]
        if before is not None and _names(before.record) != _names(after):
            # Its roles follow from its names, so everyone in it is looked at again.
            current = await self.reader.members(after.id)
            members.added |= {each.record.id for each in current} - members.removed if not members.all else set()
        moved = await self._move(change, after, members, groups)
        change.store_record(after)
        change.note("scim.group_created" if before is None else "scim.group_changed", after.id, ("members", str(moved)))
        await change.commit()

    async def _begun(self, group: Read | None) -> ScimChange:
        change = await ScimChange.begin(self.parts, self.source, at=self.at)
        if group is not None:
            change.versions[Key(kind=ScimGroup.KIND, id=group.record.id)] = group.version
        return change

    async def _move(self, change: ScimChange, group: ScimGroup, members: MemberChanges, groups: list[ScimGroup]) -> int:
        """Let accounts join and leave the group, and return their number."""
        current = {each.record.id: each for each in await self.reader.members(group.id)} if members.all else {}
        leaving = (set(current) - members.added) | members.removed
        if len(leaving) + len(members.added) > MOST_MEMBERS:
            raise ScimFault(413, f"More than {MOST_MEMBERS} members in one request")
        keys = [Key(kind=ScimUser.KIND, id=id_) for id_ in sorted(leaving | members.added)]
        found = await self.parts.store.get(keys)
        for key in keys:
            stored = found.get(key)
            user = decode(ScimUser, stored) if stored is not None else None
            if stored is None or user is None or user.municipality_id != group.municipality_id or user.deleted:
                if key.id in members.added:
                    raise ScimFault(400, f"There is no user {key.id}", "invalidValue")
                continue
            kept = tuple(each for each in user.groups if each != group.id)
            after = replace(user, groups=kept if key.id in leaving else tuple(sorted({*kept, group.id})))
            change.versions[key] = stored.version
            await change.regroup(user, after, groups)
        return len(keys)


def _names(group: ScimGroup) -> tuple[str, str]:
    return group.name, group.external_id


def _without_members(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key.lower() != "members"}


def _members_in(body: Mapping[str, Any]) -> MemberChanges:
    given = next((value for key, value in body.items() if key.lower() == "members"), None)
    return MemberChanges(added=ids_of(given) if given else set(), all=True)
