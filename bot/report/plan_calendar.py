"""The public plan as an iCalendar file (RFC 5545): whole days, which are the same in every time zone, and no people."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event

from dialogs.core.milestone import Certainty, Milestone
from dialogs.core.texts import Texts
from dialogs.rollout.timeline.plan import PlanLine, today_of
from dialogs.rollout.timeline.views import PublicPlan
from dialogs.rollout.timeline.words import notes_of, shown_date, what_of

PRODUCT: Final = "-//Heia//timeline//NO"
# Of the ids of events. It names no host, so that they stay when the address changes.
DOMAIN: Final = "timeline.heia"
# When the lines of the file say nothing about it, an event needs a time stamp all the same.
UNKNOWN_CHANGE: Final = datetime(2020, 1, 1, tzinfo=UTC)
REFRESH: Final = timedelta(hours=6)


def plan_calendar(texts: Texts, plan: PublicPlan, *, now: datetime) -> bytes:
    """Return the calendar; the same plan on the same day gives the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", plan.name)
    calendar.add("x-wr-calname", plan.name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    for event in _events(texts, plan.lines, now):
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _events(texts: Texts, lines: Iterable[PlanLine], now: datetime) -> Iterable[Event]:
    today = today_of(now)
    for line in lines:
        milestone = line.milestone
        event = Event()
        event.add("uid", f"{line.id}@{DOMAIN}")
        changed = line.entry.changed_at if line.entry is not None else UNKNOWN_CHANGE
        event.add("dtstamp", changed.astimezone(UTC).replace(microsecond=0))
        event.add("last-modified", changed.astimezone(UTC).replace(microsecond=0))
        event.add("sequence", line.sequence)
        event.add("dtstart", milestone.days.first)
        event.add("dtend", milestone.days.last + timedelta(days=1))
        event.add("summary", what_of(texts, milestone))
        described = [shown_date(texts, milestone), *notes_of(texts, milestone, today)]
        event.add("description", ", ".join(described))
        event.add("status", _status(milestone))
        event.add("transp", "TRANSPARENT")  # it takes no time of the reader's day
        event.add("class", "PUBLIC")
        yield event


def _status(milestone: Milestone) -> str:
    if milestone.withdrawn:
        return "CANCELLED"
    return "CONFIRMED" if milestone.done or milestone.certainty in {None, Certainty.CERTAIN} else "TENTATIVE"
