"""Identity: from a verified sender to a person record, and the addresses of people."""

from dataclasses import replace
from datetime import datetime

from bot.ports import Commit, Incoming, Key, RecordWrite, Sender, Store, Stored
from bot.records.codec import decode, encode
from bot.records.conflict import retry_on_conflict
from bot.signin.former import FormerMarks
from dialogs.core.event import Scope
from dialogs.core.person import GUEST_PREFIX, Person, account_person_id
from knowledge.article.article import Language


class UnknownPerson(Exception):
    """The web session's person has no record or has left the registry."""


class Directory:
    """Finds the person of a sender and stores their last address.

    ``former`` recognises a new sender that was in the registry before their data was deleted. ``any_tenant``: identify
    a person by object id alone; for the developer mode, where clients invent their tenant.
    """

    def __init__(self, *, store: Store, former: FormerMarks, any_tenant: bool = False) -> None:
        self._store = store
        self._former = former
        self._any_tenant = any_tenant

    async def get(self, person_id: str) -> Person | None:
        key = Key(kind=Person.KIND, id=person_id)
        stored = (await self._store.get([key])).get(key)
        return decode(Person, stored) if stored else None

    async def id_of(self, sender: Sender) -> str:
        """Return the id of the sender's existing or future person record.

        Raises UnknownPerson.
        """
        stored = await self._find(sender)
        return stored.key.id if stored else sender.person_id or _person_id(sender)

    async def recognise(self, incoming: Incoming, at: datetime) -> tuple[Person, int]:
        """Return the sender's person and version; store the sender's address.

        Creates the record of a new sender. Raises UnknownPerson: the web session's person has no record or has left.
        """

        async def find_or_create() -> tuple[Person, int]:
            stored = await self._find(incoming.sender)
            person = decode(Person, stored) if stored else await self._new_person(incoming.sender, at)
            if person.left and incoming.sender.person_id is not None:
                raise UnknownPerson(person.id)
            version = stored.version if stored else 0
            seen = self._seen_at(person, incoming)
            # The common case: no new address, so no write.
            if stored and seen == person:
                return person, version
            await self._write(seen, version, at)
            return seen, version + 1

        return await retry_on_conflict(self._store, find_or_create, reason="the person is written too often")

    async def _find(self, sender: Sender) -> Stored | None:
        if sender.person_id:
            key = Key(kind=Person.KIND, id=sender.person_id)
            person = (await self._store.get([key])).get(key)
            if person is None and not sender.person_id.startswith(GUEST_PREFIX):
                raise UnknownPerson(sender.person_id)
            return person
        term = f"object:{sender.object_id}" if self._any_tenant else f"entra:{sender.tenant_id}/{sender.object_id}"
        people = await self._store.find(Person.KIND, term, limit=1)
        return people[0] if people else None

    async def _new_person(self, sender: Sender, at: datetime) -> Person:
        person = Person(
            id=sender.person_id or _person_id(sender),
            name=sender.name,
            object_id=sender.object_id,
            tenant_id=sender.tenant_id,
            language=sender.language or Language.NB,
            created_at=at,
        )
        account = person.account
        left = account is not None and await self._former.is_marked(self._store, account)
        return replace(person, left=left)

    def _seen_at(self, person: Person, incoming: Incoming) -> Person:
        if not person.name and incoming.sender.name:
            person = replace(person, name=incoming.sender.name)
        # A press on a page says nothing about where the person reads messages.
        if incoming.scope is not Scope.PERSONAL or incoming.from_page:
            return person
        known = person.addresses.get(incoming.channel)
        if known == incoming.address and person.last_channel == incoming.channel:
            return person
        return person.reached_at(incoming.address)

    async def _write(self, person: Person, version: int, at: datetime) -> None:
        write = RecordWrite(
            key=Key(kind=Person.KIND, id=person.id),
            body=encode(person),
            schema=Person.SCHEMA,
            terms=frozenset(person.terms()),
            expected=version,
        )
        await self._store.commit(Commit(at=at, records=(write,)))


def _person_id(sender: Sender) -> str:
    return account_person_id(str(sender.tenant_id), str(sender.object_id))
