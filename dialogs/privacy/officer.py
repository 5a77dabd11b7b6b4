"""The data protection officer's page and rights: runs, receipts, and one person's data."""

from typing import Final

from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content
from dialogs.core.data_request import DataRequest
from dialogs.core.decision import Audit, Decision, Notice, do
from dialogs.core.erasure_receipt import ErasureReceipt
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.nightly_run import REMOVAL_JOBS, NightlyRun
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find, find_all, find_any, find_each, verify_audit
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Speaker, answer, speaker_of
from dialogs.privacy import officer_cards
from dialogs.privacy.export import export_messages, sent_to_own_chat
from dialogs.privacy.own_data import held_of

# Rights of the data protection officer over other people's data.


def is_officer(person: Person) -> bool:
    """Return whether the person is the officer of a municipality now."""
    return person.has(Role.DPO) and person.municipality_id is not None and not person.left


def is_officer_for(officer: Person, person: Person) -> bool:
    """Return whether the officer may look up, export and delete the data of ``person``."""
    return is_officer(officer) and person.municipality_id == officer.municipality_id


def may_download(reader: Person, person: Person) -> bool:
    """Return whether the reader may have the data of ``person`` as a file."""
    return reader.id == person.id or is_officer_for(reader, person)


def may_confirm(person: Person, request: DataRequest) -> bool:
    """Return whether the person may confirm a request: an officer or administrator at neither end of it."""
    involved = {request.registered_by, request.person_id}
    handles = is_officer(person) or (person.has(Role.ADMIN) and not person.left)
    return handles and person.municipality_id == request.municipality_id and person.id not in involved


MAX_RECEIPTS: Final = 20
MAX_ENTRIES: Final = 20


def show(event: Event, content: Content) -> Flow:
    """Show retention runs, erasure receipts, and the form for one person."""
    officer = yield from require_officer(event, content)
    runs = yield from find_each(NightlyRun, [nightly.name for nightly in REMOVAL_JOBS])
    receipts = yield from find_all(ErasureReceipt, f"municipality:{officer.person.municipality_id}")
    latest = sorted(receipts, key=lambda receipt: receipt.at, reverse=True)[:MAX_RECEIPTS]
    message = officer_cards.page(officer.texts, tuple(runs.values()), latest, number=len(receipts))
    return answer(event, "officer", message, officer.texts)


def show_person(event: Event, content: Content) -> Flow:
    """Show the number of stored records of a person by kind, and the latest audit entries about the person."""
    officer = yield from require_officer(event, content)
    person = yield from named_person(event, officer)
    held = yield from held_of(person.id)
    entries = yield from find_any(AuditEntry, (f"subject:{person.id}", f"by:{person.id}"))
    latest = sorted(entries, key=lambda entry: entry.at, reverse=True)[:MAX_ENTRIES]
    downloads = content.channels.of(event.channel).downloads
    message = officer_cards.person_card(officer.texts, person, held, latest, downloads=downloads)
    return answer(event, "officer", message, officer.texts) + _noted("privacy.looked_up", person, officer)


def export_for_officer(event: Event, content: Content) -> Flow:
    """Export all data of a person to the officer's own chat."""
    officer = yield from require_officer(event, content)
    person = yield from named_person(event, officer)
    messages, records = yield from export_messages(event, content, officer.texts, person)
    return sent_to_own_chat(event, "officer", messages) + _noted("privacy.exported", person, officer, records=records)


def verify_log(event: Event, content: Content) -> Flow:
    """Verify the audit log as ``heia audit verify`` does, and show the result."""
    officer = yield from require_officer(event, content)
    verdict = yield from verify_audit()
    message = officer_cards.audit_verdict(officer.texts, verdict, at=event.at)
    details = (("problems", str(len(verdict.problems))), ("rows", str(verdict.entries)))
    act = Audit(act="audit.verified", subject="audit", by=officer.person.id, details=details, repeatable=True)
    return answer(event, "officer", message, officer.texts) + do(act)


def ask_erasure(event: Event, content: Content) -> Flow:
    """Offer to register a request for the erasure of a person, which a second person confirms."""
    officer = yield from require_officer(event, content)
    person = yield from named_person(event, officer)
    return answer(event, "officer", officer_cards.ask_request(officer.texts, person), officer.texts)


def refuse_erasure(event: Event, content: Content) -> Flow:
    """Answer the button of older cards, which erased at once: two people must act now."""
    offered = yield from ask_erasure(event, content)
    texts = (yield from speaker_of(event, content)).texts
    return offered + do(Notice(text=texts("officer.erase.two")))


def require_officer(event: Event, content: Content) -> Asking[Speaker]:
    """Return the acting officer. Raises EventRefused: the actor is no officer of a municipality."""
    speaker = yield from speaker_of(event, content)
    if is_officer(speaker.person):
        return speaker
    refused = Audit(act="privacy.refused", subject="officer", by=event.person_id, repeatable=True)
    raise EventRefused(do(refused) + answer(event, "officer", officer_cards.refused(speaker.texts), speaker.texts))


def named_person(event: Event, officer: Speaker) -> Asking[Person]:
    """Return the named person of the officer's municipality. Raises EventRefused."""
    # An unknown person and one of another municipality get the same answer.
    wanted = event.pressed.text("person").strip()
    person = (yield from find(Person, wanted)) if wanted else None
    if person is None and "@" in wanted:
        person = next(iter((yield from find_all(Person, f"email:{wanted.lower()}", limit=1))), None)
    if person is not None and is_officer_for(officer.person, person):
        return person
    refused = Audit(act="privacy.refused", subject="person", by=event.person_id, repeatable=True)
    raise EventRefused(do(refused) + answer(event, "officer", officer_cards.unknown(officer.texts), officer.texts))


def _noted(act: str, person: Person, officer: Speaker, **numbers: int) -> Decision:
    details = tuple((name, str(number)) for name, number in numbers.items())
    return do(Audit(act=act, subject=person.id, by=officer.person.id, details=details, about_person=True))


VERBS: Final[Verbs] = {
    "officer.show": show,
    "officer.audit": verify_log,
    "officer.person": show_person,
    "officer.export": export_for_officer,
    "officer.erase": ask_erasure,
    "officer.erase_now": refuse_erasure,
}
