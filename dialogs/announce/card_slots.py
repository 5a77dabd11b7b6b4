"""The announcer's cards of an announcement: their slots, kept, moved and removed."""

from dataclasses import replace

from dialogs.announce.access import announcer_of
from dialogs.announce.model import Announcement
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Post, do, put
from dialogs.core.event import Event, Pressed
from dialogs.core.person import Person
from dialogs.core.query import Asking, find_each


def new_card_slot(event: Event, announcement: Announcement) -> str:
    """Return the slot of an additional card below the latest message."""
    return f"announce/desk/{announcement.id}/{event.id}"


def with_author_card(announcement: Announcement, person: Person, slot: str) -> Announcement:
    """Return the announcement with ``slot`` as progress card of person and author."""
    # The author gets a card in the same slot, so that both are found below their latest messages.
    return replace(_with_progress_card(announcement, person, slot), desk=slot)


def move_progress_card(announcement: Announcement, person: Person, slot: str) -> Decision:
    """Return the decision that makes ``slot`` the person's progress card."""
    after = _with_progress_card(announcement, person, slot)
    return NOTHING if after == announcement else put(after) + do(*remove_old_cards(announcement, after))


def _with_progress_card(announcement: Announcement, person: Person, slot: str) -> Announcement:
    if person.id == announcement.author_id:
        return replace(announcement, desk=slot)
    return replace(announcement, colleagues={**announcement.colleagues, person.id: slot})


def remove_old_cards(before: Announcement, after: Announcement) -> tuple[Post, ...]:
    """Return the posts that remove progress cards replaced by newer ones."""
    gone = [(before.author_id, before.desk)] if before.desk != after.desk else []
    gone += [(to, slot) for to, slot in before.colleagues.items() if after.colleagues.get(to) != slot]
    return tuple(Post(to=to, slot=slot, message=None, only_update=True) for to, slot in gone)


def progress_card_holders(announcement: Announcement, content: Content) -> Asking[list[tuple[Person, str]]]:
    """Return the people with a progress card, each with its slot."""
    # Colleagues of the author are left out once they may no longer see the announcement, the author once they have left
    # the registry.
    people = yield from find_each(Person, (announcement.author_id, *announcement.colleagues))
    shown: list[tuple[Person, str]] = []
    for person in people.values():
        who = announcer_of(person, content)
        if person.left:
            continue
        if person.id == announcement.author_id:
            shown.append((person, announcement.desk))
        elif who is not None and who.sees(announcement, content.organisation):
            shown.append((person, announcement.colleagues[person.id]))
    return shown


def answer_slot(event: Event, announcement: Announcement) -> str:
    """Return the slot to answer in: the pressed card's, else the author's."""
    slot = event.what.slot if isinstance(event.what, Pressed) else None
    return slot if slot and slot.startswith("announce/desk/") else announcement.desk
