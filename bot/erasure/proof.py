"""Proof of an erasure: what the store still has about a person, and which rows came later."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Final

from bot.erasure.redaction import COPY_KINDS, hashes_of
from bot.ports import FoundRow, Key, RunRow, Searched, Store, Trace
from bot.records.codec import decode
from bot.records.erasures import last_erasure
from bot.signin.former import FormerMarks
from dialogs.core.audit import AuditEntry
from dialogs.core.data_rules import Erasing
from dialogs.core.erasure_receipt import ErasureHashes
from dialogs.core.person import Person
from dialogs.core.word_runs import RunHasher
from dialogs.editing.model import WAS_PUBLIC, ArticleRevision
from dialogs.privacy.inventory import INVENTORY
from dialogs.signin.model import FormerIdentity, SignInAccount

# Rows that came after an erasure: a proof of the erasure lists them apart.

_DATED: Mapping[str, str] = {holding.kind: holding.dated for holding in INVENTORY}

# Table and row, as a trace names them.
Row = tuple[str, str]


async def rows_since(store: Store, words: Collection[str], *, at: datetime) -> frozenset[Row]:
    """Return the rows with any of the words that were made after ``at``. Rows without a known time are left out.

    A message's content is that new when all its deliveries are.
    """
    rows = await store.rows_with(words, tables=("record", "delivery", "event", "content"))
    return await newer_rows(store, rows, at=at)


async def newer_rows(store: Store, rows: Sequence[FoundRow], *, at: datetime) -> frozenset[Row]:
    """Return those of some rows that were made after ``at``."""
    contents = {row.id for row in rows if row.table == "content"}
    senders: dict[str, list[bool]] = {}
    for row in await store.rows_with(contents, tables=("delivery",)) if contents else ():
        senders.setdefault(str(row.document.get("content")), []).append(_is_after(row, at))
    newer = [
        row for row in rows if (all(senders.get(row.id, [False])) if row.table == "content" else _is_after(row, at))
    ]
    return frozenset((row.table, name) for row in newer for name in _names(row))


def _names(row: FoundRow) -> Iterator[str]:
    """Yield the names of the row in traces. A database names contents and deliveries by their columns."""
    yield row.id
    if row.table == "content":
        yield f"\\x{row.id}"
    elif row.table == "delivery":
        yield str(row.document.get("sequence"))


def _is_after(row: FoundRow, at: datetime) -> bool:
    made_at = _made_at(row.table, row.document)
    return made_at is not None and datetime.fromisoformat(made_at) > at


def _made_at(table: str, document: Mapping[str, Any]) -> str | None:
    """Return when a row was made. A change does not make it newer, except where only the last change is known."""
    match table:
        case "record":
            body = document["body"]
            made_at = body.get("created_at") or body.get(_DATED.get(document["kind"], ""))
            return None if made_at is None else str(made_at)
        case "delivery":
            return str(document["posted_at"])
        case _:
            return str(document["at"])


_REGISTRY_KINDS: Final = frozenset(holding.kind for holding in INVENTORY if holding.erasing is Erasing.KEPT_REGISTERED)
_NAMED_AS_COLLEAGUE: Final = frozenset({"content", "timer"})
_AUDIT_TABLES: Final = frozenset({"audit", "audit_chain"})


class KeptGround(StrEnum):
    """Ground on which something may remain after an erasure. Each has a text, ``proof.ground.…``."""

    REGISTRY = "registry"
    AUDIT = "audit"
    IDENTITY = "identity"
    PROOF = "proof"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remainder:
    """One place with a word, or with the keyed hash of a leaver.

    ``ground`` None: it must not be there, unless it is ``newer`` than the erasure, or ``of_others``: words of the
    person in what others wrote.
    """

    trace: Trace
    ground: KeptGround | None
    newer: bool = False
    of_others: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureProof:
    """The outcome of a search after an erasure.

    Attributes:
        ids: the identifiers searched: id, and e-mail, Entra and Teams ids where the store still knows them.
        also: further words searched, in the usual spellings with capitals.
        registered: the person is in the registry.
        runs: number of hashed runs of words searched; None when these are destroyed, and only ids were searched.
        unsearchable: the person wrote texts, but no run of their words was the person's alone.
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
    runs: int | None = None
    unsearchable: bool = False

    @property
    def groundless(self) -> tuple[Remainder, ...]:
        """Remainders that must not exist."""
        return tuple(remainder for remainder in self._without_ground if not remainder.newer and not remainder.of_others)

    @property
    def newer(self) -> tuple[Remainder, ...]:
        """Groundless remainders from after the erasure, such as a new sign-in."""
        return tuple(remainder for remainder in self._without_ground if remainder.newer)

    @property
    def others(self) -> tuple[Remainder, ...]:
        """The person's earlier words in others' records, for a person to judge."""
        return tuple(remainder for remainder in self._without_ground if remainder.of_others and not remainder.newer)

    @property
    def open(self) -> bool:
        """Whether places remain to judge, or words to search for by hand."""
        return bool(self.others) or self.unsearchable

    @property
    def _without_ground(self) -> Iterator[Remainder]:
        return (remainder for remainder in self.remainders if remainder.ground is None)


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
    ground_of = partial(_ground, person_id=person_id, registered=registered, ids=set(ids))
    remainders = [
        Remainder(
            trace=trace,
            ground=ground_of(trace),
            newer=(trace.place, trace.row) in newer,
        )
        for trace in searched.traces
    ]
    hashes = await hashes_of(store, person_id)
    if hashes is not None:
        remainders += await _word_remainders(store, hashes, erased_at, ground_of)
    remainders += await _marks(store, person_id, person, former)
    remainders.sort(
        key=lambda remainder: (
            remainder.ground is None,
            remainder.ground or "",
            remainder.trace.place,
            remainder.trace.row,
        )
    )
    return ErasureProof(
        person_id=person_id,
        ids=ids,
        also=further,
        registered=registered,
        searched=searched,
        remainders=tuple(remainders),
        erased_at=erased_at,
        runs=None if hashes is None else len(hashes.runs),
        unsearchable=hashes is not None and hashes.written > 0 and not hashes.has_writing,
    )


async def _word_remainders(
    store: Store, hashes: ErasureHashes, erased_at: datetime | None, ground_of: Callable[[Trace], KeptGround | None]
) -> list[Remainder]:
    """Return where the person's words are, and the hashes themselves."""
    run_rows = await store.rows_with_runs(hashes.key, frozenset(hashes.runs))
    rows = [run_row.row for run_row in run_rows]
    newer = frozenset() if erased_at is None else await newer_rows(store, rows, at=erased_at)
    remainders, hasher = [], RunHasher(hashes.key)
    for run_row in run_rows:
        trace = Trace(place=run_row.row.table, row=run_row.row.id, words=(f"{len(run_row.runs)} × 5",))
        remainders.append(
            Remainder(
                trace=trace,
                ground=KeptGround.PUBLISHED if _is_published(run_row.row) else ground_of(trace),
                newer=(run_row.row.table, run_row.row.id) in newer,
                of_others=_is_of_others(run_row, hasher),
            )
        )
    own = Trace(place="record", row=f"{ErasureHashes.KIND}/{hashes.id}", words=())
    return [*remainders, Remainder(trace=own, ground=KeptGround.PROOF)]


def _is_of_others(run_row: RunRow, hasher: RunHasher) -> bool:
    """Return whether others wrote a row; of a copy, whether others are the known origin of the words."""
    document = run_row.row.document
    if document.get("kind") not in COPY_KINDS:
        return True
    body = document["body"]
    known = hasher.runs_in([taken["words"] for taken in body.get("taken", ()) if taken["of"]])
    return bool(body.get("words_of")) or run_row.runs <= known


def _is_published(row: FoundRow) -> bool:
    """Return whether a row is a text that readers got: the municipality's, without a name."""
    document = row.document
    return document.get("kind") == ArticleRevision.KIND and document["body"].get("state") in WAS_PUBLIC


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
    kept = await store.get([Key(kind=FormerIdentity.KIND, id=mark) for mark in marks])
    return [
        Remainder(trace=Trace(place="record", row=f"{key.kind}/{key.id}", words=()), ground=KeptGround.IDENTITY)
        for key in kept
    ]
