"""Check at sending time that requester and approver still have their rights."""

from dataclasses import replace
from enum import StrEnum
from typing import Final

from dialogs.announce.access import announcer_of
from dialogs.announce.compose.counting import counted_again
from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Decision, Post, do, put
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find, find_all, find_each
from dialogs.core.texts import Texts

CLOCK: Final = "clock"
# Notified people per role.
MAX_NOTIFIED: Final = 20


class LostRight(StrEnum):
    """Reason why an announcement is not sent; values go into the audit log."""

    REQUESTER = "requester_without_right"
    AUDIENCE = "audience_too_wide"
    APPROVER = "approver_without_right"


def responsible_id(announcement: Announcement) -> str:
    """Return the id of the person responsible for the request to send.

    That is the latest submitter, scheduler or corrector, else the author.
    """
    if announcement.pending is not None:
        return announcement.pending.by
    asked = (
        {"submitted"} if announcement.approved_by or announcement.state is AnnouncementState.AWAITING else {"scheduled"}
    )
    return next((change.by for change in reversed(announcement.history) if change.act in asked), announcement.author_id)


def lost_right(announcement: Announcement, content: Content) -> Asking[LostRight | None]:
    """Return the right that requesters or approver have lost for the audience, or None."""
    people = yield from find_each(Person, _requesters(announcement))
    for id_ in _requesters(announcement):
        who = announcer_of(people.get(id_), content)
        if who is None or not who.handles(announcement):
            return LostRight.REQUESTER
        # The role alone is not enough: a person that changed municipality keeps it, for another audience.
        if announcement.audience.faults(content.organisation, own_municipality_id=who.municipality_id):
            return LostRight.AUDIENCE
    # The person answering a request approves it; earlier approvers do not matter.
    if announcement.approved_by is None or announcement.state is not AnnouncementState.SCHEDULED:
        return None
    approver = yield from find(Person, announcement.approved_by)
    return None if approver is not None and is_approver(approver, announcement) else LostRight.APPROVER


def _requesters(announcement: Announcement) -> list[str]:
    """Return the ids of the responsible person and of the rescheduler."""
    ids = [responsible_id(announcement)]
    if announcement.state is AnnouncementState.SCHEDULED:
        # The approval itself is noted as scheduling too.
        rescheduler_id = next(
            (change.by for change in reversed(announcement.history) if change.act == "scheduled"), ids[0]
        )
        ids += [rescheduler_id] if rescheduler_id not in {*ids, announcement.approved_by} else []
    return ids


def is_approver(person: Person, announcement: Announcement) -> bool:
    """Return whether the person is an approver of the announcement's municipality."""
    # Whether they may approve their own request is checked elsewhere.
    return person.has(Role.APPROVER) and person.municipality_id == announcement.municipality_id


def stop_sending(announcement: Announcement, lost: LostRight, event: Event, content: Content) -> Asking[Decision]:
    """Return the decision that turns it into a draft and notifies people."""
    draft = replace(
        announcement.to(AnnouncementState.DRAFT).noted("stopped", CLOCK, event.at),
        scheduled_at=None,
        approved_by=None,
        edition=announcement.edition + 1,
        counted=counted_again(announcement),
    )
    audit = Audit(act="announce.stopped", subject=draft.id, by=CLOCK, details=(("reason", lost),))
    decision = put(draft) + do(audit)
    author = yield from find(Person, draft.author_id)
    for person in (yield from _notified_people(draft)):
        slot = draft.desk if person == author else f"{draft.slot}/stopped/{draft.edition}"
        # Approvers without the right to announce cannot open the draft.
        opens = announcer_of(person, content) is not None
        message = _stopped_notice(content.texts[person.language], draft, opens=opens)
        decision += do(Post(to=person.id, slot=slot, message=message))
    return decision


def _notified_people(draft: Announcement) -> Asking[list[Person]]:
    """Return the author, unless gone, and the municipality's announcers, approvers and admins."""
    author = yield from find(Person, draft.author_id)
    notified = {author.id: author} if author is not None and not author.left else {}
    for role in (Role.ANNOUNCER, Role.APPROVER, Role.ADMIN):
        people = yield from find_all(Person, f"role:{role}@{draft.municipality_id}", limit=MAX_NOTIFIED)
        notified |= {person.id: person for person in people}
    return list(notified.values())


def _stopped_notice(texts: Texts, draft: Announcement, *, opens: bool) -> Message:
    text = texts("announce.stopped", title=draft.wording(texts.language).title)
    actions = [card.press(texts("announce.list.open"), "announce.open", announcement_id=draft.id)] if opens else []
    return Message(text=text, card=card.card([card.status(text, style="warning")], actions))
