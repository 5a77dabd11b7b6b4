"""Deletion of all data of a person, and before it the changes to shared conversations."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, cast

from dialogs.ambassadors.application import AmbassadorApplication
from dialogs.ambassadors.joining import invitation_slot
from dialogs.ambassadors.joining import taken_away as wish_taken_away
from dialogs.ambassadors.tips import taken_away as tips_taken_away
from dialogs.availability.worklist import Worklist
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
    Post,
    Put,
    Remove,
    Write,
    do,
    later,
    never,
    put,
    remove,
)
from dialogs.core.erasure_receipt import KEPT, ErasureHashes, ErasureReceipt, hashes_id
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.holding import Holding, names_from
from dialogs.core.image import Image
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, find_all, find_each, new_id, sign_receipt
from dialogs.core.record import Record
from dialogs.core.word_runs import RunHasher, sentences_in, times_in
from dialogs.handoff.addition import Addition
from dialogs.handoff.draft import Draft
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import deadline_key, finish, image_slot, offer_slots, show_without_helper
from dialogs.handoff.routing import assign
from dialogs.handoff.suggestion import Suggestion
from dialogs.handoff.transitions import Status, Transition
from dialogs.handoff.undo import words_taken_away
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.privacy.copies import copies_taken_away, suggestions_removed
from dialogs.privacy.helpers_replies import helpers_cards_removed, helpers_replies_removed
from dialogs.privacy.helping_words import helping_words_taken_away
from dialogs.privacy.own_data import HeldData, held_of
from dialogs.privacy.redaction import redacted
from dialogs.rollout.classroom.timers import person_removed
from dialogs.rollout.learn.refreshing import refresher_key
from dialogs.rollout.software.decide.case import taken_away
from dialogs.rollout.software.model import Application
from dialogs.signin.model import FormerIdentity, SignInAccount

# Changes to shared conversations that are required before a person is deleted.


def close_cases(event: Event, content: Content, person_id: str) -> Asking[Decision]:
    """Withdraw the person's questions, reassign accepted ones, and remove the person's texts from other chats."""
    work = UnitOfWork(event, content)
    for handoff in (yield from find_all(Handoff, f"open:{person_id}")):
        yield from work.change(handoff.withdraw(event.at))
    for handoff in (yield from find_all(Handoff, f"owner:{person_id}")):
        if handoff.status is Status.ACCEPTED:
            yield from assign(work, handoff.wait(Transition.RELEASED, event.at, by=person_id))
        elif handoff.asker_id != person_id:
            anonymous = redacted(handoff, person_id)
            work.put(anonymous)
            yield from show_without_helper(work, anonymous)
    for handoff in (yield from find_all(Handoff, f"offered:{person_id}")):
        yield from assign(work, handoff.wait(Transition.DECLINED, event.at, by=person_id))
    asked = yield from find_all(Handoff, f"person:{person_id}")
    yield from _clear_worklists(work, asked)
    work.do(*(yield from tips_taken_away(content, person_id)))
    decision = yield from finish(work)
    for handoff in asked:
        decision += do(never(deadline_key(handoff.id)), *_taken_from_helpers(handoff))
        decision += yield from suggestions_removed((yield from find_all(Suggestion, f"handoff:{handoff.id}")))
        additions = yield from find_all(Addition, f"handoff:{handoff.id}")
        decision += remove(Addition, *(addition.id for addition in additions))
        images = yield from find_all(Image, f"handoff:{handoff.id}")
        decision += remove(Image, *(image.id for image in images))
    decision += yield from words_taken_away(asked)
    gaps = yield from find_all(Suggestion, f"gap:{person_id}")
    drafts = yield from find_each(Addition, [gap.id for gap in gaps])
    decision += yield from suggestions_removed(gaps)
    decision += remove(Addition, *sorted(drafts))
    decision += yield from copies_taken_away(person_id, at=event.at)
    decision += yield from helpers_replies_removed(person_id, asked)
    decision += yield from helpers_cards_removed(asked)
    decision += yield from helping_words_taken_away(person_id)
    decision += yield from _invitations_taken_back(work, person_id)
    for draft in (yield from find_all(Draft, f"person:{person_id}")):
        decision += do(never(f"handoff/{draft.id}/draft"))
    decision += do(never(refresher_key(person_id)))
    for application in (yield from find_all(Application, f"person:{person_id}")):
        decision += taken_away(application)
    for wish in (yield from find_all(AmbassadorApplication, f"person:{person_id}")):
        decision += wish_taken_away(wish)
    decision += yield from person_removed(person_id, content, event.at)
    return decision


def _clear_worklists(work: UnitOfWork, asked: Sequence[Handoff]) -> Asking[None]:
    """Remove the questions from all worklists: from the last solved ones and from the queue."""
    ids = {handoff.id for handoff in asked}
    for municipality_id in sorted({handoff.municipality_id for handoff in asked}):
        for worklist in (yield from work.find(Worklist, f"municipality:{municipality_id}")):
            done = tuple(id_ for id_ in worklist.done if id_ not in ids)
            queue = tuple(id_ for id_ in worklist.queue if id_ not in ids)
            if (done, queue) != (worklist.done, worklist.queue):
                work.put(replace(worklist, done=done, queue=queue))


def _invitations_taken_back(work: UnitOfWork, person_id: str) -> Asking[Decision]:
    """Return the decision that removes the person's nominations, which contain the name, from chats."""
    person = yield from work.person(person_id)
    if person is None or person.unit_id is None:
        return NOTHING
    colleagues = yield from find_all(Person, f"unit:{person.unit_id}")
    slot = invitation_slot(person_id)
    return do(*(Post(to=colleague.id, slot=slot, message=None, only_update=True) for colleague in colleagues))


def _taken_from_helpers(handoff: Handoff) -> list[Post]:
    """Return the posts that remove a question's cards and messages from every helper's chat."""
    involved = {moment.to for moment in handoff.history} | {moment.by for moment in handoff.history}
    involved |= {handoff.assignment.owner_id, handoff.assignment.offered_to, *handoff.assignment.contacts}
    slots = [f"handoff/{handoff.id}/said/{n}" for n in range(1, handoff.chat.messages + 1)]
    slots += [image_slot(handoff.id, n) for n in range(1, len(handoff.question_images) + 1)]
    slots += [f"handoff/{handoff.id}/sent/{n}" for n in range(1, handoff.chat.messages + 1)]
    slots += [f"handoff/{handoff.id}/tip/{n}" for n in range(1, handoff.chat.tips + 1)]
    slots += [
        f"handoff/{handoff.id}/reminder/{n}" for n in range(max(len(handoff.history), handoff.assignment.rounds) + 1)
    ]
    slots += [f"handoff/{handoff.id}/{name}" for name in ("pass", "network", "articles", "suggest")]
    helpers = sorted(id_ for id_ in involved if id_ and id_ != handoff.asker_id)
    return [
        Post(to=id_, slot=slot, message=None, only_update=True)
        for id_ in helpers
        for slot in (*offer_slots(handoff, id_), *slots)
    ]


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
