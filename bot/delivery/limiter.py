"""Rate limits: one lane per app and tenant, and sliding windows per conversation.

Source: Microsoft, "Optimize your bot with rate limiting in Teams", 2026-10-08: 50 requests a second per app and tenant;
send to a conversation 7 in 1 s, 8 in 2 s, 60 in 30 s, 1,800 in 3,600 s. "Values for estimation only": hence settings,
and a lane that slows down by itself when the service throttles below them.
"""

from bisect import insort
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from typing import Final

from bot.ports import Share

# Upper bound on the sends that reached the service within a window, despite network delay.

_MAX_TOLERATED: Final = timedelta(seconds=0.1)
_BURST: Final = 0.16
_LOOK_AGAIN_SECONDS: Final = 0.01
# Times ``most``: a stall holds back at most ``most`` sends, so it stays a small part of one sample.
_ANSWERS_PER_SAMPLE: Final = 8


class _Latency:
    """Response times: ``quickest`` and the ``usual`` extra; both zero until the first sample is complete."""

    def __init__(self, sample_size: int) -> None:
        self._sample_size = sample_size
        self._samples: list[float] = []
        self.quickest = timedelta(0)
        self.usual = timedelta(0)

    def add_sample(self, took: timedelta) -> None:
        """Add one response time."""
        self.quickest = min(self.quickest, took)
        self._samples.append(took.total_seconds())
        if len(self._samples) >= self._sample_size:
            quickest = min(self._samples)
            self.quickest = timedelta(seconds=quickest)
            # For an even distribution, twice the median covers the whole range.
            self.usual = min(_MAX_TOLERATED, timedelta(seconds=2 * (median(self._samples) - quickest)))
            self._samples.clear()


class SlidingWindow:
    """Admits at most ``most`` sends in any ``window``, by the time they can have arrived.

    A send arrives between its sending and its answer. When the answer takes the usual time, the send counts at its
    sending time. When it takes longer, the send may have been held up and may have arrived together with others just
    before the answer, so it counts at that time. An unanswered send may arrive any moment and always counts, unless its
    delay is still usual. A service that stalls therefore sees no more than its limit. Where the response time
    varies by up to 0.1 s, it may see the sends of that 0.1 s, too; any 0.1 s admits at most about a sixth
    of ``most``.
    """

    def __init__(self, *, most: int, window: timedelta) -> None:
        self._most = most
        self._window = window
        self._latency = _Latency(_ANSWERS_PER_SAMPLE * most)
        self._arrived: list[datetime] = []
        self._open: dict[str, tuple[datetime, int]] = {}
        self._sent: deque[datetime] = deque()

    def allow(self, most: int) -> None:
        """Change the limit to ``most``."""
        self._most = most

    @property
    def _most_at_once(self) -> int:
        return max(2, ceil(self._most * _BURST))

    def admit(self, key: str, *, now: datetime, calls: int = 1) -> float:
        """Admit the send ``key`` and return 0, or return the seconds after which to ask again."""
        self._drop_old(now)
        over = len(self._arrived) + sum(self._counted(now)) + calls - self._most
        if over > 0:
            if over > len(self._arrived):
                return _LOOK_AGAIN_SECONDS
            return max((self._arrived[over - 1] + self._window - now).total_seconds(), 1e-6)
        while self._sent and self._sent[0] <= now - _MAX_TOLERATED:
            self._sent.popleft()
        if len(self._sent) + calls > self._most_at_once and self._sent:
            return max((self._sent[0] + _MAX_TOLERATED - now).total_seconds(), 1e-6)
        self._open[key] = (now, calls)
        self._sent.extend([now] * calls)
        return 0.0

    def record_answer(self, key: str, *, now: datetime) -> None:
        """Record that the send was answered, with any result. A key that never entered is ignored."""
        if key not in self._open:
            return
        sent_at, calls = self._open.pop(key)
        took = now - sent_at
        # Held up on the way, it may have arrived together with later sends: count it when it can have arrived last.
        held_up = took > self._latency.quickest + self._latency.usual
        self.count(now=now - self._latency.quickest if held_up else sent_at, calls=calls)
        self._latency.add_sample(took)

    def count(self, *, now: datetime, calls: int = 1) -> None:
        """Count sends that were made without asking."""
        for _ in range(calls):
            insort(self._arrived, now)

    def _counted(self, now: datetime) -> list[int]:
        """Return the calls of unanswered sends that count."""
        usual = now - self._latency.quickest - self._latency.usual
        return [calls for sent_at, calls in self._open.values() if sent_at < usual or sent_at > now - self._window]

    def _drop_old(self, now: datetime) -> None:
        gone = 0
        while gone < len(self._arrived) and self._arrived[gone] <= now - self._window:
            gone += 1
        del self._arrived[:gone]


_LONGEST_PAUSE: Final = timedelta(hours=1)
# Start slower: the first messages arrive less evenly, because connections are still being opened.
_INITIAL_SHARE: Final = 0.9
_REPEATED_WITHIN: Final = timedelta(seconds=5)
_JOIN_PAUSE: Final = timedelta(seconds=1.1)
_SLOWER: Final = (0.97, 0.9, 0.7)
_COUNTED_UP_TO: Final = 2_000
_REPLY_WINDOW: Final = timedelta(seconds=2)
_MAX_CONVERSATIONS: Final = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """At most ``most`` sends in any ``seconds``."""

    most: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Limits of the service.

    ``headroom`` (0–1) keeps a little below the limit, since the network may deliver sends closer together.
    ``patience_seconds`` is how far ahead places are reserved; a send that would wait longer is deferred and claimed
    again.
    """

    lane_per_second: float = 50.0
    conversation: tuple[Window, ...] = (
        Window(most=7, seconds=1),
        Window(most=8, seconds=2),
        Window(most=60, seconds=30),
        Window(most=1800, seconds=3600),
    )
    headroom: float = 0.988
    patience_seconds: float = 1.5
    slowest_per_second: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """The send may go out at ``at``."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """The send must be deferred until ``at``."""

    at: datetime


@dataclass(slots=True)
class _Lane:
    """Rate state of one app and tenant.

    ``next_at`` is the first free place and ``queue_end`` the end of the queue of deferred sends; ``window`` counts the
    sends really in flight. ``ceiling`` is the rate at which the service last throttled. ``part`` is this worker's share
    (0–1).
    """

    per_second: float
    ceiling: float
    next_at: datetime
    queue_end: datetime
    paused_until: datetime
    changed_at: datetime
    refused_at: datetime | None = None
    refusals: int = 0
    window: SlidingWindow | None = None
    part: float = 1.0


class Limiter:
    """Reserves places in time. It never sleeps; callers do."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._fastest = rates.lane_per_second * rates.headroom
        # Slightly faster than any lane's rate, so that no place stays empty; the few surplus sends are deferred again.
        # Any worker with a free place claims deferred sends, so this is the rate of the whole lane, not of one share.
        self._queue_step = timedelta(seconds=1 / (self._fastest * 1.02))
        most = rates.lane_per_second
        self._most = int(most) if 1 <= most <= _COUNTED_UP_TO else 0
        self._window = timedelta(seconds=1 / rates.headroom)
        self._lanes: dict[str, _Lane] = {}
        self._replies: dict[str, deque[datetime]] = {}
        # Send times per conversation, newest last. Plain lists: nearly all of tens of thousands hold one time only.
        self._conversations: dict[str, list[datetime]] = {}

    def reserve(
        self, lane: str, conversation: str, *, now: datetime, calls: int = 1, deferred: bool = False
    ) -> Go | Later:
        """Reserve the next place of a lane for a send to ``conversation``.

        Args:
            lane: app and tenant; empty means no limit.
            conversation: key of the conversation windows.
            now: aware time.
            calls: requests the send will make.
            deferred: the delivery was deferred by ``Later`` before, and goes ahead of new ones.
        """
        if not lane:
            return Go(at=now)
        # Before a place is taken: a busy conversation must not use up places of the lane.
        free_at = self._conversation_free_at(conversation, now)
        if free_at > now:
            return Later(at=free_at)
        state = self._lane(lane, now)
        at = max(now, state.next_at, state.paused_until)
        horizon = now + timedelta(seconds=self._rates.patience_seconds)
        if at > horizon or (state.queue_end > horizon and not deferred):
            # Defer each by one more step: they return in order, and other lanes do not wait.
            state.queue_end = max(state.queue_end, horizon, state.paused_until) + self._queue_step * calls
            return Later(at=state.queue_end)
        state.next_at = at + self._step(state) * calls
        self._remember(conversation, at)
        return Go(at=at)

    def count_reply(self, lane: str, conversation: str, *, now: datetime, calls: int = 1) -> None:
        """Count a reply, which is sent at once without a place in the lane."""
        if not lane:
            return
        self._replies.setdefault(lane, deque(maxlen=_COUNTED_UP_TO)).extend([now] * calls)
        state = self._lane(lane, now)
        # A reply is never held back, so the places behind it move instead.
        state.next_at = max(state.next_at, now) + self._step(state) * calls
        if state.window:
            state.window.count(now=now, calls=calls)
        self._remember(conversation, now)

    def replies(self, *, now: datetime) -> Mapping[str, int]:
        """Return the replies per second of the last two seconds, for each lane that had any."""
        rates: dict[str, int] = {}
        for lane, sent_at in list(self._replies.items()):
            while sent_at and sent_at[0] <= now - _REPLY_WINDOW:
                sent_at.popleft()
            if sent_at:
                rates[lane] = ceil(len(sent_at) / _REPLY_WINDOW.total_seconds())
            else:
                del self._replies[lane]
        return rates

    def admit(self, lane: str, key: str, *, now: datetime, calls: int = 1) -> float:
        """Return 0 when the send ``key`` may go out now, else the seconds after which to ask again.

        Places are even in time, but sends may reach theirs late; this keeps late sends from bunching in one second.
        """
        window = self._lane(lane, now).window if lane else None
        return window.admit(key, now=now, calls=calls) if window else 0.0

    def record_answer(self, lane: str, key: str, *, now: datetime) -> None:
        """Record the service's answer to a send that entered."""
        if lane and (window := self._lane(lane, now).window):
            window.record_answer(key, now=now)

    def paused_until(self, lane: str, *, now: datetime) -> datetime | None:
        """Return when the lane's pause ends, or None when the lane is not paused."""
        state = self._lanes.get(lane)
        return state.paused_until if state is not None and state.paused_until > now else None

    def after_pause(self, lane: str, paused_until: datetime) -> datetime:
        """Return a time after the pause for a send that had its place when the pause began."""
        state = self._lanes[lane]
        state.queue_end = max(state.queue_end, paused_until) + self._queue_step
        return state.queue_end

    def throttled(self, lane: str, *, now: datetime, retry_after_seconds: float | None) -> None:
        """Pause the lane for the time the service asked for, then continue slower."""
        state = self._lane(lane, now)
        # A `Retry-After` may be a century by mistake; after the longest pause the service is asked again.
        pause = min(timedelta(seconds=retry_after_seconds or 1.0), _LONGEST_PAUSE)
        # Sends already in flight are refused together: count them as one refusal.
        if now >= state.paused_until:
            soon = state.refused_at is not None and now - state.refused_at < _REPEATED_WITHIN
            state.refusals = state.refusals + 1 if soon else 1
            state.ceiling = state.per_second
            # A single refusal may come from network jitter; several within a short time mean the service is throttling.
            slower = _SLOWER[min(state.refusals, len(_SLOWER)) - 1]
            state.per_second = max(self._rates.slowest_per_second, state.per_second * slower)
            state.refused_at = state.changed_at = now + pause
        state.paused_until = max(state.paused_until, now + pause)

    def succeeded(self, lane: str, *, now: datetime) -> None:
        """Speed up again, at most once a second, and slowly near the rate that was throttled."""
        state = self._lanes.get(lane)
        if state is None or state.per_second >= self._fastest or now - state.changed_at < timedelta(seconds=1):
            return
        # Fast back to just below the refused rate, then in small steps, since every refusal costs a pause of the whole
        # lane.
        near, past = 0.95 * state.ceiling, 1.05 * state.ceiling
        if state.per_second < near:
            faster = min(state.per_second * 1.05, near)
        else:
            faster = state.per_second * (1.003 if state.per_second < past else 1.05)
        state.per_second = min(self._fastest, faster)
        state.changed_at = now

    def share(self, lane: str, share: Share, *, joining: bool, now: datetime) -> None:
        """Keep to this worker's share of the lane's rate.

        The rate that other workers need for replies is subtracted. ``joining``: this worker has not sent in the lane
        before, and waits until sends that the others made before they knew of it have left the windows.
        """
        if not lane:
            return
        state = self._lane(lane, now)
        ours = max(self._rates.slowest_per_second, self._rates.lane_per_second - share.replies)
        state.part = ours / self._rates.lane_per_second / share.of
        if state.window is not None:
            # Whole numbers that add up to the lane's limit; the remainder goes to the first workers.
            most = max(1, self._most - share.replies)
            own = most * (share.rank + 1) // share.of - most * share.rank // share.of
            state.part = max(1, own) / self._most
            state.window.allow(max(1, own))
        if joining and share.of > 1:
            state.paused_until = max(state.paused_until, now + _JOIN_PAUSE)

    def _step(self, state: _Lane) -> timedelta:
        return timedelta(seconds=1 / (state.per_second * state.part))

    def _lane(self, lane: str, now: datetime) -> _Lane:
        state = self._lanes.get(lane)
        if state is None:
            state = self._lanes[lane] = _Lane(
                per_second=self._fastest * _INITIAL_SHARE,
                ceiling=self._fastest / 2,
                next_at=now,
                queue_end=now,
                paused_until=now,
                changed_at=now,
                window=SlidingWindow(most=self._most, window=self._window) if self._most else None,
            )
        return state

    def _conversation_free_at(self, conversation: str, now: datetime) -> datetime:
        sent_at = self._conversations.get(conversation)
        if sent_at is None:
            return now
        free_at = now
        for window in self._rates.conversation:
            if len(sent_at) >= window.most:
                free_at = max(free_at, sent_at[-window.most] + timedelta(seconds=window.seconds))
        return free_at

    def _remember(self, conversation: str, at: datetime) -> None:
        longest = max((window.most for window in self._rates.conversation), default=0)
        if not longest:
            return
        if len(self._conversations) > _MAX_CONVERSATIONS:
            self._drop_idle(at)
        sent_at = self._conversations.setdefault(conversation, [])
        sent_at.append(at)
        if len(sent_at) > 2 * longest:
            del sent_at[:-longest]

    def _drop_idle(self, now: datetime) -> None:
        """Drop conversations with no send inside any window.

        If too many are left, also drop the quiet ones.
        """
        oldest = now - timedelta(seconds=max(window.seconds for window in self._rates.conversation))
        busy = {key: sent_at for key, sent_at in self._conversations.items() if sent_at[-1] > oldest}
        if len(busy) > _MAX_CONVERSATIONS // 2:
            # Few sends in an hour come near no window, so these may be forgotten first.
            busy = {key: sent_at for key, sent_at in busy.items() if len(sent_at) > 2}
        self._conversations = busy
