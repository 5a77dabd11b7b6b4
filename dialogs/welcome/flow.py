"""Flows of first contact and removal."""

from dataclasses import replace
from typing import Final

from dialogs.ambassadors.worklist import desk
from dialogs.availability.worklist import Worklist
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Reply, do, later, put
from dialogs.core.event import Arrived, Event, Left, Scope
from dialogs.core.person import Address, Person
from dialogs.core.query import Flow, find
from dialogs.core.speaker import speaker_of
from dialogs.teams_membership.model import learned
from dialogs.welcome import cards

GROUP_SLOT: Final = "welcome/group"


def arrive(event: Event, content: Content) -> Flow:
    """Welcome a person once; greet a group whenever the bot is added."""
    speaker = yield from speaker_of(event, content)
    if event.scope is not Scope.PERSONAL:
        known = NOTHING
        if isinstance(event.what, Arrived) and event.what.team is not None:
            known = yield from learned(event, event.what.team, content)
        return known + do(Reply(slot=GROUP_SLOT, message=cards.hello(speaker.texts)))
    if speaker.person.welcomed:
        return NOTHING
    message = cards.welcome(content, speaker.texts, speaker.person)
    met = replace(speaker.person, welcomed=True)
    welcomed = put(met) + do(Reply(slot=f"welcome/{met.id}", message=message))
    # Messages sent before the welcome, such as an offer, are above it; the worklist repeats them below.
    waiting = yield from find(Worklist, met.id)
    if waiting is None or not waiting.used_capacity:
        return welcomed
    return welcomed + (yield from desk(event, content))


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
