"""Queues of work that waits for a reader of the desk: what it is, since when, until when."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from dialogs.core.query import Asking
from dialogs.core.speaker import Viewer
from dialogs.core.texts import OSLO


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingItem:
    """One item that the reader may decide.

    Attributes:
        path: the page that has its buttons.
        since: when it began to wait.
        due_at: None without a due time.
        by_day: it is due on a day, at no hour of it.
    """

    title: str
    path: str
    since: datetime
    due_at: datetime | None = None
    by_day: bool = False

    @property
    def due_day(self) -> date | None:
        """The day it is due, in Norway."""
        return self.due_at.astimezone(OSLO).date() if self.due_at is not None else None

    def is_overdue(self, at: datetime) -> bool:
        if self.due_at is None or self.due_day is None:
            return False
        return self.due_day < at.astimezone(OSLO).date() if self.by_day else self.due_at <= at

    def days_waited(self, at: datetime) -> int:
        """Return for how many days of the calendar it has waited."""
        return max(0, (at.astimezone(OSLO).date() - self.since.astimezone(OSLO).date()).days)


# A view of what waits for the reader; nothing for those that may decide nothing of it.
QueueView = Callable[[Viewer], Asking[Sequence[WaitingItem]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkQueue:
    """A queue of a page, oldest first. ``key`` names its texts; ``path`` is the page."""

    key: str
    path: str
    items: tuple[WaitingItem, ...]
    overdue: int


def start_of(day: date) -> datetime:
    """Return the first moment of a day in Norway."""
    return datetime.combine(day, time(), OSLO)


def queues_view(viewer: Viewer, views: Iterable[tuple[str, str, QueueView]]) -> Asking[tuple[WorkQueue, ...]]:
    """Return the queues with work for the reader: first those with overdue work, then the longest waiting.

    Args:
        views: key, path of the page, and view of each queue.
    """
    queues = []
    for key, path, view in views:
        items = sorted((yield from view(viewer)), key=lambda item: (item.since, item.path))
        overdue = sum(item.is_overdue(viewer.at) for item in items)
        if items:
            queues.append(WorkQueue(key=key, path=path, items=tuple(items), overdue=overdue))
    return tuple(sorted(queues, key=lambda queue: (not queue.overdue, queue.items[0].since, queue.key)))
