"""Teams the bot is in: heard of by the bot, looked at and given to a municipality by those who announce."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from dialogs.announce.access import Announcer, announcer, refuse
from dialogs.decision import Reply, do, put
from dialogs.event import Event, Rearranged
from dialogs.query import Asking, Flow, find, find_all
from dialogs.refusal import EventRefused
from dialogs.speaker import slot_of
from dialogs.team import cards
from dialogs.team.learning import learned, owners, placed
from dialogs.team.model import Team
from dialogs.world import World

NOBODY: Final = "-"
"""What is chosen for a team that shall belong to no municipality."""


def rearranged(event: Event, world: World) -> Flow:
    """Remember what was told of a team."""
    if not isinstance(event.what, Rearranged):
        raise TypeError(f"nothing of a team: {type(event.what).__name__}")
    return learned(event, event.what.team, world)


def show(event: Event, world: World) -> Flow:
    """List the teams whose channels an announcer may choose; to who reaches everybody, those of nobody as well."""
    who = yield from announcer(event, world)
    teams = yield from teams_of(who)
    return do(Reply(slot=slot_of(event, "team"), message=cards.overview(who.texts, world, teams)))


def open_(event: Event, world: World) -> Flow:
    """Show one team, with the choice of whose it is."""
    found = yield from _team(event, world)
    who, team = found
    message = cards.one(who.texts, world, team, choosable=_choosable(who, team, world))
    return do(Reply(slot=slot_of(event, "team"), message=message))


def place(event: Event, world: World) -> Flow:
    """Say whose a team is. Who announces in one municipality may only say that it is not theirs."""
    found = yield from _team(event, world)
    who, team = found
    chosen = event.pressed.text("municipality")
    if chosen not in {NOBODY, *_choosable(who, team, world)}:
        return refuse(event, who.texts("team.refuse.municipality"))
    moved = replace(team, municipality_id=None if chosen == NOBODY else chosen, changed_at=event.at)
    teams = [moved if each.id == moved.id else each for each in (yield from teams_of(who))]
    mine = [each for each in teams if who.municipality_id in {None, each.municipality_id}]
    message = cards.overview(who.texts, world, mine, changed=moved)
    return put(moved) + do(Reply(slot=slot_of(event, "team"), message=message), placed(moved, by=who.person.id))


def teams_of(who: Announcer) -> Asking[tuple[Team, ...]]:
    """Return the teams an announcer may see, ordered by id: those of their own municipality, or all."""
    term = "all" if who.municipality_id is None else f"municipality:{who.municipality_id}"
    return (yield from find_all(Team, term))


def _team(event: Event, world: World) -> Asking[tuple[Announcer, Team]]:
    who = yield from announcer(event, world)
    team = yield from find(Team, event.pressed.text("team_id")[:200])
    if team is None or who.municipality_id not in {None, team.municipality_id}:
        raise EventRefused(refuse(event, who.texts("team.refuse.unknown")))
    return who, team


def _choosable(who: Announcer, team: Team, world: World) -> frozenset[str]:
    possible = owners(team.tenant_id, world)
    return possible if who.municipality_id is None else possible & {who.municipality_id}


VERBS: Final[Mapping[str, Callable[[Event, World], Flow]]] = {
    "team.show": show,
    "team.open": open_,
    "team.place": place,
}
