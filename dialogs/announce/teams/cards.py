"""Cards of teams for announcers."""

from collections.abc import Collection, Sequence
from typing import Final

from dialogs.core import card
from dialogs.core.card import Element
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from dialogs.teams_membership.model import Team

MAX_LISTED: Final = 20


def overview(texts: Texts, content: Content, teams: Sequence[Team], *, changed: Team | None = None) -> Message:
    """Return the teams, those without a municipality first.

    ``changed``: the team just assigned, named in a confirmation.
    """
    body: list[Element] = [card.heading(texts("team.heading"))]
    text = texts("team.heading")
    if changed is not None:
        text = texts("team.placed", team=_team_name(texts, changed), owner=owner(texts, content, changed))
        body.insert(0, card.status(text, style="good"))
    ordered = sorted(teams, key=lambda team: (team.municipality_id is not None, _team_name(texts, team).lower()))
    for team in ordered[:MAX_LISTED]:
        about = texts.plural("team.line", len(team.channels), owner=owner(texts, content, team))
        open_ = card.press(texts("team.open"), "team.open", team_id=team.id)
        body.append(card.columns([card.paragraph(_team_name(texts, team)), card.small(about)], [card.buttons(open_)]))
    if len(ordered) > MAX_LISTED:
        body.append(card.small(texts.plural("team.more", len(ordered) - MAX_LISTED)))
    body.append(card.small(texts("team.how" if ordered else "team.none")))
    return Message(text=text, card=card.card(body))


def one(texts: Texts, content: Content, team: Team, *, choosable: Collection[str]) -> Message:
    """Return a team with its channels and the choice of municipality."""
    municipalities = content.organisation.municipalities
    choices = [
        (municipality.names.text(texts.language), municipality.id)
        for municipality in municipalities.values()
        if municipality.id in choosable
    ]
    names = ", ".join(channel.name or texts("team.general") for channel in team.channels[:MAX_LISTED])
    body: list[Element] = [
        card.heading(_team_name(texts, team)),
        card.facts([(texts("team.channels"), names), (texts("team.owner"), owner(texts, content, team))]),
        card.choose(
            "municipality",
            texts("team.choose"),
            [*choices, (texts("team.nobody"), "-")],
            value=team.municipality_id or "-",
            expanded=True,
        ),
        card.small(texts("team.why")),
    ]
    save = card.press(texts("team.save"), "team.place", primary=True, team_id=team.id)
    return Message(text=_team_name(texts, team), card=card.card(body, [save]))


def owner(texts: Texts, content: Content, team: Team) -> str:
    """Return the name of the team's municipality."""
    municipality = content.organisation.municipalities.get(team.municipality_id or "")
    return municipality.names.text(texts.language) if municipality else texts("team.nobody")


def _team_name(texts: Texts, team: Team) -> str:
    return team.name or texts("team.nameless")
