"""Delivery report: figures, totals, course over time, failures and missing confirmations."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, Self

from dialogs.announce.access import announcement_of_card, refuse
from dialogs.announce.deliver import progress_card
from dialogs.announce.deliver.fanout import FAILED
from dialogs.announce.model import OUT, Announcement, AnnouncementState, Confirmation
from dialogs.announce.report.figures import figures_of
from dialogs.core import card
from dialogs.core.card import Element
from dialogs.core.chart import CURVE_BASE, CURVE_LEFT, CURVE_RIGHT, CURVE_TOP, Point, curve_chart
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Reply, do
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find_all, find_each, group_posts
from dialogs.core.texts import Texts
from dialogs.teams_membership.model import CHANNEL

# Totals over the recipients of an announcement.


@dataclass(slots=True, kw_only=True)
class DeliverySummary:
    """Delivery times, failures and possible duplicates, one recipient after another.

    ``reasons`` counts the reasons of deliveries that were not sent. ``failed`` and ``twice`` are recipients.
    """

    sent_at: list[datetime] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)

    def include(
        self, recipient: str, *, status: str, delivered_at: datetime | None, possibly_twice: bool, reason: str = ""
    ) -> None:
        """Count one recipient. ``status``: a delivery state, or "throttled"."""
        if status == "sent" and delivered_at is not None:
            self.sent_at.append(delivered_at)
        elif reason:
            self.reasons[reason] += 1
        if status in FAILED:
            self.failed.append(recipient)
        if possibly_twice:
            self.twice.append(recipient)

    def bars(self, most: int) -> list[tuple[datetime, int]]:
        """Return the sent messages in at most ``most`` spans of equal length."""
        by_minute = Counter(at.replace(second=0, microsecond=0) for at in self.sent_at)
        if not by_minute:
            return []
        first, last = min(by_minute), max(by_minute)
        length = max(1, -(-(int((last - first).total_seconds()) // 60 + 1) // most))
        by_interval: Counter[datetime] = Counter()
        for minute, number in by_minute.items():
            n = int((minute - first).total_seconds()) // 60 // length
            by_interval[first + timedelta(minutes=n * length)] += number
        return sorted(by_interval.items())


# Recipients per query.
PAGE: Final = 700
# Queries per turn, for about 30,000 recipients. The operator's report has no such limit.
MAX_PAGES: Final = 45
MAX_NAMED: Final = 40
BARS: Final = 12
WIDTH: Final = 20


@dataclass(slots=True, kw_only=True)
class Findings:
    """Findings about recipients; ``whole``: all of them were looked at."""

    deliveries: DeliverySummary = field(default_factory=DeliverySummary)
    unconfirmed: list[str] = field(default_factory=list)
    whole: bool = False


def report(event: Event, content: Content) -> Flow:
    """Show the report in a new card below."""
    handled = yield from announcement_of_card(event, content)
    announcement, texts = handled.announcement, handled.texts
    if announcement.state not in OUT | {AnnouncementState.RECALLED}:
        return refuse(event, texts(f"announce.refuse.{announcement.state}"))
    findings = yield from _collect_findings(announcement)
    figures = yield from figures_of(announcement)
    heading = texts("announce.report.heading", title=announcement.wording(texts.language).title)
    body: list[Element] = [
        card.heading(heading),
        card.facts(progress_card.standing(texts, announcement, figures)),
        *progress_card.pace(texts, announcement, figures, at=event.at),
    ]
    body += _over_time(texts, findings.deliveries)
    failed = "not_removed" if announcement.state is AnnouncementState.RECALLED else "failed"
    missed = ((failed, findings.deliveries.failed), ("twice", findings.deliveries.twice))
    for key, ids in (*missed, ("unconfirmed", findings.unconfirmed)):
        body += yield from _named(texts, announcement, key, ids)
    if not findings.whole:
        body.append(card.small(texts("announce.report.part", id=announcement.id)))
    message = Message(text=heading, card=card.card(body), report_id=announcement.id)
    # The report names people, so reading it is audited.
    audit = Audit(act="announce.reported", subject=announcement.id, by=handled.person.id)
    return do(Reply(slot=f"announce/report/{event.id}", message=message), audit)


def _collect_findings(announcement: Announcement) -> Asking[Findings]:
    findings, after = Findings(), ""
    confirmed = (yield from _confirmed(announcement)) if announcement.confirm else frozenset()
    for _ in range(MAX_PAGES):
        page = yield from group_posts(announcement.id, after=after, limit=PAGE)
        for post in page:
            if post.slot == announcement.slot and not post.recipient.startswith(CHANNEL):
                findings.deliveries.include(
                    post.recipient,
                    status=post.status,
                    delivered_at=datetime.fromisoformat(post.delivered_at) if post.delivered_at else None,
                    possibly_twice=post.possibly_twice,
                )
                if announcement.confirm and post.status == "sent" and post.recipient not in confirmed:
                    findings.unconfirmed.append(post.recipient)
        if len(page) < PAGE:
            findings.whole = True
            break
        after = page[-1].recipient
    return findings


def _confirmed(announcement: Announcement) -> Asking[frozenset[str]]:
    """Return the ids of people with a confirmation of the current text."""
    term, after = f"announcement:{announcement.id}/{announcement.confirm_since}", ""
    people: set[str] = set()
    for _ in range(MAX_PAGES):
        page = yield from find_all(Confirmation, term, after=after, limit=PAGE)
        people |= {confirmation.person_id for confirmation in page}
        if len(page) < PAGE:
            break
        after = page[-1].id
    return frozenset(people)


def _over_time(texts: Texts, deliveries: DeliverySummary) -> list[Element]:
    bars = deliveries.bars(BARS)
    if not bars:
        return []
    most = max(number for _, number in bars)
    rows = [
        (texts.clock(start), f"{'█' * max(1, round(WIDTH * number / most)) if number else ''} {texts.number(number)}")
        for start, number in bars
    ]
    return [card.paragraph(f"**{texts('announce.report.over_time')}**"), card.facts(rows)]


def _named(texts: Texts, announcement: Announcement, key: str, ids: Sequence[str]) -> Asking[list[Element]]:
    """Return the number of people, and names from the owning municipality only."""
    if not ids:
        return []
    names: list[str] = []
    for start in range(0, len(ids), PAGE):
        people = yield from find_each(Person, ids[start : start + PAGE])
        own = (person for person in people.values() if person.municipality_id == announcement.municipality_id)
        names += islice((card.unmarked(person.name) for person in own), MAX_NAMED - len(names))
        if len(names) == MAX_NAMED:
            break
    body = [card.paragraph(f"**{texts.plural(f'announce.report.{key}', len(ids))}**")]
    if names:
        more = len(ids) - len(names)
        text = ", ".join(sorted(names)) + (f" {texts.plural('announce.report.more', more)}" if more else "")
        body.append(card.small(text))
    return body


# Delivery over time, as a curve.

_MAX_POINTS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotLine:
    """Deliveries over time: ``points`` in the chart, ``total`` deliveries, ``longest`` in seconds."""

    points: Sequence[Point]
    total: int
    longest: float

    @classmethod
    def from_times(cls, delivered_at: Sequence[datetime], *, started_at: datetime) -> Self:
        """Return the line, thinned to a few hundred points."""
        start = min([started_at, *delivered_at])
        times = sorted((at - start).total_seconds() for at in delivered_at)
        longest = max(times[-1], 1.0) if times else 1.0
        total = len(times)
        step = max(1, total // _MAX_POINTS)
        marks = [(0.0, 0), *((seconds, n) for n, seconds in enumerate(times, 1) if n % step == 0 or n == total)]
        wide, high = CURVE_RIGHT - CURVE_LEFT, CURVE_BASE - CURVE_TOP
        points = [
            (CURVE_LEFT + seconds / longest * wide, CURVE_BASE - number / max(total, 1) * high)
            for seconds, number in marks
        ]
        return cls(points=points, total=total, longest=longest)


def curve(texts: Texts, delivered_at: Sequence[datetime], *, started_at: datetime, title: str) -> str:
    """Return an SVG of deliveries over time, with a text description."""
    line = PlotLine.from_times(delivered_at, started_at=started_at)
    seconds = texts.number(round(line.longest))
    return curve_chart(
        line.points,
        title=texts("announce.plot.curve", title=title),
        description=texts.plural("announce.plot.told", line.total, seconds=seconds),
        most=texts.number(line.total),
        longest=f"{seconds} s",
    )
