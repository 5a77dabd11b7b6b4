"""The person of a verified identity: found in the registry, known from before, created, or refused."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.ports import Key, RandomSource, RecordWrite, Store, TimerWrite
from bot.records.codec import decode
from bot.records.commit_draft import CommitDraft, Writes
from bot.records.conflict import retry_on_conflict
from bot.signin.former import FormerMarks
from bot.signin.oidc.claims import VerifiedIdentity, granted_roles
from bot.signin.oidc.config import Provider
from bot.signin.oidc.fetch import FaultReason, SignInFault
from bot.signin.sessions import removal_waits
from dialogs.core.person import SIGNED_IN_PREFIX, Person, Role, account_person_id
from dialogs.signin.flow import loses_rights
from dialogs.signin.model import FormerIdentity, SignInAccount, SignInLink, WebSession
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation

# Finds and reassigns the cases on the worklist of a contact that no longer is one.
LOST_VERB: Final = "handoff.lost"


Merge = Callable[[Person, str, datetime], Awaitable[Writes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The people an identity leads to: by its claims in the registry, and by its account."""

    claimed: Person | None
    account: SignInAccount | None
    known: Person | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFinder:
    """Links identities with people.

    Attributes:
        merge: moves the data of a person that signed in before they were in the registry.
        organisation: returns the organisation in force.
    """

    store: Store
    rng: RandomSource
    former: FormerMarks
    merge: Merge
    organisation: Callable[[], Organisation]

    async def person_of(
        self, identity: VerifiedIdentity, provider: Provider, *, language: Language, at: datetime
    ) -> Person:
        """Return the person, with the roles that the sign-in gives. Raises SignInFault, StoreUnavailable."""

        async def resolve_person() -> Person:
            changes = CommitDraft(at=at, rng=self.rng, by=f"signin:{provider.id}")
            person = await self._resolve(identity, provider, changes, language=language, at=at)
            if changes.records:
                await self.store.commit(changes.to_commit())
            return person

        return await retry_on_conflict(self.store, resolve_person, reason="the person is written too often")

    async def _resolve(
        self, identity: VerifiedIdentity, provider: Provider, changes: CommitDraft, *, language: Language, at: datetime
    ) -> Person:
        matched = await self._find(identity, provider, changes)
        before = await self._chosen(matched, identity, provider, changes, at=at)
        account = matched.account
        if account is None or before is None or account.person_id != before.id:
            account = None
        person = before or self._new_person(identity, provider, language=language, at=at)
        person = self._placed(person, identity, provider)
        roles = granted_roles(identity, provider, person, account)
        after = replace(person, roles=roles.of(person))
        kept = SignInAccount(
            id=self.former.subject_mark(identity.issuer, identity.subject),
            person_id=after.id,
            provider=provider.id,
            roles=roles.mapped,
            appointed=roles.appointed,
            created_at=account.created_at if account is not None else at,
        )
        if after != before:
            changes.put(after)
        if kept != matched.account:
            changes.put(kept)
        if account is None:
            changes.note("signin.linked", after.id, ("provider", provider.id), ("created", str(before is None).lower()))
            changes.records.append(_removed(FormerIdentity.KIND, kept.id))
        await self._note_roles(before, after, changes, at=at)
        return after

    async def _find(self, identity: VerifiedIdentity, provider: Provider, changes: CommitDraft) -> _Found:
        key = Key(kind=SignInAccount.KIND, id=self.former.subject_mark(identity.issuer, identity.subject))
        stored = (await self.store.get([key])).get(key)
        account = None
        known = None
        if stored is not None:
            changes.versions[key] = stored.version
            account = decode(SignInAccount, stored)
            known = await self._person(account.person_id, changes)
        return _Found(claimed=await self._claimed(identity, provider, changes), account=account, known=known)

    async def _claimed(self, identity: VerifiedIdentity, provider: Provider, changes: CommitDraft) -> Person | None:
        """Return the person that the claims name."""
        if provider.link == "entra" and identity.account is not None:
            return await self._one(f"entra:{identity.account[0]}/{identity.account[1]}", changes)
        person: Person | None = None
        if provider.link == "claim" and identity.link is not None:
            person = await self._person(identity.link, changes)
        elif provider.link == "email" and identity.email is not None:
            person = await self._one(f"email:{identity.email}", changes, among=frozenset(provider.municipalities))
        return person if person is not None and (person.registered or person.left) else None

    async def _chosen(
        self, matched: _Found, identity: VerifiedIdentity, provider: Provider, changes: CommitDraft, *, at: datetime
    ) -> Person | None:
        """Return the person to sign in, None for one to create. Raises SignInFault."""
        claimed, known = matched.claimed, matched.known
        chosen = claimed if claimed is not None else known
        if chosen is not None and chosen.left:
            raise SignInFault(FaultReason.LEFT, "registry")
        if chosen is not None and await removal_waits(self.store, chosen.id):
            raise SignInFault(FaultReason.LEFT, "removal_waits")
        if chosen is None or not chosen.registered:
            if await self._has_left(matched, identity):
                raise SignInFault(FaultReason.LEFT, "mark")
            if identity.pupil:
                # The registry vouches for its own people, such as a teacher in a group of pupils.
                raise SignInFault(FaultReason.NOT_ALLOWED, f"pupil_{identity.pupil}")
            if provider.unknown == "refuse":
                raise SignInFault(FaultReason.UNKNOWN, "not_registered")
        elif provider.link != "entra" and chosen.municipality_id not in provider.municipalities:
            # A provider vouches for people of its municipalities only.
            raise SignInFault(FaultReason.UNKNOWN, "other_municipality")
        if claimed is not None and known is not None and known.id != claimed.id and not known.left:
            await self._join(known, claimed, changes, at=at)
        return chosen

    async def _join(self, known: Person, claimed: Person, changes: CommitDraft, *, at: datetime) -> None:
        """Move the data of a person that signed in before the registry had them."""
        if known.registered:
            # Two people of the registry: the provider gave one account to another person, or the claim is wrong.
            raise SignInFault(FaultReason.UNKNOWN, "two_people")
        merged = await self.merge(known, claimed.id, at)
        changes.include(merged)
        changes.delete_record(Person, known.id)
        await self._end_sessions(known.id, changes)
        changes.note("signin.joined", claimed.id, ("was", known.id))

    async def _has_left(self, matched: _Found, identity: VerifiedIdentity) -> bool:
        marks = [self.former.subject_mark(identity.issuer, identity.subject)]
        if identity.account is not None:
            marks.append(self.former.account_mark(identity.account))
        if identity.link is not None:
            marks.append(self.former.registry_mark(identity.link))
        if matched.account is not None:  # its person was removed
            marks.append(self.former.registry_mark(matched.account.person_id))
        return bool(await self.store.get([Key(kind=FormerIdentity.KIND, id=mark) for mark in marks]))

    def _new_person(
        self, identity: VerifiedIdentity, provider: Provider, *, language: Language, at: datetime
    ) -> Person:
        tenant_id, object_id = identity.account if identity.account is not None else (None, None)
        mark = self.former.subject_mark(identity.issuer, identity.subject)
        return Person(
            id=account_person_id(tenant_id, object_id) if tenant_id and object_id else f"{SIGNED_IN_PREFIX}{mark[:20]}",
            name=identity.name,
            municipality_id=provider.municipalities[0],
            unit_id=self._unit(identity, provider),
            language=language,
            object_id=object_id,
            tenant_id=tenant_id,
            email=identity.email,
            created_at=at,
        )

    def _placed(self, person: Person, identity: VerifiedIdentity, provider: Provider) -> Person:
        """Return a person outside the registry in the provider's municipality; others unchanged.

        Raises SignInFault: the person already is in another one.
        """
        if person.registered:
            return person
        person = person if person.name else replace(person, name=identity.name)
        municipality_id = provider.municipalities[0]
        if municipality_id not in self.organisation().municipalities:
            raise SignInFault(FaultReason.UNKNOWN, "no_such_municipality")
        if person.municipality_id not in (None, municipality_id):
            # Chosen once, in Teams or by the button of another provider: trying one after another is prevented.
            raise SignInFault(FaultReason.UNKNOWN, "other_municipality")
        return replace(person, municipality_id=municipality_id)

    def _unit(self, identity: VerifiedIdentity, provider: Provider) -> str | None:
        organisation = self.organisation()
        unit = organisation.find_unit(provider.units.get(identity.unit, identity.unit)) if identity.unit else None
        inside = unit is not None and unit.municipality_id == provider.municipalities[0] and unit.parent_id is not None
        return unit.id if unit is not None and inside else None

    async def _note_roles(self, before: Person | None, after: Person, changes: CommitDraft, *, at: datetime) -> None:
        """Note changed roles, and end what depended on a lost one."""
        had: frozenset[Role] = before.roles if before is not None else frozenset({Role.EMPLOYEE})
        for act, roles in (("signin.granted", after.roles - had), ("signin.revoked", had - after.roles)):
            if roles:
                changes.note(act, after.id, ("roles", ",".join(sorted(roles))))
        if before is None or not loses_rights(before, after):
            return
        await self._end_sessions(after.id, changes)
        if before.has(Role.CONTACT) and not after.has(Role.CONTACT):
            changes.timers.append(
                TimerWrite(key=f"handoff/lost/{after.id}", at=at, verb=LOST_VERB, data={"person_id": after.id})
            )

    async def _end_sessions(self, person_id: str, changes: CommitDraft) -> None:
        for kind in (WebSession, SignInLink):
            sign_ins = await self.store.find(kind.KIND, f"person:{person_id}")
            changes.records += [RecordWrite(key=stored.key, body=None) for stored in sign_ins]
        changes.ended.add(person_id)

    async def _person(self, person_id: str, changes: CommitDraft) -> Person | None:
        key = Key(kind=Person.KIND, id=person_id)
        stored = (await self.store.get([key])).get(key)
        if stored is None:
            return None
        changes.versions[key] = stored.version
        return decode(Person, stored)

    async def _one(self, term: str, changes: CommitDraft, *, among: frozenset[str] = frozenset()) -> Person | None:
        """Return the one person with a term; those registered in the municipalities ``among`` go first, then others.

        Otherwise another municipality could give its people any address and so lock others out.
        """
        people = [decode(Person, stored) for stored in await self.store.find(Person.KIND, term)]
        registered = [person for person in people if person.registered]
        several = [person for person in registered if person.municipality_id in among] or registered or people
        if len(several) > 1:
            raise SignInFault(FaultReason.UNKNOWN, "two_people")
        return await self._person(several[0].id, changes) if several else None


def _removed(kind: str, id_: str) -> RecordWrite:
    return RecordWrite(key=Key(kind=kind, id=id_), body=None)
