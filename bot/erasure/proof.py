"""Proof of an erasure: what the store still has about a person, and on which ground."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.erasure.newer import rows_since
from bot.ports import Key, Searched, Store, Trace
from bot.records.codec import decode
from bot.records.erasures import last_erasure
from bot.signin.former import FormerMarks
from dialogs.core.audit import AuditEntry
from dialogs.core.data_rules import Erasing
from dialogs.core.person import Person
from dialogs.privacy.inventory import INVENTORY
from dialogs.signin.model import FormerIdentity, SignInAccount

_REGISTRY_KINDS: Final = frozenset(each.kind for each in INVENTORY if each.erasing is Erasing.KEPT_REGISTERED)
_NAMED_AS_COLLEAGUE: Final = frozenset({"content", "timer"})
_AUDIT_TABLES: Final = frozenset({"audit", "audit_chain"})


class KeptGround(StrEnum):
    """Ground on which something may remain after an erasure. Each has a text, ``proof.ground.…``."""

    REGISTRY = "registry"
    AUDIT = "audit"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remainder:
    """One place with a word, or with the keyed hash of a leaver.

    ``ground`` None: it must not be there, unless it is ``newer`` than the erasure.
    """

    trace: Trace
    ground: KeptGround | None
    newer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureProof:
    """The outcome of a search after an erasure.

    Attributes:
        ids: the identifiers searched: id, and e-mail, Entra and Teams ids where the store still knows them.
        also: further words searched, in the usual spellings with capitals.
        registered: the person is in the registry.
        erased_at: the last erasure in the audit log; None without one.
        remainders: those with a ground first.
    """

    person_id: str
    ids: tuple[str, ...]
    also: tuple[str, ...]
    registered: bool
    searched: Searched
    remainders: tuple[Remainder, ...]
    erased_at: datetime | None = None

    @property
    def groundless(self) -> tuple[Remainder, ...]:
        """What must not be there."""
        return tuple(each for each in self.remainders if each.ground is None and not each.newer)

    @property
    def newer(self) -> tuple[Remainder, ...]:
        """What came after the erasure and has no ground of its own, such as a look-up or a new sign-in."""
        return tuple(each for each in self.remainders if each.ground is None and each.newer)


async def prove_erasure(
    store: Store, person_id: str, *, also: Collection[str] = (), former: FormerMarks | None = None
) -> ErasureProof:
    """Search everything for a person and the words ``also``. Raises StoreUnavailable."""
    key = Key(kind=Person.KIND, id=person_id)
    stored = (await store.get([key])).get(key)
    person = None if stored is None else decode(Person, stored)
    ids = (person_id,) if person is None else tuple(sorted(_ids_of(person)))
    further = tuple(sorted({form for word in also for form in _spellings(word)}))
    searched = await store.search_everything({*ids, *further})
    registered = person is not None and person.registered
    erased_at = await last_erasure(store, person_id)
    newer = frozenset() if erased_at is None else await rows_since(store, {*ids, *further}, at=erased_at)
    remainders = [
        Remainder(
            trace=trace,
            ground=_ground(trace, person_id, registered, set(ids)),
            newer=(trace.place, trace.row) in newer,
        )
        for trace in searched.traces
    ]
    remainders += await _marks(store, person_id, person, former)
    remainders.sort(key=lambda each: (each.ground is None, each.ground or "", each.trace.place, each.trace.row))
    return ErasureProof(
        person_id=person_id,
        ids=ids,
        also=further,
        registered=registered,
        searched=searched,
        remainders=tuple(remainders),
        erased_at=erased_at,
    )


def _ids_of(person: Person) -> set[str]:
    ids = {person.id, person.object_id, person.email, person.email and person.email.lower()}
    for address in person.addresses.values():
        ids |= {address.data.get(name) for name in ("conversation_id", "user_id", "person_id")}
    return {id_ for id_ in ids if id_}


def _spellings(word: str) -> set[str]:
    return {word, word.lower(), word.upper(), word.capitalize(), word.title()}


def _ground(trace: Trace, person_id: str, registered: bool, ids: set[str]) -> KeptGround | None:
    if trace.place in _AUDIT_TABLES:
        return KeptGround.AUDIT
    kind, _, id_ = trace.row.partition("/") if trace.place == "record" else ("", "", "")
    if kind == AuditEntry.KIND:
        return KeptGround.AUDIT
    if not registered:
        return None
    if kind in _REGISTRY_KINDS and (id_ == person_id or kind == SignInAccount.KIND):
        return KeptGround.REGISTRY
    # A person of the registry stays a colleague that others are shown, by id; nothing the person wrote may stay.
    if trace.place in _NAMED_AS_COLLEAGUE and ids.issuperset(trace.words):
        return KeptGround.REGISTRY
    return None


async def _marks(store: Store, person_id: str, person: Person | None, former: FormerMarks | None) -> list[Remainder]:
    """Return the keyed hashes of the person, which contain none of the words."""
    if former is None:
        return []
    marks = (former.registry_mark(person_id),) if person is None else former.marks_of(person)
    found = await store.get([Key(kind=FormerIdentity.KIND, id=mark) for mark in marks])
    return [
        Remainder(trace=Trace(place="record", row=f"{key.kind}/{key.id}", words=()), ground=KeptGround.IDENTITY)
        for key in found
    ]
