"""Create, replace, patch and delete accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from scim2_models import Context, PatchOp

from bot.directory.reserved import is_reserved
from bot.ports import Key
from bot.records.codec import decode
from bot.scim.account import check_account
from bot.scim.change import Parts, ScimChange
from bot.scim.config import ScimSource
from bot.scim.dialect import spread
from bot.scim.fault import ScimFault
from bot.scim.reading import Read, ScimReader
from bot.scim.resources import TOLERANT, WorkAccount
from dialogs.core.person import Person, account_person_id, is_guest_id
from dialogs.provisioning.model import ScimUser, external_term, name_term
from knowledge.organisation.importers.people import is_person_id

# Attributes that have a field of their own, or that the server sets.
_APART: Final = ("id", "externalId", "meta", "groups")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Accounts of one municipality, in one request."""

    parts: Parts
    source: ScimSource
    reader: ScimReader
    at: datetime

    async def create(self, body: Mapping[str, Any]) -> str:
        """Add an account and return its id. Raises ScimFault, Conflict, StoreUnavailable."""
        wanted = WorkAccount.model_validate(body, scim_ctx=Context.RESOURCE_CREATION_REQUEST, scim_policy=TOLERANT)
        resource, external_id, active = _parts_of(wanted)
        check_account(body, resource, self.source)
        change = await ScimChange.begin(self.parts, self.source, at=self.at)
        await self._is_free(resource["userName"], external_id, but="")
        person_id = await self._person_id(external_id)
        await self._replace_waiting(person_id, change)
        user = ScimUser(
            id=self.parts.rng.new_id("scim-user"),
            person_id=person_id,
            municipality_id=self.source.municipality,
            external_id=external_id,
            user_name=resource["userName"],
            resource=resource,
            active=active,
            created_at=self.at,
            changed_at=self.at,
        )
        await change.keep(None, user, ())
        await change.commit()
        return user.id

    async def replace(self, user: Read, body: Mapping[str, Any]) -> None:
        """Replace the attributes of an account. Raises as ``create``."""
        original = WorkAccount.model_validate(self.reader.shown_user(user, ()))
        wanted = WorkAccount.model_validate(body, scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST, scim_policy=TOLERANT)
        wanted.replace(original)
        await self._keep(user, wanted, body)

    async def patch(self, user: Read, body: Mapping[str, Any]) -> None:
        """Apply operations to an account. Raises as ``create``."""
        wanted = WorkAccount.model_validate(self.reader.shown_user(user, ()))
        operations = PatchOp[WorkAccount].model_validate(
            spread(body), scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=TOLERANT
        )
        operations.patch(wanted, TOLERANT)
        await self._keep(user, wanted, body)

    async def delete(self, user: Read) -> None:
        """Delete an account. Raises Conflict, StoreUnavailable."""
        change = await ScimChange.begin(self.parts, self.source, at=self.at)
        change.versions[Key(kind=ScimUser.KIND, id=user.record.id)] = user.version
        await change.drop(user.record)
        await change.commit()

    async def _keep(self, user: Read, wanted: Any, body: Mapping[str, Any]) -> None:
        before: ScimUser = user.record
        resource, external_id, active = _parts_of(wanted)
        check_account(body, resource, self.source)
        await self._is_free(resource["userName"], external_id, but=before.id)
        person_id = before.person_id
        if external_id != before.external_id:
            person_id = await self._relinked(before, external_id)
        after = replace(
            before,
            person_id=person_id,
            external_id=external_id,
            user_name=resource["userName"],
            resource=resource,
            active=active,
        )
        if after == before:
            return
        change = await ScimChange.begin(self.parts, self.source, at=self.at)
        change.versions[Key(kind=ScimUser.KIND, id=before.id)] = user.version
        groups = [each.record for each in await self.reader.groups()] if before.groups else []
        await change.keep(before, replace(after, changed_at=self.at), groups)
        await change.commit()

    async def _relinked(self, before: ScimUser, external_id: str) -> str:
        """Return the person of an account with a new id in the directory: the same, unless it is another's."""
        found = await self._known(external_id)
        if found is not None and found.id != before.person_id:
            raise ScimFault(409, "This externalId belongs to another account", "uniqueness")
        return before.person_id

    async def _is_free(self, user_name: str, external_id: str, *, but: str) -> None:
        here = self.source.municipality
        terms = [name_term(here, user_name), *([external_term(here, external_id)] if external_id else [])]
        found = await self.parts.store.find_any(ScimUser.KIND, terms)
        if any(each.key.id != but for each in found):
            raise ScimFault(409, "An account with this userName or externalId exists", "uniqueness")

    async def _known(self, external_id: str) -> Person | None:
        """Return the person an id in the directory leads to. Raises ScimFault: one of another municipality."""
        person: Person | None = None
        if self.source.tenant_id and external_id:
            found = await self.parts.store.find(Person.KIND, f"entra:{self.source.tenant_id}/{external_id.lower()}")
            people = sorted((decode(Person, each) for each in found), key=lambda each: not each.registered)
            person = people[0] if people else None
        elif _may_be_person_id(external_id):
            key = Key(kind=Person.KIND, id=external_id)
            stored = (await self.parts.store.get([key])).get(key)
            person = decode(Person, stored) if stored is not None else None
        if person is not None and person.registered and person.municipality_id != self.source.municipality:
            # Until their municipality removes them: no directory takes a person of another one.
            raise ScimFault(409, "This person cannot be added now; try again later", "uniqueness")
        return person

    async def _person_id(self, external_id: str) -> str:
        """Return the id of the account's person, known or new."""
        if self.source.tenant_id:
            try:
                UUID(external_id)
            except ValueError:
                raise ScimFault(
                    400, "externalId must be the Entra object id: map objectId to externalId", "invalidValue"
                ) from None
        known = await self._known(external_id)
        if known is not None:
            return known.id
        if self.source.tenant_id:
            return account_person_id(self.source.tenant_id, external_id.lower())
        organisation = self.parts.content.organisation
        if _may_be_person_id(external_id) and not is_reserved(external_id, organisation):
            return external_id
        return self.parts.rng.new_id("scim")

    async def _replace_waiting(self, person_id: str, change: ScimChange) -> None:
        """Take the place of a deleted account of the person; a person has one account."""
        for each in await self.parts.store.find(ScimUser.KIND, f"person:{person_id}"):
            other = decode(ScimUser, each)
            if other.municipality_id != self.source.municipality or not other.deleted:
                raise ScimFault(409, "This person has an account already", "uniqueness")
            change.versions[each.key] = each.version
            change.delete_record(other)


def _may_be_person_id(external_id: str) -> bool:
    return is_person_id(external_id) and not is_guest_id(external_id)


def _parts_of(wanted: Any) -> tuple[dict[str, Any], str, bool]:
    """Return the attributes to keep, the id in the directory, and whether the account is active."""
    resource = wanted.model_dump(scim_ctx=Context.DEFAULT)
    user_name = str(resource.get("userName") or "").strip()
    if not user_name:
        raise ScimFault(400, "userName is required", "invalidValue")
    external_id, active = str(resource.get("externalId") or ""), resource.get("active")
    kept = {name: value for name, value in resource.items() if name not in _APART}
    return {**kept, "userName": user_name}, external_id, active is not False
