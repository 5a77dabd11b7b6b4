"""The store keeps three things and commits them together: records, deliveries (the outbox) and timers.

A delivery is one slot's place in one recipient's chat, with the version wanted there and the version that landed; the
courier's work is to make the two equal. That is why a correction, a recall and a first message are the same mechanism.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, Protocol

from bot.ports.delivery import Delivery, DeliveryStatus, MulticastWrite, PostWrite, Settled, Share

Body = Mapping[str, Any]
NO_REPLIES: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A record's kind and id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A record as the store keeps it. ``version`` counts its writes from 1; ``schema`` is its class's SCHEMA."""

    key: Key
    version: int
    schema: int
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordWrite:
    """One record to write (``body`` given) or remove (``body`` None).

    ``expected`` is the version the decision was made on: 0 for a record that was not there. None writes whatever is
    there, for imports.
    """

    key: Key
    body: Body | None
    schema: int = 1
    terms: frozenset[str] = frozenset()
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerWrite:
    """Set (``at`` given), move or cancel (``at`` None) the timer ``key``."""

    key: str
    at: datetime | None
    verb: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A timer that is set."""

    key: str
    at: datetime
    verb: str
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """Everything one decision changes: all of it becomes durable, or none.

    ``event_id`` is remembered with it, so that the same event cannot commit twice. ``timer_rang`` is the timer this
    event came from; it is removed unless it was moved meanwhile. ``multicasts`` come before ``posts``. ``news`` are the
    people whose open pages in other processes have something to look up, besides what ``Store.settle`` tells by itself.
    ``ended`` are the people whose web sessions it ends: their open pages close, also in this process.
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

    @property
    def changes(self) -> bool:
        """Whether anything but the event's id would be stored."""
        outbox = self.multicasts or self.posts
        return bool(self.records or outbox or self.timers or self.timer_rang or self.news or self.ended)


class Conflict(Exception):
    """A record was written by somebody else since it was read: read again and decide again."""

    def __init__(self, key: Key) -> None:
        super().__init__(f"{key.kind}/{key.id}")
        self.key = key


class Duplicate(Exception):
    """The event was committed before: there is nothing left to do."""

    def __init__(self, event_id: str) -> None:
        super().__init__(event_id)
        self.event_id = event_id


class LeaseLost(Exception):
    """Another worker holds the delivery now. ``delivery_ids`` were not settled; the others of the call were."""

    def __init__(self, delivery_ids: Sequence[str]) -> None:
        super().__init__(", ".join(delivery_ids))
        self.delivery_ids = tuple(delivery_ids)


class StoreUnavailable(Exception):
    """The store cannot be reached now. Nothing was changed, or it is unknown whether the last commit was.

    ``cause`` is one word for metrics and logs; the text may name paths and addresses.
    """

    def __init__(self, reason: str = "", *, cause: str = "unreachable") -> None:
        super().__init__(reason)
        self.cause = cause


class Overloaded(Exception):
    """More people ask at this moment than can be answered: nothing was done, and it should be tried again soon."""


class TurnFailed(Exception):
    """A turn failed by a fault of ours, which is logged already. Nothing was changed."""


class StoreRefused(Exception):
    """The stored data cannot be used by this program as it is; the text says what to do. Nothing was touched."""


class Store(Protocol):
    """Records, deliveries and timers. Every method is one atomic step; a commit that returned is durable."""

    async def open(self) -> None:
        """Make ready. Raises StoreRefused: unknown schema, unreadable file, or another process holds it."""
        ...

    async def close(self) -> None:
        """Finish what is under way and let go. Closing twice is a no-op."""
        ...

    async def ping(self) -> None:
        """Return when the store answers. Raises StoreUnavailable."""
        ...

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, Stored]:
        """Return those of the records that exist."""
        ...

    async def find(self, kind: str, term: str, *, after: str = "", limit: int | None = None) -> Sequence[Stored]:
        """Return records of ``kind`` carrying ``term`` with ids after ``after``, ordered by id."""
        ...

    async def find_any(self, kind: str, terms: Collection[str]) -> Sequence[Stored]:
        """Return records of ``kind`` carrying one of ``terms``, ordered by id; for terms that few carry."""
        ...

    async def count(self, kind: str, term: str) -> int:
        """Return how many records of ``kind`` carry ``term``."""
        ...

    async def commit(self, commit: Commit) -> Sequence[Delivery]:
        """Make it durable and return the deliveries of its posts, in the order their slots are first named.

        Dropped ones are left out; those of its multicasts are the couriers' alone and are not returned.
        Of two writes of one record the last counts; two posts into one slot return its delivery once. Raises Conflict,
        Duplicate, StoreUnavailable, and ValueError or TypeError for a naive time or a body that is not JSON; then
        nothing changed.
        """
        ...

    async def join(self, worker: str) -> None:
        """Make a worker known under a name nobody had before. Its lease tokens begin with the name and a slash.

        A worker that is not heard from for a while is taken for dead: its leases are given up, with ``possibly_twice``
        for what it had begun to send.
        """
        ...

    async def begin(
        self,
        worker: str,
        *,
        under_way: Collection[str],
        lanes: Collection[str] = (),
        replies: Mapping[str, int] = NO_REPLIES,
    ) -> Mapping[str, Share]:
        """Note that the worker lives, and that it sends these of its deliveries now and no others.

        Returns its share of the rate in each of ``lanes``, those it sends in; ``replies`` is what it answers people, a
        second, in lanes it does not. Raises LeaseLost: it was taken for dead, and has no lease any more.
        """
        ...

    async def leave(self, worker: str) -> None:
        """Forget a worker that has ended; a lease it left behind is given up."""
        ...

    async def claim(self, *, now: datetime, lease_for: timedelta, limit: int, token: str) -> Sequence[Delivery]:
        """Lease up to ``limit`` owed deliveries that are due: critical ones, then those outside groups, then oldest.

        At most one delivery of a recipient is leased at a time, and none while an earlier one of the same recipient is
        owed and was first due before it, so a recipient reads messages in order. A lease that ran out is claimed again,
        with ``possibly_twice``. Expired ones (``expires_at`` passed) are settled as EXPIRED instead.
        """
        ...

    async def settle(self, outcomes: Sequence[Settled]) -> None:
        """Record outcomes. Raises LeaseLost for those whose token is no longer the stored one."""
        ...

    async def release(self, token: str) -> int:
        """Give back every delivery leased under ``token`` that was not sent (graceful stop); return how many."""
        ...

    async def next_due_at(self) -> datetime | None:
        """Return when the next delivery can be claimed, as far as is known now; None when nothing is owed."""
        ...

    async def wait_for_post(self, timeout_seconds: float) -> None:
        """Return when a commit may have owed something new, or after the timeout."""
        ...

    def on_news(self, heard: Callable[[str], None]) -> None:
        """Have ``heard`` called with the id of each person whose page has something to look up, soon after it is there.

        That is what a process commits as news or as ended, and every message settled for the web page. An empty id:
        anybody may have missed something. A store of one process calls for ``ended`` only.
        """
        ...

    async def tally(self, group: str) -> Mapping[str, int]:
        """Return how many deliveries of ``group`` there are of each ``standing`` (those with none left out)."""
        ...

    async def deliveries_of_group(
        self, group: str, *, status: DeliveryStatus | None = None, after: str = "", limit: int = 500
    ) -> Sequence[Delivery]:
        """Return a group's deliveries ordered by recipient, after the recipient ``after``.

        A page grows beyond ``limit`` rather than end between two slots of one recipient.
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
        """Return the deliveries in a state, ordered by id, after the id ``after``."""
        ...

    async def find_delivery(self, recipient: str, slot: str) -> Delivery | None:
        """Return the slot's delivery, or None."""
        ...

    async def timers_due(self, *, now: datetime, limit: int) -> Sequence[Timer]:
        """Return timers due at ``now``, earliest first."""
        ...

    async def take_timers(
        self, *, now: datetime, hold_for: timedelta, limit: int, but: Collection[str] = ()
    ) -> Sequence[Timer]:
        """Return timers due at ``now``, earliest first, without those of the keys ``but``, and keep them from others.

        Another process may take them when they are set anew, or after ``hold_for``.
        """
        ...

    async def release_timer(self, timer: Timer, *, at: datetime) -> None:
        """Let any process take a timer from ``at`` on, since its turn failed here. One that was set again is left."""
        ...

    async def next_timer_at(self) -> datetime | None:
        """Return when the next timer rings; None when none is set."""
        ...

    async def forget(
        self, *, events_before: datetime, deliveries_before: datetime, prefixes: Sequence[str], prefix_before: datetime
    ) -> int:
        """Drop remembered event ids, and deliveries that settled before; return how many rows went.

        Deliveries whose slot begins with one of ``prefixes`` go when they settled before ``prefix_before``, if that is
        sooner.
        """
        ...

    async def forget_recipient(self, recipient: str) -> int:
        """Drop every delivery of a recipient, owed or settled; return how many."""
        ...
