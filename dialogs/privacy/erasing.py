"""Deletion of all data of a person."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, cast

from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content
from dialogs.core.data_rules import Erasing, FieldSource
from dialogs.core.decision import (
    NOTHING,
    Audit,
    Decision,
    EndSessions,
    Forget,
    MarkFormer,
    Put,
    Remove,
    Write,
    do,
    later,
    put,
    remove,
)
from dialogs.core.erasure_hashes import KEPT, ErasureHashes, hashes_id
from dialogs.core.erasure_receipt import ErasureReceipt
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.holding import Holding, names_from
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, new_id, sign_receipt
from dialogs.core.record import Record
from dialogs.core.word_runs import RunHasher, sentences_in, times_in
from dialogs.handoff.model import Handoff
from dialogs.handoff.suggestion import Suggestion
from dialogs.privacy.found import HeldData, held_of
from dialogs.privacy.leaving import close_cases
from dialogs.signin.model import FormerIdentity, SignInAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """The changes of an erasure, and the receipt that the person keeps."""

    decision: Decision
    receipt: ErasureReceipt


def erase(event: Event, content: Content, person: Person) -> Asking[Erasure]:
    """Delete the data of ``person``, except data required by the registry, the law or the municipality's archive."""
    left = yield from close_cases(event, content, person.id)
    held = yield from held_of(person.id)
    writes = tuple(write for held_data in held for write in _writes(held_data, person))
    removed = sum(isinstance(write, Remove) for write in writes)
    act = Audit(
        act="privacy.erased",
        subject=person.id,
        by=event.person_id,
        details=(("records", str(removed)),),
        about_person=True,
    )
    # Closing the cases writes records that the erasure then removes; only the removal counts.
    overtaken = {_key(write) for write in writes}
    before = {key: write for write in left.writes if (key := _key(write)) not in overtaken}
    # A leaver cannot choose a municipality again, and an erasure must not be a way around that.
    accounts = tuple(
        record.id for held_data in held for record in held_data.records if isinstance(record, SignInAccount)
    )
    marks = do(MarkFormer(person=person, accounts=accounts)) if person.left else NOTHING
    ended = do(act, Forget(person_id=person.id), EndSessions(person_id=person.id))
    receipt_id = yield from new_id("receipt")
    receipt = ErasureReceipt(
        id=receipt_id,
        signed=(yield from sign_receipt(receipt_id.removeprefix("receipt-"), event.at)),
        at=event.at,
        municipality_id=person.municipality_id,
        removed=_numbers(writes),
        kept=(*_kept(held, person), (ErasureHashes.KIND, 1)),
    )
    hashes = yield from _hashes_of(event, person, held)
    written = replace(left, writes=(*before.values(), *writes))
    return Erasure(decision=written + marks + ended + hashes + put(receipt), receipt=receipt)


def _hashes_of(event: Event, person: Person, held: Iterable[HeldData]) -> Asking[Decision]:
    """Return the decision that keeps hashes of the removed words, and destroys them after their time."""
    key = yield from new_id("hashes")
    hasher = RunHasher(key)
    first_used: dict[int, float] = {}
    account: set[int] = set()
    for record in (record for held_data in held if removes(held_data.holding, person) for record in held_data.records):
        used = _earliest(record)
        found_runs = hasher.runs_in(list(_own_words(record)))
        account |= found_runs if isinstance(record, Person) else set()
        for run in found_runs:
            first_used[run] = min(used, first_used.get(run, used))
    id_ = hashes_id(person.id)
    earlier = yield from find(ErasureHashes, id_)
    if earlier is not None and not first_used:
        return NOTHING  # nothing was written since
    runs = tuple(sorted(first_used))
    hashes = ErasureHashes(
        id=id_,
        key=key,
        runs=runs,
        first_used=tuple(first_used[run] for run in runs),
        of_account=tuple(sorted(account)),
        written=len(runs) - len(account),
        at=event.at,
    )
    return put(hashes) + do(later(f"hashes/{id_}", event.at + KEPT, "privacy.destroy_hashes", hashes_id=id_))


def _own_words(record: Record) -> Iterator[str]:
    """Yield what the person wrote in a record: the answer to a question is the helper's, the question the asker's."""
    match record:
        case Handoff():
            yield record.question
        case Suggestion():
            yield record.question if record.is_gap else record.answer
        case _:
            yield from sentences_in(asdict(cast(Any, record)))


def _earliest(record: Record) -> float:
    """Return the earliest time in a record; 0 in one without times, so that nothing counts as older."""
    return min((time.timestamp() for time in times_in(asdict(cast(Any, record)))), default=0.0)


def destroy_hashes(event: Event, content: Content) -> Flow:
    """Destroy the hashes of an erasure with their key."""
    hashes = yield from find(ErasureHashes, event.rang.data.get("hashes_id", ""))
    if hashes is None or event.at - hashes.at < KEPT:
        return NOTHING
    return remove(ErasureHashes, hashes.id)


def _numbers(writes: Iterable[Write]) -> tuple[tuple[str, int], ...]:
    counts = Counter(write.kind.KIND for write in writes if isinstance(write, Remove))
    return tuple(sorted(counts.items()))


def _kept(held: Iterable[HeldData], person: Person) -> Iterator[tuple[str, int]]:
    """Yield what remains by kind. The audit log also gets the entry of the erasure itself."""
    for held_data in held:
        number = len(held_data.records) + (held_data.holding.record is AuditEntry)
        if number and not removes(held_data.holding, person):
            yield held_data.holding.kind, number
    if person.left:
        yield FormerIdentity.KIND, 1


def removes(holding: Holding, person: Person) -> bool:
    """Return whether a person's deletion request removes this kind of data."""
    match holding.erasing:
        case Erasing.REMOVED:
            return True
        case Erasing.KEPT_REGISTERED:
            return not person.registered
        case Erasing.KEPT | Erasing.KEPT_FORMER | Erasing.KEPT_PROOF:
            return False


def reset(person: Person) -> Person:
    """Return the person with registry data only: every other field with a default gets it."""
    kept = {name: getattr(person, name) for name in names_from(Person, FieldSource.REGISTRY)}
    return Person(**kept, created_at=person.created_at)


def _writes(held: HeldData, person: Person) -> list[Write]:
    kind = held.holding.record
    if kind is None:
        return []
    if removes(held.holding, person):
        return [Remove(kind=kind, id=record.id) for record in held.records]
    return [Put(record=reset(record)) for record in held.records if isinstance(record, Person)]


def _key(write: Write) -> tuple[str, str]:
    return (write.record.KIND, write.record.id) if isinstance(write, Put) else (write.kind.KIND, write.id)


TIMERS: Final[Verbs] = {"privacy.destroy_hashes": destroy_hashes}
