"""The store: records, deliveries (the outbox) and timers, committed together.

A delivery is one slot in one recipient's chat, with the wanted version and the delivered version; the courier makes the
two equal. First messages, corrections and recalls therefore use the same mechanism.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, Protocol

from bot.ports.audit import AuditPoint, AuditRow
from bot.ports.delivery import Delivery, DeliveryStatus, MulticastWrite, PostWrite, Settled, Share
from bot.ports.record import FindRead, Key, RecordRead, RecordWrite, Searched, Stored

NO_REPLIES: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerWrite:
    """Set, move or (``at`` None) cancel the timer ``key``."""

    key: str
    at: datetime | None
    verb: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A pending timer."""

    key: str
    at: datetime
    verb: str
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRow:
    """One row of any table, as its document. Rows have the same ids and documents in every store."""

    table: str
    id: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A row with hashed runs of words, see ``dialogs.core.word_runs``."""

    row: FoundRow
    runs: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """All changes of one decision: committed completely or not at all.

    ``event_id`` is stored with the changes, so that the same event cannot commit twice. ``timer_rang`` is the timer
    that caused this event; it is removed unless it was moved meanwhile. ``multicasts`` come before ``posts``. ``news``
    are the people with something new to load on their open pages in other processes, in addition to what
    ``Store.settle`` announces itself. ``ended`` are the people with web sessions to end: their open pages close, also
    in this process. Written audit entries are linked to the audit chain in their order. ``cut_audit`` removes the
    oldest links up to that number with their entries; the last link of all always stays. Unless every record in
    ``reads`` has its version still, and no other record matches ``finds``, the commit is a Conflict.
    """

    at: datetime
    event_id: str | None = None
    records: tuple[RecordWrite, ...] = ()
    multicasts: tuple[MulticastWrite, ...] = ()
    posts: tuple[PostWrite, ...] = ()
    timers: tuple[TimerWrite, ...] = ()
    timer_rang: Timer | None = None
    news: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    cut_audit: int = 0
    reads: tuple[RecordRead, ...] = ()
    finds: tuple[FindRead, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether the commit stores anything besides the event id."""
        outbox = self.multicasts or self.posts
        return bool(
            self.records or outbox or self.timers or self.timer_rang or self.news or self.ended or self.cut_audit
        )


class Conflict(Exception):
    """A record was written by another process since it was read: read again and decide again."""

    def __init__(self, key: Key) -> None:
        super().__init__(f"{key.kind}/{key.id}")
        self.key = key


class Duplicate(Exception):
    """The event was committed before: there is nothing left to do."""

    def __init__(self, event_id: str) -> None:
        super().__init__(event_id)
        self.event_id = event_id


class LeaseLost(Exception):
    """Another worker holds the lease now.

    ``delivery_ids`` were not settled; the other deliveries of the call were.
    """

    def __init__(self, delivery_ids: Sequence[str]) -> None:
        super().__init__(", ".join(delivery_ids))
        self.delivery_ids = tuple(delivery_ids)


class StoreUnavailable(Exception):
    """The store cannot be reached.

    Nothing changed, or the outcome of the last commit is unknown. ``cause`` is one word for metrics and logs; the text
    may contain paths and addresses.
    """

    def __init__(self, reason: str = "", *, cause: str = "unreachable") -> None:
        super().__init__(reason)
        self.cause = cause


class Overloaded(Exception):
    """Too many people are asking at this moment. Nothing was done; try again soon."""


class TurnFailed(Exception):
    """A turn failed because of a bug, which is already logged. Nothing changed."""


class StoreRefused(Exception):
    """This program cannot use the stored data as it is; the text describes the remedy.

    Nothing was changed.
    """


class StoreInUse(StoreRefused):
    """Another process has the data folder open. ``holder`` is its id, if known."""

    def __init__(self, reason: str, *, holder: str) -> None:
        super().__init__(reason)
        self.holder = holder


class Store(Protocol):
    """Records, deliveries and timers.

    Every method is one atomic step; a commit that returned is durable. ``decided_again`` is called with the kind of the
    record that was written meanwhile, for each decision made again.
    """

    decided_again: Callable[[str], None]

    async def open(self) -> None:
        """Open the store. Raises StoreRefused: unknown schema, unreadable file, or locked by another process."""
        ...

    async def close(self) -> None:
        """Finish running work and release all resources. Closing twice is a no-op."""
        ...

    async def ping(self) -> None:
        """Return when the store answers. Raises StoreUnavailable."""
        ...

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, Stored]:
        """Return the records that exist."""
        ...

    async def find(self, kind: str, term: str, *, after: str = "", limit: int | None = None) -> Sequence[Stored]:
        """Return records of ``kind`` with ``term`` and ids above ``after``, in order."""
        ...

    async def find_any(self, kind: str, terms: Collection[str]) -> Sequence[Stored]:
        """Return records of ``kind`` with any of ``terms``, ordered by id.

        For terms with few records.
        """
        ...

    async def count(self, kind: str, term: str) -> int:
        """Return the number of records of ``kind`` with the term ``term``."""
        ...

    async def commit(self, commit: Commit) -> Sequence[Delivery]:
        """Commit and return the deliveries of its posts.

        They are in the order in which their slots first appear. Left out are posts that were dropped, and the
        deliveries of multicasts, which only couriers send. The last of several writes of one record wins; two posts
        into one slot return its delivery once.

        Raises Conflict (also for an audit entry that exists), Duplicate, StoreUnavailable, and ValueError or TypeError
        for a naive time, a body that is not JSON or the removal of an audit entry; then nothing changed.
        """
        ...

    async def audit_head(self) -> AuditPoint:
        """Return the last link of the audit log."""
        ...

    async def audit_rows(self, *, after: int = 0, limit: int = 500) -> Sequence[AuditRow]:
        """Return the audit log's links with their entries, ordered by number, after the number ``after``."""
        ...

    async def audit_strays(self, *, limit: int = 500) -> Sequence[str]:
        """Return ids of audit entries without a link, ordered by id. A sound log has none."""
        ...

    async def register_worker(self, worker: str) -> None:
        """Register a worker under a new, unique name.

        Its lease tokens start with the name and a slash. A worker without a heartbeat for a while counts as dead: its
        leases are released, and deliveries it was sending are marked ``possibly_twice``.
        """
        ...

    async def heartbeat(
        self,
        worker: str,
        *,
        in_flight: Collection[str],
        lanes: Collection[str] = (),
        replies: Mapping[str, int] = NO_REPLIES,
    ) -> Mapping[str, Share]:
        """Record the worker's heartbeat and all deliveries it is sending now.

        Args:
            lanes: the lanes it sends in.
            replies: messages per second it sends as direct answers, by lane, in the other lanes.
        Returns:
            The worker's share of the rate in each of ``lanes``.
        Raises:
            LeaseLost: the worker counted as dead and has no leases left.
        """
        ...

    async def unregister_worker(self, worker: str) -> None:
        """Remove a worker that has ended and release any remaining leases."""
        ...

    async def claim(self, *, now: datetime, lease_for: timedelta, limit: int, token: str) -> Sequence[Delivery]:
        """Lease up to ``limit`` pending, due deliveries: critical first, then those outside groups, then oldest.

        At most one delivery of a recipient is leased at a time, and none before a pending one that became due earlier,
        so a recipient reads messages in order. An expired lease can be claimed again, with ``possibly_twice``.
        Deliveries past ``expires_at`` become EXPIRED instead.
        """
        ...

    async def settle(self, outcomes: Sequence[Settled], *, later: bool = False) -> None:
        """Record outcomes. Raises LeaseLost for those with an outdated lease token.

        Args:
            later: a store may return before they are durable, and write them with the next change, a tenth of a second
                later at most. After a kill meanwhile, what was sent counts as possibly sent twice.
        """
        ...

    async def release(self, token: str) -> int:
        """Return unsent deliveries leased under ``token`` to the queue (graceful stop); return their number."""
        ...

    async def next_due_at(self) -> datetime | None:
        """Return when the next delivery can be claimed, as known now; None when none is pending."""
        ...

    async def oldest_pending(self) -> Mapping[str, datetime]:
        """Return since when the oldest pending delivery has been due, by the name of its lane; also if leased.

        An urgent delivery raises the earlier ones of its recipient to its lane.
        """
        ...

    async def wait_for_post(self, timeout_seconds: float) -> None:
        """Wait until a commit may have added a delivery, or the timeout."""
        ...

    def on_news(self, listener: Callable[[str], None]) -> None:
        """Call ``listener`` with the id of each person with news.

        The call comes soon after the news is stored. News are the ``news`` and ``ended`` of other processes' commits,
        and the outcomes with ``news``. An empty id: any person may have missed something. A store for a
        single process calls it for ``ended`` only.
        """
        ...

    async def tally(self, group: str) -> Mapping[str, int]:
        """Return the number of deliveries of ``group`` by ``standing``, without zeros."""
        ...

    async def deliveries_of_group(
        self, group: str, *, status: DeliveryStatus | None = None, after: str = "", limit: int = 500
    ) -> Sequence[Delivery]:
        """Return a group's deliveries ordered by recipient, after the recipient ``after``.

        A page may exceed ``limit``, so that it never ends between two slots of one recipient.
        """
        ...

    async def deliveries_of_recipient(
        self, recipient: str, *, group: str | None = None, after: int = 0, limit: int = 500
    ) -> Sequence[Delivery]:
        """Return a recipient's deliveries ordered by sequence, after the sequence ``after``."""
        ...

    async def latest_deliveries(self, recipient: str, *, limit: int) -> Sequence[Delivery]:
        """Return the newest ``limit`` deliveries of a recipient, ordered by sequence."""
        ...

    async def deliveries_in_state(
        self, status: DeliveryStatus, *, after: str = "", limit: int = 500
    ) -> Sequence[Delivery]:
        """Return deliveries in a state, ordered by id, after ``after``."""
        ...

    async def find_delivery(self, recipient: str, slot: str) -> Delivery | None:
        """Return the slot's delivery, or None."""
        ...

    async def take_timers(
        self, *, now: datetime, hold_for: timedelta, limit: int, but: Collection[str] = ()
    ) -> Sequence[Timer]:
        """Reserve and return timers due at ``now``, earliest first.

        Timers with a key in ``but`` are left out. Other processes can take a reserved timer after ``hold_for``, or once
        it is set again.
        """
        ...

    async def release_timer(self, timer: Timer, *, at: datetime) -> None:
        """Make a timer with a failed turn available again at ``at``.

        No-op if it was set again meanwhile.
        """
        ...

    async def next_timer_at(self) -> datetime | None:
        """Return when the next timer rings; None when none is set."""
        ...

    async def rows_with(self, words: Collection[str], *, tables: Collection[str] = ()) -> Sequence[FoundRow]:
        """Return the rows with any of ``words`` as a whole word in id or document; messages have separate rows.

        Reads every row of ``tables``, or of all without any: for rare requests, such as an export.
        """
        ...

    async def rows_with_runs(self, key: str, runs: frozenset[int]) -> Sequence[RunRow]:
        """Return the records and message contents with any of these runs of words, hashed with ``key``.

        Reads all of them, in time linear in their length.
        """
        ...

    async def search_everything(self, words: Collection[str]) -> Searched:
        """Search every row, and every byte of the files the store keeps, for whole words.

        A store with files removes deleted rows from them first. Slow; nothing else is written meanwhile.
        """
        ...

    async def purge(self) -> None:
        """Start removing deleted and replaced data from files, and withdrawn messages' contents."""
        ...

    async def forget(
        self, *, events_before: datetime, deliveries_before: datetime, prefixes: Sequence[str], prefix_before: datetime
    ) -> int:
        """Delete event ids and final deliveries older than the given times; return the number of rows.

        Deliveries with a slot that begins with one of ``prefixes`` use the later of ``deliveries_before`` and
        ``prefix_before``.
        """
        ...

    async def forget_recipient(self, recipient: str) -> int:
        """Delete every delivery of a recipient, pending or final, with the recipient's event ids.

        Message contents that only these deliveries carried are deleted, too. In the slots of other recipients, the
        delivery's own id replaces the person's. Return the number of deleted deliveries.
        """
        ...
