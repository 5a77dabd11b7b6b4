"""The person that an id in a municipality's directory leads to."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from bot.directory.reserved import is_reserved
from bot.ports import Key
from bot.records.codec import decode
from bot.scim.change import Parts
from bot.scim.config import ScimSource
from bot.scim.fault import ScimFault, of_another_municipality
from dialogs.core.audit import AuditEntry
from dialogs.core.person import ACCOUNT_PREFIX, SIGNED_IN_PREFIX, Person, account_person_id, is_guest_id
from knowledge.organisation.importers.people import is_person_id

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
