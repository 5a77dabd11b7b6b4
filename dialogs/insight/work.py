"""Work that is going on now: open questions to colleagues, coverage, announcements. Nothing of it is hidden."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.announce.report.figures import DeliveryFigures, figures_of
from dialogs.availability.registry import registry_of, today
from dialogs.core.query import Asking, find_all
from dialogs.core.speaker import Viewer
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import ENDED, Status
from dialogs.insight.figures import WeekSpan
from dialogs.insight.model import week_at
from knowledge.organisation.coverage import coverage
from knowledge.organisation.nearest import Network

MOST_ANNOUNCEMENTS: Final = 20
_SENT: Final = (AnnouncementState.SENDING, AnnouncementState.SENT, AnnouncementState.RECALLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveWork:
    """One municipality now: open questions, those past the promised time, and its ambassadors."""

    open: int = 0
    overdue: int = 0
    units: int = 0
    covered: int = 0
    ambassadors: int = 0
    free: int = 0


def live_work(viewer: Viewer, municipality_id: str) -> Asking[LiveWork]:
    """Return what goes on in a municipality."""
    waiting: list[Handoff] = []
    for status in (status for status in Status if status not in ENDED):
        waiting += yield from find_all(Handoff, f"status:{status}@{municipality_id}")
    registry = yield from registry_of(municipality_id, viewer.content)
    here = [p.ambassador for p in registry.profiles.values() if p.ambassador.municipality_id == municipality_id]
    on = today(viewer.content, municipality_id, viewer.at)
    [own_coverage] = coverage(
        viewer.content.organisation,
        Network.from_ambassadors(viewer.content.organisation, here),
        on={municipality_id: on},
        workloads={ambassador.person_id: registry.busy(ambassador.person_id, on) for ambassador in here},
    )
    return LiveWork(
        open=len(waiting),
        overdue=sum(handoff.is_overdue(viewer.at) for handoff in waiting),
        units=own_coverage.units,
        covered=own_coverage.covered,
        ambassadors=own_coverage.ambassadors,
        free=own_coverage.free,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementReach:
    """An announcement and how many it reached."""

    municipality_id: str
    title: str
    sent_at: str
    recipients: int
    reached: int
    confirmed: int | None


def announcements_of(
    viewer: Viewer, municipality_ids: Iterable[str], span: WeekSpan
) -> Asking[list[AnnouncementReach]]:
    """Return the newest announcements of a span, newest first."""
    sent: list[Announcement] = []
    for id_ in municipality_ids:
        for state in _SENT:
            sent += yield from find_all(Announcement, f"{state}@{id_}")
    # Also of the week that goes on: announcements are work, and not counted by closed weeks.
    within = [
        announcement
        for announcement in sent
        if announcement.first_sent_at and week_at(announcement.first_sent_at) >= span.first
    ]
    newest = sorted(
        within,
        key=lambda announcement: (announcement.first_sent_at or announcement.changed_at, announcement.id),
        reverse=True,
    )
    reaches: list[AnnouncementReach] = []
    for announcement in newest[:MOST_ANNOUNCEMENTS]:
        figures = yield from figures_of(announcement)
        reaches.append(
            AnnouncementReach(
                municipality_id=announcement.municipality_id,
                title=_title_of(viewer, announcement),
                sent_at=viewer.texts.dated(announcement.first_sent_at or announcement.changed_at),
                recipients=announcement.counted.people if announcement.counted else figures.final + figures.pending,
                reached=figures.sent if announcement.before_recall is None else announcement.before_recall.people,
                confirmed=_confirmed(announcement, figures),
            )
        )
    return reaches


def _title_of(viewer: Viewer, announcement: Announcement) -> str:
    """Return the title; of a recalled one, with that word."""
    title = announcement.wording(viewer.person.language).title
    if announcement.state is not AnnouncementState.RECALLED:
        return title
    return f"{title} ({viewer.texts('announce.state.recalled').lower()})"


def _confirmed(announcement: Announcement, figures: DeliveryFigures) -> int | None:
    if not announcement.confirm:
        return None
    return figures.confirmed if announcement.before_recall is None else announcement.before_recall.confirmed
