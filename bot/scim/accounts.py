"""Create, replace, patch and delete accounts, and the person that an id leads to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from scim2_models import Context, PatchOp

from bot.directory.plan import is_reserved
from bot.ports import Key
from bot.records.codec import decode
from bot.scim.account import check_account, check_domain, name_of
from bot.scim.change import Parts, ScimChange
from bot.scim.config import ScimSource
from bot.scim.fault import ScimFault, of_another_municipality
from bot.scim.groups import spread
from bot.scim.reading import Read, ScimReader
from bot.scim.resources import TOLERANT, WorkAccount
from dialogs.core.audit import AuditEntry
from dialogs.core.person import ACCOUNT_PREFIX, SIGNED_IN_PREFIX, Person, account_person_id, is_guest_id
from dialogs.provisioning.model import ScimUser, external_term, name_term
from knowledge.organisation.importers.people import is_person_id

# The person that an id in a municipality's directory leads to.

# Prefix of ids of people without an id from their directory.
DIRECTORY_PREFIX: Final = "scim"
# Ids that Heia makes: a directory that sends one does not name its own person by it.
_MADE: Final = (ACCOUNT_PREFIX, SIGNED_IN_PREFIX, f"{DIRECTORY_PREFIX}-")


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPeople:
    """Finds people for one municipality's directory, and none of another municipality.

    With an Entra tenant, ``externalId`` is the object id, which proves the identity. Without one it is the id in the
    registry, which proves nothing: it leads to people that the registry or this directory has placed here. One that
    another person has is given to no one, and not refused: a refusal would reveal people known elsewhere.
    """

    parts: Parts
    source: ScimSource

    async def known(self, external_id: str) -> Person | None:
        """Return the person an id in the directory leads to.

        Raises ScimFault: a person of this directory's tenant and another municipality.
        """
        if not self.source.tenant_id:
            person = await self._of_id(external_id)
            return person if person is not None and await self._is_ours(person) else None
        person = await self._of_account(external_id)
        if person is not None and person.registered and person.municipality_id != self.source.municipality:
            # Until their municipality removes them, or an import places them here.
            raise of_another_municipality()
        return person

    async def id_of(self, external_id: str, name: str) -> str:
        """Return the id of an account's person, known or new. Raises ScimFault."""
        if self.source.tenant_id:
            try:
                UUID(external_id)
            except ValueError:
                raise ScimFault(
                    400, "externalId must be the Entra object id: map objectId to externalId", "invalidValue"
                ) from None
        known = await self.known(external_id)
        if known is not None:
            self._check_same(known, name)
            return known.id
        if self.source.tenant_id:
            return account_person_id(self.source.tenant_id, external_id.lower())
        free = not external_id.startswith(_MADE) and not is_reserved(external_id, self.parts.content.organisation)
        if _may_be_person_id(external_id) and free and await self._of_id(external_id) is None:
            return external_id
        return self.parts.rng.new_id(DIRECTORY_PREFIX)

    def _check_same(self, known: Person, name: str) -> None:
        """Refuse a leaver's id that is given to another name. Raises ScimFault."""
        # As an import does: the new person would read the stored words of the former one. An object id is never reused.
        if not self.source.tenant_id and known.left and known.name.casefold() != name.casefold():
            raise ScimFault(409, "This externalId belonged to another person: give a new one", "uniqueness")

    async def _of_account(self, object_id: str) -> Person | None:
        if not object_id:
            return None
        stored = await self.parts.store.find(Person.KIND, f"entra:{self.source.tenant_id}/{object_id.lower()}")
        people = sorted((decode(Person, row) for row in stored), key=lambda person: not person.registered)
        return people[0] if people else None

    async def _of_id(self, person_id: str) -> Person | None:
        if not _may_be_person_id(person_id):
            return None
        key = Key(kind=Person.KIND, id=person_id)
        stored = (await self.parts.store.get([key])).get(key)
        return decode(Person, stored) if stored is not None else None

    async def _is_ours(self, person: Person) -> bool:
        """Return whether a person is of this municipality, or left this directory."""
        if person.registered:
            return person.municipality_id == self.source.municipality
        if not person.left:
            return False  # wrote in Teams or signed in, without a registry entry
        entries = [
            decode(AuditEntry, stored)
            for stored in await self.parts.store.find(AuditEntry.KIND, f"subject:{person.id}")
        ]
        sent = [entry for entry in entries if entry.act.startswith("scim.")]
        return bool(sent) and max(sent, key=lambda entry: entry.at).by == f"scim:{self.source.municipality}"


def _may_be_person_id(external_id: str) -> bool:
    return is_person_id(external_id) and not is_guest_id(external_id)


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
