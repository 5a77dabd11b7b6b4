"""Flows and cards of first contact and removal."""

from dataclasses import replace
from typing import Final

from dialogs.ambassadors.worklist import desk
from dialogs.availability.worklist import Worklist
from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Reply, do, later, put
from dialogs.core.event import Arrived, Event, Left, Scope
from dialogs.core.message import Message
from dialogs.core.person import Address, Person, Role
from dialogs.core.query import Asking, Flow, find, find_all
from dialogs.core.speaker import speaker_of
from dialogs.core.texts import Texts
from dialogs.handoff.model import Handoff
from dialogs.handoff.views import unit_name
from dialogs.profile.cards import municipality_name
from dialogs.teams_membership.model import learned


def welcome(content: Content, texts: Texts, person: Person) -> Message:
    """Return the welcome: purpose and first actions; stored data and deletion unfold at a press."""
    stored = texts("welcome.stored_of_guest" if person.is_guest else "welcome.stored")
    if person.left:
        where = f"**{texts('profile.left')}** {texts('profile.left_why')}"
    elif person.placed:
        unit = unit_name(content, person.unit_id, texts) or texts("profile.not_chosen")
        municipality = municipality_name(content, texts, person)
        where = texts("welcome.unit", unit=unit, municipality=municipality)
    else:
        where = texts("welcome.unplaced")
    return Message(
        text=f"{texts('welcome.title')} {texts('welcome.intro')}\n\n{texts('welcome.erase')}",
        card=card.card(
            [
                card.heading(texts("welcome.title")),
                card.paragraph(texts("welcome.intro")),
                # On a small phone the buttons would otherwise be below the fold.
                card.buttons(
                    *(
                        []
                        if person.placed or person.left
                        else [card.press(texts("welcome.choose_place"), "profile.place", primary=True)]
                    ),
                    card.press(texts("welcome.what_can_i_ask"), "ask.suggest"),
                    card.press(texts("welcome.choose_language"), "profile.language"),
                    card.reveal(
                        texts("welcome.stored_title"),
                        card.card(
                            [card.paragraph(stored), card.paragraph(texts("welcome.erase"))],
                            [card.press(texts("notice.open"), "privacy.notice")],
                        ),
                    ),
                ),
                card.paragraph(where),
            ],
        ),
    )


def hello(texts: Texts) -> Message:
    """Return the short greeting for a group or channel."""
    return Message(text=texts("welcome.group"))


GROUP_SLOT: Final = "welcome/group"


def arrive(event: Event, content: Content) -> Flow:
    """Welcome a person once; greet a group whenever the bot is added."""
    speaker = yield from speaker_of(event, content)
    if event.scope is not Scope.PERSONAL:
        known = NOTHING
        if isinstance(event.what, Arrived) and event.what.team is not None:
            known = yield from learned(event, event.what.team, content)
        return known + do(Reply(slot=GROUP_SLOT, message=hello(speaker.texts)))
    if speaker.person.welcomed:
        return NOTHING
    message = welcome(content, speaker.texts, speaker.person)
    met = replace(speaker.person, welcomed=True)
    welcomed = put(met) + do(Reply(slot=f"welcome/{met.id}", message=message))
    # Messages sent before the welcome, such as an offer, are above it; the worklist repeats them below.
    if not (yield from _has_waiting(met)):
        return welcomed
    return welcomed + (yield from desk(event, content))


def _has_waiting(person: Person) -> Asking[bool]:
    """Return whether a question waits for the person as an ambassador or as a contact."""
    worklist = yield from find(Worklist, person.id)
    if worklist is not None and worklist.used_capacity:
        return True
    # A worklist counts no question of a contact, who has them without capacity.
    helped = (yield from find_all(Handoff, f"helper:{person.id}")) if person.has(Role.CONTACT) else ()
    return any(handoff.is_with(person.id) for handoff in helped)


def left(event: Event, content: Content) -> Flow:
    """Stop messages to a chat the bot was removed from."""
    # Handoffs of the person move to other helpers. A team that removed the bot is deleted.
    if isinstance(event.what, Left) and event.what.team is not None:
        return (yield from learned(event, event.what.team, content))
    person = yield from find(Person, event.person_id)
    if person is None or event.scope is not Scope.PERSONAL:
        return NOTHING
    known = person.addresses.get(event.channel) or Address(channel=event.channel)
    closed = replace(known, reachable=False)
    move_on = later(f"handoff/lost/{person.id}", event.at, "handoff.lost", person_id=person.id)
    return put(replace(person, addresses={**person.addresses, event.channel: closed})) + do(move_on)
