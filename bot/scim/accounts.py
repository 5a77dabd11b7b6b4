"""Create, replace, patch and delete accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from scim2_models import Context, PatchOp

from bot.ports import Key
from bot.records.codec import decode
from bot.scim.account import check_account, check_domain, name_of
from bot.scim.change import Parts, ScimChange
from bot.scim.config import ScimSource
from bot.scim.dialect import spread
from bot.scim.fault import ScimFault, of_another_municipality
from bot.scim.people import DirectoryPeople
from bot.scim.reading import Read, ScimReader
from bot.scim.resources import TOLERANT, WorkAccount
from dialogs.provisioning.model import ScimUser, external_term, name_term

# Attributes with a separate field, or set by the server.
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
        check_domain(resource["userName"], self.source)
        change = await ScimChange.begin(self.parts, self.source, at=self.at)
        await self._is_free(resource["userName"], external_id, but="")
        person_id = await self._people.id_of(external_id, name_of(resource))
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
        if resource["userName"] != before.user_name:  # an existing account can still be deactivated
            check_domain(resource["userName"], self.source)
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
        groups = [read.record for read in await self.reader.groups()] if before.groups else []
        await change.keep(before, replace(after, changed_at=self.at), groups)
        await change.commit()

    async def _relinked(self, before: ScimUser, external_id: str) -> str:
        """Return the person of an account with a new id in the directory: the same, unless it is another's."""
        if self.source.tenant_id:
            # Otherwise everyone's account could pass to another person, without a visible removal.
            raise ScimFault(400, "externalId is the Entra object id, which never changes", "mutability")
        person = await self._people.known(external_id)
        if person is not None and person.id != before.person_id:
            raise ScimFault(409, "This externalId belongs to another account", "uniqueness")
        return before.person_id

    async def _is_free(self, user_name: str, external_id: str, *, but: str) -> None:
        here = self.source.municipality
        terms = [name_term(here, user_name), *([external_term(here, external_id)] if external_id else [])]
        accounts = await self.parts.store.find_any(ScimUser.KIND, terms)
        if any(account.key.id != but for account in accounts):
            raise ScimFault(409, "An account with this userName or externalId exists", "uniqueness")

    async def _replace_waiting(self, person_id: str, change: ScimChange) -> None:
        """Take the place of a deleted account of the person; a person has one account in a municipality.

        One that another municipality has deactivated stays there, without the person.
        """
        for stored in await self.parts.store.find(ScimUser.KIND, f"person:{person_id}"):
            account = decode(ScimUser, stored)
            if account.municipality_id != self.source.municipality:
                if account.active or account.waiting:
                    raise of_another_municipality()
                continue
            if not account.deleted:
                raise ScimFault(409, "This person has an account already", "uniqueness")
            change.versions[stored.key] = stored.version
            change.delete_record(type(account), account.id)

    @property
    def _people(self) -> DirectoryPeople:
        return DirectoryPeople(parts=self.parts, source=self.source)


def _parts_of(wanted: Any) -> tuple[dict[str, Any], str, bool]:
    """Return the attributes to keep, the id in the directory, and whether the account is active."""
    resource = wanted.model_dump(scim_ctx=Context.DEFAULT)
    user_name = str(resource.get("userName") or "").strip()
    if not user_name:
        raise ScimFault(400, "userName is required", "invalidValue")
    external_id, active = str(resource.get("externalId") or ""), resource.get("active")
    kept = {name: value for name, value in resource.items() if name not in _APART}
    return {**kept, "userName": user_name}, external_id, active is not False
