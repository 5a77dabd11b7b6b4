"""Announcement reports and the public plan as files: tables, pages of recipients, charts, a calendar."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event
from PIL import Image, ImageDraw, ImageFont

from bot.ports import Clock, Commit, Delivery, Key, RandomSource, Store, StoredImage
from bot.records.codec import decode, write_of
from bot.records.query_answering import FlowRun
from bot.support.pen import Pen
from dialogs.announce.access import announcer_of
from dialogs.announce.model import OUT, Announcement, AnnouncementState, Confirmation
from dialogs.announce.report.report import BARS, DeliverySummary, PlotLine, curve
from dialogs.core import chart
from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Put
from dialogs.core.milestone import Certainty, Milestone
from dialogs.core.person import Person
from dialogs.core.texts import OSLO, Texts
from dialogs.provisioning.model import awaits_removal
from dialogs.rollout.timeline.picture import PlanPicture, draw_plan
from dialogs.rollout.timeline.plan import PlanLine, today_of
from dialogs.rollout.timeline.views import PublicPlan
from dialogs.rollout.timeline.words import notes_of, shown_date, what_of
from dialogs.teams_membership.model import CHANNEL
from knowledge.organisation.importers.rows import csv_of_rows
from knowledge.organisation.organisation import Organisation

# Charts as PNG, for a slide and for channels without SVG.

# The plan is 1,920 pixels wide, as a slide.
SCALE: Final = 2
_TEXT: Final = "#222222"


def plan_png(picture: PlanPicture) -> bytes:
    """Return the picture of the plan."""
    pen = Pen(picture.shape.width, picture.height, scale=SCALE)
    draw_plan(pen, picture)
    return pen.png()


def curve_png(line: PlotLine) -> StoredImage:
    """Return the delivery curve between its axes.

    Labels are numbers: the built-in font has no Norwegian letters.
    """
    pixels = Image.new("RGB", (chart.CURVE_WIDTH * SCALE, chart.CURVE_HEIGHT * SCALE), "white")
    draw = ImageDraw.Draw(pixels)
    font = ImageFont.load_default(size=14 * SCALE)
    left, top, right, base = chart.CURVE_LEFT, chart.CURVE_TOP, chart.CURVE_RIGHT, chart.CURVE_BASE

    def at(x: float, y: float) -> chart.Point:
        return x * SCALE, y * SCALE

    draw.line([at(left, top), at(left, base), at(right, base)], fill="#555555", width=SCALE)
    draw.line([at(x, y) for x, y in line.points], fill=chart.CURVE_INK, width=2 * SCALE, joint="curve")
    draw.text(at(left - 8, top), f"{line.total}", fill=_TEXT, font=font, anchor="rm")
    draw.text(at(left - 8, base), "0", fill=_TEXT, font=font, anchor="rm")
    draw.text(at(right, base + 18), f"{round(line.longest)} s", fill=_TEXT, font=font, anchor="rm")
    out = io.BytesIO()
    pixels.quantize(32).save(out, "PNG", optimize=True)
    return StoredImage(body=out.getvalue(), media_type="image/png")


# Pages of an announcement's recipients, and their table rows.

PAGE: Final = 500
COLUMNS: Final = (
    "person_id",
    "name",
    "municipality",
    "unit",
    "state",
    "channel",
    "attempts",
    "possibly_twice",
    "reason",
    "settled_at",
    "confirmed_at",
)


async def recipients(store: Store, announcement: Announcement) -> AsyncIterator[list[Delivery]]:
    """Yield pages of the announcement's deliveries, ordered by recipient."""
    after = ""
    while page := await store.deliveries_of_group(announcement.id, after=after, limit=PAGE):
        yield [delivery for delivery in page if delivery.slot == announcement.slot]
        after = page[-1].recipient


async def rows_of(
    store: Store, announcement: Announcement, page: Sequence[Delivery], texts: Texts
) -> list[tuple[str, ...]]:
    """Return one row per delivery, under ``COLUMNS``; times are ISO 8601, UTC. ``texts`` supplies the channel names.

    The confirmation time is filled only for announcements that demand a confirmation.
    """
    people = [Key(kind=Person.KIND, id=delivery.recipient) for delivery in page]
    marks = [Key(kind=Confirmation.KIND, id=Confirmation.id_of(announcement, delivery.recipient)) for delivery in page]
    targets = {target.recipient: target.display_name(texts) for target in announcement.channels}
    stored = await store.get([*people, *(marks if announcement.confirm else ())])
    rows: list[tuple[str, ...]] = []
    for delivery, who, mark in zip(page, people, marks, strict=True):
        person = decode(Person, stored[who]) if who in stored else None
        # Of a corrected message the time of the first version: then its reader knew.
        settled = delivery.delivered_at or delivery.settled_at
        confirmed = decode(Confirmation, stored[mark]).at if mark in stored else None
        rows.append(
            (
                delivery.recipient,
                person.name if person else targets.get(delivery.recipient, ""),
                (person.municipality_id if person else None) or "",
                (person.unit_id if person else None) or "",
                delivery.standing,
                str(delivery.channel or ""),
                str(delivery.attempts),
                "yes" if delivery.possibly_twice else "",
                delivery.reason,
                settled.isoformat() if settled else "",
                confirmed.isoformat() if confirmed else "",
            )
        )
    return rows


def local_columns(texts: Texts) -> tuple[str, ...]:
    """Return the headings of the columns in the reader's language."""
    return tuple(texts(f"announce.column.{name}") for name in COLUMNS)


def local_row(row: Sequence[str], texts: Texts, organisation: Organisation) -> tuple[str, ...]:
    """Return a row for a reader: names of places, words for states, local times."""
    shown = dict(zip(COLUMNS, row, strict=True))
    municipality = organisation.municipalities.get(shown["municipality"])
    unit = organisation.find_unit(shown["unit"]) if shown["unit"] else None
    shown["municipality"] = municipality.names.text(texts.language) if municipality else shown["municipality"]
    shown["unit"] = unit.names.text(texts.language) if unit else shown["unit"]
    shown["state"] = texts(f"announce.status.{shown['state']}")
    shown["possibly_twice"] = texts("announce.column.yes") if shown["possibly_twice"] else ""
    for name in ("settled_at", "confirmed_at"):
        shown[name] = _local_time(shown[name])
    return tuple(shown.values())


def _local_time(written: str) -> str:
    return f"{datetime.fromisoformat(written).astimezone(OSLO):%Y-%m-%d %H:%M:%S}" if written else ""


# Most recipients read for a chart while a message is being sent.
MAX_DRAWN: Final = 30_000


class Reports:
    """Access-checked entry point for report files. ``find_person`` returns the person with an id."""

    def __init__(
        self,
        *,
        store: Store,
        find_person: Callable[[str], Awaitable[Person | None]],
        content: Callable[[], Content],
        clock: Clock,
        rng: RandomSource,
    ) -> None:
        self._store = store
        self._find_person = find_person
        self._content = content
        self._clock = clock
        self._rng = rng

    async def visible_report(self, person_id: str, id: str) -> "Report | None":
        """Return the report if this person may see it now, else None.

        It does not matter which user created the link.
        """
        content = self._content()
        person = await self._find_person(person_id)
        who = announcer_of(person, content)
        if person is None or await FlowRun(store=self._store).result_of(awaits_removal(person)):
            return None
        key = Key(kind=Announcement.KIND, id=id)
        stored = (await self._store.get([key])).get(key)
        if who is None or stored is None:
            return None
        announcement = decode(Announcement, stored)
        if announcement.state not in OUT | {AnnouncementState.RECALLED} or not who.sees(
            announcement, content.organisation
        ):
            return None
        return Report(announcement=announcement, texts=who.texts, store=self._store, organisation=content.organisation)

    async def taken(self, person_id: str, id: str) -> None:
        """Record in the audit log that a person downloads the table of recipients."""
        act = Audit(act="announce.report_taken", subject=id, by=person_id)
        now = self._clock.now()
        entry = AuditEntry.from_act(act, id=self._rng.new_id("audit"), at=now)
        await self._store.commit(Commit(at=now, records=(write_of(Put(record=entry), {}),)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCourse:
    """The delivery over time as SVG, and the same in numbers: the beginning of each span and messages in it."""

    plot: str
    bars: tuple[tuple[datetime, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report of a published announcement, in its reader's language."""

    announcement: Announcement
    texts: Texts
    store: Store
    organisation: Organisation

    async def table(self, *, of_all: bool = False) -> AsyncIterator[str]:
        """Yield the CSV text, one page of recipients at a time.

        Nothing is yielded before the first page is read. Raises StoreUnavailable, also midway.

        Args:
            of_all: for an operator; otherwise recipients of other municipalities appear without id, name and unit.
        """
        head = csv_of_rows(COLUMNS, ())
        async for page in recipients(self.store, self.announcement):
            rows = await rows_of(self.store, self.announcement, page, self.texts)
            rows = rows if of_all else [self._discreet(row) for row in rows]
            yield head + csv_of_rows(COLUMNS, rows).partition("\n")[2]
            head = ""
        if head:
            yield head

    async def local_table(self) -> AsyncIterator[str]:
        """Yield the table for a spreadsheet in the reader's language: semicolons, local times, names of places.

        Recipients of other municipalities appear without id, name and unit.
        """
        head = csv_of_rows(local_columns(self.texts), (), delimiter=";")
        async for page in recipients(self.store, self.announcement):
            rows = await rows_of(self.store, self.announcement, page, self.texts)
            local = [local_row(self._discreet(row), self.texts, self.organisation) for row in rows]
            yield head + csv_of_rows((), local, delimiter=";").partition("\n")[2]
            head = ""
        if head:
            yield head

    async def plot(self) -> str | None:
        """Return the delivery over time as SVG; None when nothing was delivered yet."""
        times = (await self.summary()).sent_at
        started_at = self.announcement.first_sent_at
        if not times or started_at is None:
            return None
        title = self.announcement.wording(self.texts.language).title
        return await asyncio.to_thread(curve, self.texts, times, started_at=started_at, title=title)

    async def course(self) -> "DeliveryCourse | None":
        """Return the plot and its numbers from one look at the recipients; None when nothing was delivered yet."""
        summary, started_at = await self.summary(), self.announcement.first_sent_at
        if not summary.sent_at or started_at is None:
            return None
        title = self.announcement.wording(self.texts.language).title
        drawn = await asyncio.to_thread(curve, self.texts, summary.sent_at, started_at=started_at, title=title)
        return DeliveryCourse(plot=drawn, bars=tuple(summary.bars(BARS)))

    async def drawing(self) -> StoredImage | None:
        """Return the chart as PNG, for places that do not show SVG.

        None when nothing was delivered yet, or when there are more than ``MAX_DRAWN`` recipients.
        """
        times = (await self.summary(most=MAX_DRAWN)).sent_at
        started_at = self.announcement.first_sent_at
        if not times or started_at is None:
            return None
        return await asyncio.to_thread(_drawn, times, started_at)

    async def summary(self, most: int | None = None) -> DeliverySummary:
        """Return the totals over all recipients; empty if there are more than ``most``."""
        summary, seen = DeliverySummary(), 0
        async for page in recipients(self.store, self.announcement):
            seen += len(page)
            if most is not None and seen > most:
                return DeliverySummary()
            for delivery in page:
                summary.include(
                    delivery.recipient,
                    status=delivery.standing,
                    delivered_at=delivery.delivered_at,
                    possibly_twice=delivery.possibly_twice,
                    reason=delivery.reason,
                )
        return summary

    def _discreet(self, row: tuple[str, ...]) -> tuple[str, ...]:
        shown = dict(zip(COLUMNS, row, strict=True))
        if shown["municipality"] != self.announcement.municipality_id and not row[0].startswith(CHANNEL):
            shown |= {"person_id": "", "name": "", "unit": ""}
        return tuple(shown.values())


def _drawn(times: Sequence[datetime], started_at: datetime) -> StoredImage:
    return curve_png(PlotLine.from_times(times, started_at=started_at))


# The public plan as an iCalendar file (RFC 5545): whole days, which are the same in every time zone, and no people.

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
