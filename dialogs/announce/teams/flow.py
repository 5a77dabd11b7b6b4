"""Teams with the bot as member: updates, and assignment to a municipality."""

from dataclasses import replace
from typing import Final

from dialogs.announce.access import Announcer, refuse, require_announcer
from dialogs.announce.teams import cards
from dialogs.core.content import Content
from dialogs.core.decision import Reply, do, put
from dialogs.core.event import Event, Rearranged
from dialogs.core.feature import Feature, Verbs
from dialogs.core.query import Asking, Flow, find, find_all
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import slot_of
from dialogs.teams_membership.model import Team, learned, owners, placed

# Choice for a team without a municipality.
NOBODY: Final = "-"


def rearranged(event: Event, content: Content) -> Flow:
    """Store a team update reported by Teams."""
    if not isinstance(event.what, Rearranged):
        raise TypeError(f"nothing of a team: {type(event.what).__name__}")
    return learned(event, event.what.team, content)


def show_teams(event: Event, content: Content) -> Flow:
    """List the teams an announcer may choose channels of."""
    who = yield from require_announcer(event, content)
    teams = yield from teams_of(who)
    return do(Reply(slot=slot_of(event, "team"), message=cards.overview(who.texts, content, teams)))


def open_(event: Event, content: Content) -> Flow:
    """Show one team with the choice of its municipality."""
    announcer_and_team = yield from _team(event, content)
    who, team = announcer_and_team
    message = cards.one(who.texts, content, team, choosable=_choosable(who, team, content))
    return do(Reply(slot=slot_of(event, "team"), message=message))


def assign_municipality(event: Event, content: Content) -> Flow:
    """Assign a team to a municipality."""
    # An announcer of one municipality can only remove the team from it.
    announcer_and_team = yield from _team(event, content)
    who, team = announcer_and_team
    chosen = event.pressed.text("municipality")
    if chosen not in {NOBODY, *_choosable(who, team, content)}:
        return refuse(event, who.texts("team.refuse.municipality"))
    changed = replace(team, municipality_id=None if chosen == NOBODY else chosen, changed_at=event.at)
    teams = [changed if team.id == changed.id else team for team in (yield from teams_of(who))]
    mine = [team for team in teams if who.municipality_id in {None, team.municipality_id}]
    message = cards.overview(who.texts, content, mine, changed=changed)
    return put(changed) + do(Reply(slot=slot_of(event, "team"), message=message), placed(changed, by=who.person.id))


def teams_of(who: Announcer) -> Asking[tuple[Team, ...]]:
    """Return the teams visible to an announcer, ordered by id.

    Those are the teams of their municipality; without that limit all teams, unassigned ones included.
    """
    term = "all" if who.municipality_id is None else f"municipality:{who.municipality_id}"
    return (yield from find_all(Team, term))


def _team(event: Event, content: Content) -> Asking[tuple[Announcer, Team]]:
    who = yield from require_announcer(event, content)
    team = yield from find(Team, event.pressed.text("team_id")[:200])
    if team is None or who.municipality_id not in {None, team.municipality_id}:
        raise EventRefused(refuse(event, who.texts("team.refuse.unknown")))
    return who, team


def _choosable(who: Announcer, team: Team, content: Content) -> frozenset[str]:
    possible = owners(team.tenant_id, content)
    return possible if who.municipality_id is None else possible & {who.municipality_id}


VERBS: Final[Verbs] = {
    "team.show": show_teams,
    "team.open": open_,
    "team.place": assign_municipality,
}
FEATURE: Final = Feature(verbs=VERBS, records=(Team,))
