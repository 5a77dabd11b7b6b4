"""Recognition of helpers, based on recorded outcomes only.

Solved questions, helpful answers, and suggestions that became articles are counted.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dialogs.availability.profile import AmbassadorProfile
from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Post, Schedule, later
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.query import Asking, Flow, find_all
from dialogs.core.speaker import answer
from dialogs.core.texts import Texts
from dialogs.handoff.deadlines import Deadlines
from dialogs.handoff.model import Handoff
from dialogs.handoff.suggestion import Suggestion, Verdict
from dialogs.handoff.unit_of_work import UnitOfWork

# Lowest rating that counts as helpful.
HELPFUL: Final = 4
# Lines of the league table.
LISTED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Merit:
    """Results of one helper in a period.

    Args:
        solved: handoffs solved.
        helpful: solved handoffs the asker marked as helpful.
        articles: suggestions approved by editors.
    """

    solved: int = 0
    helpful: int = 0
    articles: int = 0


def merit(handoffs: tuple[Handoff, ...], suggestions: tuple[Suggestion, ...], start: datetime, end: datetime) -> Merit:
    """Count one helper's results from ``start`` up to ``end``."""
    solved = [handoff for handoff in handoffs if _within(handoff.solved_at, start, end)]
    return Merit(
        solved=len(solved),
        # A rating is optional; without one, "helped" is enough.
        helpful=sum(
            handoff.outcome.helped is True and (handoff.outcome.rating or HELPFUL) >= HELPFUL for handoff in solved
        ),
        articles=sum(_within(suggestion.decided_at, start, end) for suggestion in suggestions),
    )


def thanks_due(content: Content, handoff: Handoff, at: datetime) -> Schedule | None:
    """Return the timer of the monthly card: next month's first working hour."""
    if handoff.assignment.owner_id is None:
        return None
    deadlines = Deadlines.for_municipality(content, handoff.municipality_id)
    zone = ZoneInfo(deadlines.hours.timezone)
    here = at.astimezone(zone)
    # The first plus 32 days is always in the next month.
    first = (here.replace(day=1) + timedelta(days=32)).date().replace(day=1)
    starts = datetime.combine(first, time(0, 0), zone).astimezone(UTC)
    due = deadlines.after(starts, timedelta(hours=1))
    key = f"ambassador/{handoff.assignment.owner_id}/thanks/{here:%Y-%m}"
    return later(key, due, "ambassador.thanks", person_id=handoff.assignment.owner_id, month=f"{here:%Y-%m}")


def thank(event: Event, content: Content) -> Flow:
    """Send a helper the card with the month's results."""
    work = UnitOfWork(event, content)
    id_, month = event.rang.data.get("person_id", ""), event.rang.data.get("month", "")
    profile = yield from work.get(AmbassadorProfile, id_)
    if profile is None or not profile.ambassador.active:
        return NOTHING
    zone = ZoneInfo(Deadlines.for_municipality(content, profile.ambassador.municipality_id).hours.timezone)
    start = datetime.fromisoformat(f"{month}-01").replace(tzinfo=zone)
    end = (start + timedelta(days=32)).replace(day=1)
    handoffs = yield from find_all(Handoff, f"done:{id_}")
    suggestions = yield from find_all(Suggestion, f"{Verdict.APPROVED}:{id_}")
    month_merit = merit(handoffs, suggestions, start, end)
    if month_merit == Merit():
        return NOTHING
    texts = yield from work.texts(id_)
    work.do(Post(to=id_, slot=f"ambassador/thanks/{month}", message=_thanks(texts, month_merit)))
    return work.decision()


def league(event: Event, content: Content) -> Flow:
    """Show the league table, if the municipality has enabled it."""
    work = UnitOfWork(event, content)
    texts = yield from work.actor_texts()
    profile = yield from work.get(AmbassadorProfile, event.person_id)
    municipality = (
        content.organisation.municipalities.get(profile.ambassador.municipality_id)
        if profile and profile.ambassador.active
        else None
    )
    if municipality is None or not municipality.league_table:
        return (yield from work.refuse("no_league", event.person_id, audit=False))
    rows = yield from _league_rows(work, municipality.id)
    title = texts("ambassador.league.title")
    message = Message(text=title, card=card.card([card.heading(title), card.facts(rows)]))
    return answer(event, "ambassador/league", message, texts)


def _league_rows(work: UnitOfWork, municipality_id: str) -> Asking[list[tuple[str, str]]]:
    texts = yield from work.actor_texts()
    start, end = work.at - timedelta(days=30), work.at + timedelta(seconds=1)
    ranking: list[tuple[int, str]] = []
    for profile in (yield from find_all(AmbassadorProfile, f"active@{municipality_id}")):
        handoffs = yield from find_all(Handoff, f"done:{profile.id}")
        solved = merit(handoffs, (), start, end).solved
        if solved:
            ranking.append((solved, card.unmarked(profile.ambassador.name)))
    ordered = sorted(ranking, key=lambda row: (-row[0], row[1]))[:LISTED]
    return [(name, texts.number(solved)) for solved, name in ordered]


def _thanks(texts: Texts, merit: Merit) -> Message:
    lines = [texts.plural("ambassador.thanks.solved", merit.solved)] if merit.solved else []
    if merit.helpful:
        lines.append(texts.plural("ambassador.thanks.helpful", merit.helpful))
    if merit.articles:
        lines.append(texts.plural("ambassador.thanks.articles", merit.articles))
    title = texts("ambassador.thanks.title")
    return Message(
        text=f"{title} {' '.join(lines)}",
        card=card.card([card.heading(title), *(card.paragraph(line) for line in lines)]),
    )


def _within(at: datetime | None, start: datetime, end: datetime) -> bool:
    return at is not None and start <= at < end
