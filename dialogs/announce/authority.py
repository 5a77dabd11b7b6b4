"""Whether those who let an announcement go may still do so when its time comes, and what is done when they may not."""

from dataclasses import replace
from typing import Final

from dialogs import card
from dialogs.announce.access import announcer_of
from dialogs.announce.counting import counted_again
from dialogs.announce.model import Announcement, State
from dialogs.decision import Audit, Decision, Post, do, put
from dialogs.event import Event
from dialogs.message import Message
from dialogs.person import Person, Role
from dialogs.query import Asking, find, find_all
from dialogs.texts import Texts
from dialogs.world import World

CLOCK: Final = "clock"
MOST_TOLD: Final = 20


def responsible(announcement: Announcement) -> str:
    """Return who asked for it to be sent: whoever submitted or scheduled it last, or corrected it; else its author."""
    if announcement.pending is not None:
        return announcement.pending.by
    asked = {"submitted"} if announcement.approved_by or announcement.state is State.AWAITING else {"scheduled"}
    return next((each.by for each in reversed(announcement.history) if each.act in asked), announcement.author_id)


def stands(announcement: Announcement, world: World) -> Asking[bool]:
    """Tell whether who asked for it, and who approved it, may still do so for its whole audience."""
    person = yield from find(Person, responsible(announcement))
    who = announcer_of(person, world)
    if who is None or not who.handles(announcement):
        return False
    if announcement.audience.faults(world.organisation, own_municipality_id=who.municipality_id):
        return False
    if announcement.approved_by is None:
        return True
    approver = yield from find(Person, announcement.approved_by)
    return approver is not None and approves(approver, announcement)


def approves(person: Person, announcement: Announcement) -> bool:
    """Tell whether the person may approve what the municipality announces. Whose it is, is another matter."""
    return person.has(Role.APPROVER) and person.municipality_id == announcement.municipality_id


def stopped(announcement: Announcement, event: Event, world: World) -> Asking[Decision]:
    """Return the decision that makes it a draft again, and tells those who can take it over."""
    draft = replace(
        announcement.to(State.DRAFT).noted("stopped", CLOCK, event.at),
        scheduled_at=None,
        approved_by=None,
        edition=announcement.edition + 1,
        counted=counted_again(announcement),
    )
    decision = put(draft) + do(Audit(act="announce.stopped", subject=draft.id, by=CLOCK))
    author = yield from find(Person, draft.author_id)
    for person in (yield from _those_concerned(draft)):
        slot = draft.desk if person == author else f"{draft.slot}/stopped/{draft.edition}"
        opens = announcer_of(person, world) is not None
        message = _told(world.texts[person.language], draft, opens=opens)
        decision += do(Post(to=person.id, slot=slot, message=message))
    return decision


def _those_concerned(draft: Announcement) -> Asking[list[Person]]:
    """Return who is told: its author, and the municipality's announcers, approvers and administrators."""
    author = yield from find(Person, draft.author_id)
    found = {author.id: author} if author is not None else {}
    for role in (Role.ANNOUNCER, Role.APPROVER, Role.ADMIN):
        people = yield from find_all(Person, f"role:{role}@{draft.municipality_id}", limit=MOST_TOLD)
        found |= {person.id: person for person in people}
    return list(found.values())


def _told(texts: Texts, draft: Announcement, *, opens: bool) -> Message:
    told = texts("announce.stopped", title=draft.wording(texts.language).title)
    actions = [card.press(texts("announce.list.open"), "announce.open", announcement_id=draft.id)] if opens else []
    return Message(text=told, card=card.card([card.status(told, style="warning")], actions))
