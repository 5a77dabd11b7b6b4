"""The list of announcements and the calendar of planned ones, for those with access."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from dialogs.announce.access import Announcer, announcer_of
from dialogs.announce.approve.authority import is_approver, responsible_id
from dialogs.announce.cards import describe
from dialogs.announce.model import EDITABLE, Announcement, AnnouncementState
from dialogs.core.paging import Paged, paged
from dialogs.core.person import Role
from dialogs.core.query import Asking, find, find_all
from dialogs.core.speaker import Viewer
from dialogs.core.texts import OSLO
from dialogs.core.waiting import WaitingItem

# Access to announcements on the desk.

# An announcement waits before it is sent; a correction after that.
WITH_REQUESTS: Final = (AnnouncementState.AWAITING, AnnouncementState.SENDING, AnnouncementState.SENT)
READERS = frozenset({Role.ANNOUNCER, Role.APPROVER, Role.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementReader:
    """A person with access to announcements. ``announcer`` is None without the right to write them."""

    viewer: Viewer
    announcer: Announcer | None

    def sees(self, announcement: Announcement) -> bool:
        """Return whether the person may look at the announcement."""
        if self.announcer is not None:
            return self.announcer.sees(announcement, self.viewer.content.organisation)
        # Drafts are for announcers only.
        own = announcement.municipality_id == self.viewer.person.municipality_id
        return own and announcement.state not in EDITABLE

    def may_approve(self, announcement: Announcement) -> bool:
        """Return whether the person may answer the request for approval."""
        person = self.viewer.person
        waits = announcement.state is AnnouncementState.AWAITING or announcement.pending is not None
        own_request = person.id in {announcement.author_id, responsible_id(announcement)}
        return waits and is_approver(person, announcement) and not own_request

    @property
    def municipality_ids(self) -> tuple[str, ...]:
        """The municipalities with announcements that the person may read."""
        if self.announcer is not None and self.announcer.municipality_id is None:
            return tuple(self.viewer.content.organisation.municipalities)
        return (self.viewer.person.municipality_id or "",)


def reader_of(viewer: Viewer) -> AnnouncementReader:
    """Return the viewer as a reader of announcements. Raises EventRefused."""
    viewer.require(*READERS)
    if viewer.person.municipality_id not in viewer.content.organisation.municipalities:
        raise viewer.refusal("desk.refused.municipality")
    return AnnouncementReader(viewer=viewer, announcer=announcer_of(viewer.person, viewer.content))


def announcement_for(viewer: Viewer, id_: str) -> Asking[tuple[AnnouncementReader, Announcement]]:
    """Return the announcement for a reader of it. Raises EventRefused."""
    reader = reader_of(viewer)
    announcement = yield from find(Announcement, id_[:100])
    # One sentence for both: a refusal must not reveal which announcements exist.
    if announcement is None or not reader.sees(announcement):
        raise viewer.not_found("announce.refuse.unknown")
    return reader, announcement


def announcements_of(reader: AnnouncementReader, term: str) -> Asking[list[Announcement]]:
    """Return the announcements that the reader may see; ``term`` has ``{}`` for the municipality."""
    announcements: list[Announcement] = []
    for municipality_id in reader.municipality_ids:
        announcements += yield from find_all(Announcement, term.format(municipality_id))
    return [announcement for announcement in announcements if announcement.wordings and reader.sees(announcement)]


def waiting_approvals(viewer: Viewer) -> Asking[tuple[WaitingItem, ...]]:
    """Return the announcements and corrections that the reader may approve."""
    person = viewer.person
    placed = person.municipality_id in viewer.content.organisation.municipalities
    if person.is_outsider or not person.has(Role.APPROVER) or not placed:
        return ()
    reader, items = reader_of(viewer), []
    for state in WITH_REQUESTS:
        for announcement in (yield from find_all(Announcement, f"{state}@{person.municipality_id}")):
            if reader.may_approve(announcement):
                items.append(_request_item(viewer, announcement))
    return tuple(items)


def waiting_returned(viewer: Viewer) -> Asking[tuple[WaitingItem, ...]]:
    """Return the reader's own drafts that an approver sent back."""
    person = viewer.person
    if person.is_outsider or not person.has(Role.ANNOUNCER):
        return ()
    drafts = yield from find_all(Announcement, f"{AnnouncementState.DRAFT}@{person.municipality_id}")
    return tuple(
        WaitingItem(
            title=draft.wording(viewer.texts.language).title,
            path=f"/desk/announcements/{draft.id}",
            since=draft.returned.at,
        )
        for draft in drafts
        if draft.returned is not None and responsible_id(draft) == person.id
    )


def _request_item(viewer: Viewer, announcement: Announcement) -> WaitingItem:
    asked = (change.at for change in reversed(announcement.history) if change.act == "submitted")
    return WaitingItem(
        title=announcement.wording(viewer.texts.language).title,
        path=f"/desk/announcements/{announcement.id}",
        since=next(asked, announcement.changed_at),
        due_at=announcement.scheduled_at if announcement.pending is None else None,
    )


LISTED_AT_ONCE: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementRow:
    """One announcement in a list. ``about`` and ``people`` are texts; ``at`` is when it goes, went or was changed."""

    id: str
    title: str
    state: AnnouncementState
    state_name: str
    municipality: str
    audience: str
    at: datetime
    people: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """The list with its filters. ``municipalities`` are pairs of id and name; empty with a single one."""

    rows: Paged[AnnouncementRow]
    states: tuple[tuple[str, str], ...]
    municipalities: tuple[tuple[str, str], ...]
    may_write: bool


def list_page(
    viewer: Viewer, *, number: int = 1, state: str = "", municipality: str = "", words: str = ""
) -> Asking[ListPage]:
    """Return a page of the list, newest first. Raises EventRefused."""
    reader = reader_of(viewer)
    chosen = next(
        (announcement_state for announcement_state in AnnouncementState if announcement_state.value == state), None
    )
    announcements = yield from announcements_of(reader, f"{chosen}@{{}}" if chosen else "municipality:{}")
    if municipality:
        announcements = [announcement for announcement in announcements if announcement.municipality_id == municipality]
    if words:
        announcements = [announcement for announcement in announcements if _has_words(announcement, words)]
    announcements.sort(key=lambda announcement: (shown_at(announcement), announcement.id), reverse=True)
    page = paged(announcements, number, size=LISTED_AT_ONCE)
    several = len(reader.municipality_ids) > 1
    rows = Paged(
        items=tuple(row_of(viewer, announcement) for announcement in page.items),
        number=page.number,
        pages=page.pages,
        total=page.total,
    )
    return ListPage(
        rows=rows,
        states=tuple((state.value, viewer.texts(f"announce.state.{state}")) for state in AnnouncementState),
        municipalities=tuple((id_, municipality_name(viewer, id_)) for id_ in reader.municipality_ids)
        if several
        else (),
        may_write=reader.announcer is not None,
    )


def row_of(viewer: Viewer, announcement: Announcement) -> AnnouncementRow:
    """Return an announcement as the reader sees it in a list."""
    counted = announcement.counted
    return AnnouncementRow(
        id=announcement.id,
        title=announcement.wording(viewer.texts.language).title,
        state=announcement.state,
        state_name=viewer.texts(f"announce.state.{announcement.state}"),
        municipality=municipality_name(viewer, announcement.municipality_id),
        audience=describe(viewer.texts, viewer.content.organisation, announcement),
        at=shown_at(announcement),
        people=viewer.texts.number(counted.people) if counted is not None and counted.done else "",
    )


def municipality_name(viewer: Viewer, municipality_id: str) -> str:
    municipality = viewer.content.organisation.municipalities.get(municipality_id)
    return municipality.names.text(viewer.texts.language) if municipality else municipality_id


def shown_at(announcement: Announcement) -> datetime:
    """Return when an announcement goes or went to readers; for a draft when it was changed."""
    if announcement.started_at is None and announcement.scheduled_at is not None:
        return announcement.scheduled_at
    return announcement.first_sent_at or announcement.changed_at


def _has_words(announcement: Announcement, words: str) -> bool:
    wanted = words.casefold().split()
    texts = " ".join(f"{wording.title} {wording.body}" for wording in announcement.wordings.values()).casefold()
    return all(word in texts for word in wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """A day of the calendar. ``inside``: it belongs to the month shown."""

    day: date
    inside: bool
    today: bool
    rows: tuple[AnnouncementRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPage:
    """A month of planned and sent announcements, in weeks of seven days from Monday; months as ``2026-11``."""

    month: date
    weeks: tuple[tuple[CalendarDay, ...], ...]
    planned: int
    before: str
    after: str


def calendar_page(viewer: Viewer, *, month: str = "") -> Asking[CalendarPage]:
    """Return a month, by default the present one. Raises EventRefused."""
    reader = reader_of(viewer)
    today = viewer.at.astimezone(OSLO).date()
    first = _month_of(month) or today.replace(day=1)
    announcements = yield from _planned_and_sent(reader)
    by_day: dict[date, list[Announcement]] = {}
    for announcement in sorted(announcements, key=lambda announcement: (shown_at(announcement), announcement.id)):
        by_day.setdefault(shown_at(announcement).astimezone(OSLO).date(), []).append(announcement)
    start = first - timedelta(days=first.weekday())
    following = (first + timedelta(days=31)).replace(day=1)
    days = [start + timedelta(days=n) for n in range(-(-((following - start).days) // 7) * 7)]
    shown = [
        CalendarDay(
            day=day,
            inside=first <= day < following,
            today=day == today,
            rows=tuple(row_of(viewer, announcement) for announcement in by_day.get(day, ())),
        )
        for day in days
    ]
    before = (first - timedelta(days=1)).replace(day=1)
    return CalendarPage(
        month=first,
        weeks=tuple(tuple(shown[n : n + 7]) for n in range(0, len(shown), 7)),
        planned=sum(_is_planned(announcement) for announcement in announcements),
        before=f"{before:%Y-%m}",
        after=f"{following:%Y-%m}",
    )


def _planned_and_sent(reader: AnnouncementReader) -> Asking[Sequence[Announcement]]:
    announcements: list[Announcement] = []
    for state in (
        AnnouncementState.SCHEDULED,
        AnnouncementState.AWAITING,
        AnnouncementState.SENDING,
        AnnouncementState.SENT,
        AnnouncementState.RECALLED,
    ):
        announcements += yield from announcements_of(reader, f"{state}@{{}}")
    return [
        announcement
        for announcement in announcements
        if announcement.state is not AnnouncementState.AWAITING or announcement.scheduled_at is not None
    ]


def _is_planned(announcement: Announcement) -> bool:
    return announcement.started_at is None and announcement.scheduled_at is not None


def _month_of(month: str) -> date | None:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        return None
    return first if 2020 <= first.year <= 2100 else None
