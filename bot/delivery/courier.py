"""The delivery loop: claim pending deliveries, send them, store the outcomes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from structlog.contextvars import bind_contextvars
from structlog.typing import FilteringBoundLogger

from bot.delivery.in_flight import BEAT_SECONDS, COURIER, InFlight
from bot.delivery.limiter import Later, Limiter
from bot.delivery.outcome_writer import OutcomeWriter
from bot.delivery.recipients import Recipients
from bot.delivery.sender import DeliverySender
from bot.ports import (
    THROTTLED,
    Clock,
    Delivery,
    DeliveryStatus,
    RandomSource,
    Settled,
    Store,
    StoreUnavailable,
    Unreachable,
)
from bot.support.supervision import Supervisor, wait_or_stop
from dialogs.core.person import Address

LEASE: Final = timedelta(seconds=120)
_LONGEST_SLEEP_SECONDS: Final = 30.0
_SHORTEST_SLEEP_SECONDS: Final = 0.005
_YIELD_EVERY: Final = 16
_PACED: Final = "paced"
_GIVEN_UP: Final = frozenset({DeliveryStatus.DEAD})
_DEFERRED: Final = frozenset({_PACED, THROTTLED})


class Courier:
    """Sends pending deliveries to their recipients.

    At most ``concurrency`` sends are in flight, counted until their outcomes are durable. This bounds how many messages
    may be sent twice when the process dies, and the store knows which ones. ``lease_for`` must be longer than a send
    can take; ``beat_seconds`` must be far shorter than the silence after which the store gives up a worker.
    """

    def __init__(
        self,
        *,
        store: Store,
        sender: DeliverySender,
        recipients: Recipients,
        limiter: Limiter,
        clock: Clock,
        rng: RandomSource,
        log: FilteringBoundLogger,
        supervisor: Supervisor | None = None,
        concurrency: int = 64,
        lease_for: timedelta = LEASE,
        beat_seconds: float = BEAT_SECONDS,
        name: str = COURIER,
        on_settled: Callable[[Settled], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._sender = sender
        self._recipients = recipients
        self._limiter = limiter
        self._clock = clock
        self._log = log
        self._supervisor = supervisor or Supervisor(clock=clock, log=log)
        self._lease_for = lease_for
        self._slots = asyncio.Semaphore(concurrency)
        # More are claimed than can be in flight: most of them wait for their place in the lane meanwhile.
        self._most_claimed = 4 * concurrency
        self._least_room = concurrency
        self._in_flight = InFlight(
            store=store, limiter=limiter, clock=clock, rng=rng, log=log, beat_seconds=beat_seconds, name=name
        )
        self._outcome_writer = OutcomeWriter(
            store=store, recipients=recipients, clock=clock, log=log, on_settled=on_settled
        )
        self._claimed: Counter[str] = Counter()
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._freed = asyncio.Event()
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Deliver until ``stop``; then finish the sends in flight and release the remaining claims."""
        try:
            async with self._sending() as sends:
                while not self._stop.is_set():
                    try:
                        await wait_or_stop(self._outcome_writer.wait_until_writable(), self._stop)
                        if not await self._claim_and_start(sends):
                            await self._sleep_until_due()
                    except StoreUnavailable:
                        self._log.debug("store_unavailable", unsettled=self._claimed.total())
                        await wait_or_stop(self._clock.sleep(1.0), self._stop)
                # These have not begun to send. Their claims are released below, for other workers to take at once.
                for task in list(self._waiting.values()):
                    task.cancel()
        except Exception:
            self._claimed.clear()  # sends were cut off and may have arrived; leaving records that
            await self._release_claims()
            raise
        await self._release_claims()

    async def stop(self) -> None:
        """Ask ``run`` to end."""
        self._stop.set()
        self._outcome_writer.limit_tries()

    @asynccontextmanager
    async def _sending(self) -> AsyncIterator[asyncio.TaskGroup]:
        """Run sends inside the block; on exit, wait for them and for durable outcomes."""
        keep = self._supervisor.keep_running
        async with asyncio.TaskGroup() as helpers:  # a helper that is given up cancels the sends and ends the courier
            recorders = [
                helpers.create_task(keep("outcome_writer", self._outcome_writer.run)),
                helpers.create_task(keep("in_flight", self._in_flight.run)),
            ]
            async with asyncio.TaskGroup() as sends:
                yield sends
            # Last, because the outcomes of the final sends need them.
            for task in recorders:
                task.cancel()

    async def _release_claims(self) -> None:
        """Release the claims of sends that did not begin."""
        # If the store is unavailable, it releases them itself once this worker stays silent.
        try:
            for token in list(self._claimed):
                await self._store.release(token)
            await self._in_flight.unregister()
        except StoreUnavailable:
            self._log.debug("store_unavailable", given_back=False)
        self._claimed.clear()
        self._waiting.clear()

    async def _claim_and_start(self, sends: asyncio.TaskGroup) -> bool:
        """Claim deliveries for the free capacity and start sending. Return whether any were claimed."""
        room = self._most_claimed - self._claimed.total()
        if room < self._least_room:  # a claim costs the store as much for few as for many
            await self._wait_for_room()
            return True
        token = await self._in_flight.new_token()
        claimed = await self._store.claim(now=self._clock.now(), lease_for=self._lease_for, limit=room, token=token)
        if not claimed:
            return False
        self._claimed[token] = len(claimed)
        people = await self._recipients.find(_without_address(claimed))
        for number, delivery in enumerate(claimed):
            address = await self._sender.address_of(delivery, people)
            self._waiting[delivery.id] = sends.create_task(self._deliver_one(delivery, address, token))
            if number % _YIELD_EVERY == _YIELD_EVERY - 1:
                await asyncio.sleep(0)  # let interactive turns run between hundreds of announcement sends
        return True

    async def _deliver_one(self, delivery: Delivery, address: Address | Unreachable | None, token: str) -> None:
        """Take one delivery to its outcome; if cancelled before the send, ``run`` releases its lease."""
        bind_contextvars(turn=delivery.turn, delivery_id=delivery.id)  # in this task alone
        if isinstance(address, Address):
            later = await self._await_turn(delivery, address)
            if later is not None:
                self._waiting.pop(delivery.id, None)
                await self._outcome_writer.settle(self._later(delivery, later))
                self._finish_one(token)
                return
        # Held until the outcome is durable: it bounds how many messages can arrive twice after a kill.
        async with self._slots:
            self._waiting.pop(delivery.id, None)
            outcome = await self._outcome(delivery, address)
            if outcome.status in _GIVEN_UP:
                self._log.info("delivery_given_up", status=outcome.status, reason=outcome.reason)
            else:
                self._log.debug("delivery_tried", status=outcome.status, reason=outcome.reason)
            await self._outcome_writer.settle(outcome)
            self._in_flight.record_end(delivery.id)
        self._finish_one(token)

    async def _outcome(self, delivery: Delivery, address: Address | Unreachable | None) -> Settled:
        """Send the delivery if it may go out now, and return its outcome."""
        lane = self._sender.lane_of(address) if isinstance(address, Address) else ""
        # Durable before the send, so that after a kill the store knows which messages may have arrived.
        if not await self._in_flight.record_start(delivery.id, lane, token=delivery.lease_token or ""):
            return self._later(delivery, self._clock.now())
        # Checked after the record was written: meanwhile a pause may have begun, or the lease run out.
        later = await self._enter(delivery, address) if isinstance(address, Address) else None
        if later is not None or not self._lease_holds(delivery):
            return self._later(delivery, later or self._clock.now())
        outcome = await self._send(delivery, address)
        self._limiter.record_answer(lane, delivery.id, now=self._clock.now())
        return outcome

    def _later(self, delivery: Delivery, at: datetime) -> Settled:
        """Return the outcome "wait until ``at``", keeping the reason of a delivery its channel throttled."""
        # The report counts throttled deliveries apart from those that merely wait for their place.
        return self._sender.later(delivery, at, THROTTLED if delivery.reason == THROTTLED else _PACED)

    async def _send(self, delivery: Delivery, address: Address | Unreachable | None) -> Settled:
        try:
            return await self._sender.send(delivery, address)
        except Exception:
            self._log.exception("send_failed")
            return self._sender.faulted(delivery, "internal")

    def _lease_holds(self, delivery: Delivery) -> bool:
        """Return whether enough lease time is left to send."""
        # Otherwise another worker may be sending already.
        spare = self._lease_for / 4
        return delivery.lease_until is not None and self._clock.now() < delivery.lease_until - spare

    async def _await_turn(self, delivery: Delivery, address: Address) -> datetime | None:
        """Wait for a place in the lane and return None, or return when to try again."""
        lane, calls = self._sender.lane_of(address), self._sender.calls_of(address)
        now = self._clock.now()
        returning = delivery.reason in _DEFERRED
        reservation = self._limiter.reserve(lane, delivery.recipient, now=now, calls=calls, deferred=returning)
        if isinstance(reservation, Later):
            return reservation.at
        if reservation.at > now:
            await self._clock.sleep((reservation.at - now).total_seconds())
        return self._pause(address)

    async def _enter(self, delivery: Delivery, address: Address) -> datetime | None:
        """Wait until the send may go out and return None, or return when to try again."""
        if (paused := self._pause(address)) is not None:
            return paused
        lane, calls = self._sender.lane_of(address), self._sender.calls_of(address)
        while (wait := self._limiter.admit(lane, delivery.id, now=self._clock.now(), calls=calls)) > 0:
            await self._clock.sleep(wait)
            if (paused := self._pause(address)) is not None:
                return paused
        return None

    def _pause(self, address: Address) -> datetime | None:
        lane = self._sender.lane_of(address)
        paused = self._limiter.paused_until(lane, now=self._clock.now())
        return self._limiter.after_pause(lane, paused) if paused is not None else None

    async def _wait_for_room(self) -> None:
        self._freed.clear()
        await wait_or_stop(self._freed.wait(), self._stop)

    async def _sleep_until_due(self) -> None:
        """Sleep until a delivery is due, posted, or released."""
        due = await self._store.next_due_at()
        seconds = _LONGEST_SLEEP_SECONDS
        if due is not None:
            # Never zero: a due delivery that another worker has leased would make the loop spin.
            seconds = max(_SHORTEST_SLEEP_SECONDS, min(seconds, (due - self._clock.now()).total_seconds()))
        await wait_or_stop(self._store.wait_for_post(seconds), self._stop)

    def _finish_one(self, token: str) -> None:
        self._claimed[token] -= 1
        if self._claimed[token] <= 0:
            del self._claimed[token]
        self._freed.set()


def _without_address(deliveries: Sequence[Delivery]) -> list[str]:
    """Return the recipients to look up: those of new messages without a pinned address."""
    return [
        delivery.recipient
        for delivery in deliveries
        if delivery.reference is None and delivery.address is None and delivery.message is not None
    ]
