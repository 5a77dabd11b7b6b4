"""Readers' actions on an announcement: confirm it, ask about it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from dialogs.announce.access import announcement_of_card, refuse
from dialogs.announce.deliver.message_builder import reader_message
from dialogs.announce.model import FAULT, Announcement, Confirmation, about_term
from dialogs.announce.trial_copy import trial_message, trial_slot
from dialogs.core.content import Content
from dialogs.core.decision import Post, Reply, do, put
from dialogs.core.event import Event, Scope
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, find_any, match_each
from dialogs.core.refusal import EventRefused
from dialogs.core.session import Session, session_of
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.matching.kept_vector import highest_likeness

# Time in which messages after "ask about this" refer to the announcement. An answer from an article ends it early.
ABOUT_FOR: Final = timedelta(hours=1)
# Probability from which a question is taken to be about an announced fault.
ABOUT_FROM: Final = 0.3
# Minimum likeness of what fails to an announced fault: "får ikke ut noe på papir i dag" beside "Skriverne er nede".
ALIKE_FROM: Final = 0.66
MAX_FAULTS: Final = 3
# Newest faults whose words a question is compared with.
MAX_COMPARED: Final = 3


def confirm(event: Event, content: Content) -> Flow:
    """Store the confirmation of the text on the card; confirming twice changes nothing."""
    if event.pressed.text("trial"):
        return (yield from _try(event, content, confirmed=True))
    addressed = yield from _require_reader(event, content)
    person, announcement, texts = addressed
    if not announcement.confirm:
        return refuse(event, texts("announce.refuse.no_confirmation"))
    if _version_seen(event) < announcement.confirm_since:
        return (yield from _refuse_outdated(event, content, person, announcement))
    confirmation = Confirmation(
        id=Confirmation.id_of(announcement, person.id),
        announcement_id=announcement.id,
        person_id=person.id,
        since=announcement.confirm_since,
        at=event.at,
    )
    already = yield from find(Confirmation, confirmation.id)
    thanks = reader_message(texts, announcement, content.organisation, confirmed=True)
    decision = put(already or confirmation) + do(
        Post(to=person.id, slot=announcement.slot, message=thanks, only_update=True, group=announcement.id)
    )
    # Reminders ask for the confirmation just given, so they go.
    for slot in announcement.chase_slots:
        if event.pressed.slot == slot:
            decision += do(Reply(slot=slot, message=Message(text=texts("announce.confirmed"))))
        else:
            decision += do(Post(to=person.id, slot=slot, message=None, only_update=True))
    return decision


def _try(event: Event, content: Content, *, confirmed: bool) -> Flow:
    """Show what a button does for readers, in a copy to try; nothing is stored."""
    handled = yield from announcement_of_card(event, content)
    announcement, texts = handled.announcement, handled.texts
    if not confirmed or not announcement.wordings:
        return refuse(event, texts("announce.trial.ask"))
    message = trial_message(texts, announcement, content, confirmed=True)
    return do(Reply(slot=trial_slot(announcement), message=message))


def _version_seen(event: Event) -> int:
    """Return the version of the text on the pressed card."""
    version = event.pressed.text("version")
    # Cards of the release before do not name it; they prove no more than the first text.
    return int(version) if version.isdecimal() and len(version) < 10 else 1


def _refuse_outdated(event: Event, content: Content, person: Person, announcement: Announcement) -> Flow:
    """Refuse to confirm an earlier text, and show the corrected one."""
    texts = content.texts[person.language]
    given = yield from find(Confirmation, Confirmation.id_of(announcement, person.id))
    current = reader_message(texts, announcement, content.organisation, confirmed=given is not None)
    decision = refuse(event, texts("announce.refuse.corrected"))
    decision += do(Post(to=person.id, slot=announcement.slot, message=current, only_update=True, group=announcement.id))
    # The latest slot holds the request to confirm the corrected text.
    if event.pressed.slot in announcement.chase_slots[:-1]:
        decision += do(Post(to=person.id, slot=event.pressed.slot, message=None, only_update=True))
    return decision


def ask_about(event: Event, content: Content) -> Flow:
    """Treat the reader's next message as a question about the announcement."""
    if event.pressed.text("trial"):
        return (yield from _try(event, content, confirmed=False))
    addressed = yield from _require_reader(event, content)
    person, announcement, texts = addressed
    session = yield from session_of(person.id, event.at)
    thread = replace(session, announcement_id=announcement.id, article_id=None, turns=(), changed_at=event.at)
    title = announcement.wording(texts.language).title
    message = Message(text=texts("announce.ask_now", title=title))
    return put(thread) + do(Reply(slot=f"announce/ask/{event.id}", message=message))


def asked_about(session: Session, person: Person | None, event: Event, content: Content) -> Asking[Announcement | None]:
    """Return the announcement the person is asking about, or None."""
    # Always None in shared chats, where others may lack access to it.
    recent = event.at - session.changed_at <= ABOUT_FOR
    if session.announcement_id is None or not recent or event.scope is not Scope.PERSONAL:
        return None
    announcement = yield from find(Announcement, session.announcement_id)
    return announcement if announcement is not None and _meant(announcement, person, event, content) else None


def announced_faults(
    shares: Mapping[str, float],
    person: Person | None,
    event: Event,
    content: Content,
    *,
    troubles: Sequence[bytes] = (),
) -> Asking[tuple[Announcement, ...]]:
    """Return the announced faults that a question is about, newest first.

    Args:
        shares: probability of each subject that the question may be about, as ``Announcement.subjects`` names them.
        person: the asker; others than those the fault concerns are not told of it.
        troubles: the vectors of what the message says fails.
    """
    # Others read along in shared chats.
    if person is None or event.scope is not Scope.PERSONAL:
        return ()
    terms = [*(about_term(subject) for subject in sorted(shares)), *([FAULT] if troubles else ())]
    announced = (yield from find_any(Announcement, terms)) if terms else ()
    current = sorted(
        (fault for fault in announced if _meant(fault, person, event, content)),
        key=lambda fault: fault.said_at,
        reverse=True,
    )
    faults: list[Announcement] = []
    for place, fault in enumerate(current):
        about = sum(shares.get(subject, 0.0) for subject in fault.subjects) >= ABOUT_FROM
        # Each comparison reads two texts: older faults are found by their subjects alone.
        if about or (place < MAX_COMPARED and (yield from _tells_of(fault, troubles, person))):
            faults.append(fault)
    return tuple(faults[:MAX_FAULTS])


def _tells_of(fault: Announcement, troubles: Sequence[bytes], person: Person) -> Asking[bool]:
    """Return whether the person tells of the same trouble as a fault in other words."""
    if not troubles:
        return False
    # The encoder knows all languages: one wording is enough.
    wording = fault.wording(person.language)
    told = (wording.title, f"{wording.title}. {wording.body}")
    matches = yield from match_each(told, municipality_id=person.municipality_id, independent=True)
    return highest_likeness([match.vector for match in matches], troubles) >= ALIKE_FROM


def _require_reader(event: Event, content: Content) -> Asking[tuple[Person, Announcement, Texts]]:
    """Return the reader and a live announcement addressed to them, or refuse."""
    person = yield from find(Person, event.person_id)
    texts = content.texts[person.language if person else Language.NB]
    announcement = yield from find(Announcement, event.pressed.text("announcement_id")[:100])
    if person is None or announcement is None or not _meant(announcement, person, event, content):
        raise EventRefused(refuse(event, texts("announce.refuse.over")))
    return person, announcement, texts


def _meant(announcement: Announcement, person: Person | None, event: Event, content: Content) -> bool:
    """Return whether the announcement is live and addressed to the person."""
    return (
        person is not None
        and announcement.live(event.at)
        and announcement.audience.includes(person, content.organisation)
    )
