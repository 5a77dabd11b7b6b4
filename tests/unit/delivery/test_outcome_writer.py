"""Writing outcomes: many in one write, again while the store is away, and none lost by a fault."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import pytest
import structlog

from bot.delivery.outcome_writer import OutcomeWriter
from bot.ports import DeliveryStatus, LeaseLost, Settled, StoreUnavailable
from bot.stores.memory.store import MemoryStore
from tests.unit.delivery.scene import NOON, HeldClock, KnownPeople
from tests.unit.runtime.scene import until_idle


class Ledger(MemoryStore):
    """Keeps what is written. ``faults`` are raised first, one a write; ``gate`` closed: a write waits."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[list[str]] = []
        self.faults: list[BaseException] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def settle(self, outcomes: Sequence[Settled], *, later: bool = False) -> None:
        await self.gate.wait()
        if self.faults:
            raise self.faults.pop(0)
        self.written.append([outcome.delivery_id for outcome in outcomes])


class Kept(KnownPeople):
    """Notes when addresses are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[datetime] = []
        self.away = False

    async def flush(self, at: datetime) -> None:
        self.kept.append(at)
        if self.away:
            raise StoreUnavailable("away")


class Bench:
    """A writer with everything around it."""

    def __init__(self) -> None:
        self.store, self.recipients, self.clock = Ledger(), Kept(), HeldClock()
        self.seen: list[str] = []
        self.writer = OutcomeWriter(
            store=self.store,
            recipients=self.recipients,
            clock=self.clock,
            log=structlog.get_logger(),
            on_settled=lambda outcome: self.seen.append(outcome.delivery_id),
        )

    def settle(self, *ids: str) -> list[asyncio.Task[None]]:
        """Let senders settle, each in a task of its own."""
        return [asyncio.create_task(self.writer.settle(outcome(id_))) for id_ in ids]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.writer.run())
        try:
            async with asyncio.timeout(10):
                yield task
        finally:
            task.cancel()
            with suppress(BaseException):
                await task


def outcome(id_: str) -> Settled:
    return Settled(delivery_id=id_, lease_token="t", version=1, status=DeliveryStatus.SENT, at=NOON)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_what_comes_within_a_moment_is_written_at_once(bench: Bench) -> None:
    async with bench.running():
        await asyncio.gather(*bench.settle("a", "b", "c"))
        assert bench.store.written == [["a", "b", "c"]]
        await asyncio.gather(*bench.settle("d"))
    assert bench.store.written == [["a", "b", "c"], ["d"]]
    assert bench.seen == ["a", "b", "c", "d"]


async def test_an_outcome_alone_is_given_a_moment_for_others_to_join(bench: Bench) -> None:
    async with bench.running():
        [first] = bench.settle("a")
        await until_idle()
        assert bench.store.written == []
        await asyncio.gather(first, *bench.settle("b"))
    assert bench.store.written == [["a", "b"]]


async def test_an_outcome_is_settled_only_when_it_is_written(bench: Bench) -> None:
    bench.store.gate.clear()
    async with bench.running():
        [first] = bench.settle("a")
        await asyncio.sleep(0.05)
        assert not first.done()
        assert bench.seen == []
        bench.store.gate.set()
        await first
    assert bench.store.written == [["a"]]


async def test_while_the_store_is_away_it_is_tried_again_and_nothing_new_is_to_be_claimed(bench: Bench) -> None:
    bench.store.faults = [StoreUnavailable("away")] * 40
    steady: list[bool] = []
    sleep = bench.clock.sleep

    async def look(seconds: float) -> None:
        steady.append(bench.writer._writable.is_set())
        await sleep(seconds)

    bench.clock.sleep = look  # type: ignore[method-assign]
    async with bench.running():
        await bench.writer.wait_until_writable()
        await asyncio.gather(*bench.settle("a"))
        assert steady == [False] * 40, "however long it takes"
        await bench.writer.wait_until_writable()
    assert bench.store.written == [["a"]]
    assert (bench.clock.at - NOON).total_seconds() == 20, "with a pause after each try"


async def test_who_wants_to_claim_waits_until_the_store_is_back(bench: Bench) -> None:
    bench.store.faults = [StoreUnavailable("away")] * 3
    waiting: list[asyncio.Task[None]] = []
    sleep = bench.clock.sleep

    async def look(seconds: float) -> None:
        if not waiting:
            waiting.append(asyncio.create_task(bench.writer.wait_until_writable()))
            await until_idle()
        assert not waiting[0].done()
        await sleep(seconds)

    bench.clock.sleep = look  # type: ignore[method-assign]
    async with bench.running():
        await asyncio.gather(*bench.settle("a"))
        await waiting[0]


async def test_a_process_that_ends_tries_some_times_more_and_leaves_the_rest_to_the_leases(bench: Bench) -> None:
    bench.store.faults = [StoreUnavailable("away")] * 100
    bench.writer.limit_tries()
    async with bench.running():
        await asyncio.gather(*bench.settle("a"))
        assert bench.store.written == []
        assert len(bench.store.faults) == 80
        await bench.writer.wait_until_writable()


async def test_the_last_try_of_an_ending_process_may_succeed(bench: Bench) -> None:
    bench.store.faults = [StoreUnavailable("away")] * 19
    bench.writer.limit_tries()
    async with bench.running():
        await asyncio.gather(*bench.settle("a"))
    assert bench.store.written == [["a"]]


async def test_a_lost_lease_is_no_fault_of_the_others(bench: Bench) -> None:
    bench.store.faults = [LeaseLost(["a"])]
    async with bench.running():
        await asyncio.gather(*bench.settle("a", "b"))
        assert bench.store.faults == []
        assert bench.store.written == [], "the store has settled those that were held"
    assert bench.seen == ["a", "b"]


async def test_what_a_fault_interrupts_is_written_first_when_it_runs_again(bench: Bench) -> None:
    bench.store.faults = [ZeroDivisionError()]
    bench.store.gate.clear()
    async with bench.running() as task:
        before = bench.settle("a", "b")
        await asyncio.sleep(0.05)
        after = bench.settle("c")
        await until_idle()
        bench.store.gate.set()
        with pytest.raises(ZeroDivisionError):
            await task
    async with bench.running():
        await asyncio.gather(*before, *after)
    assert bench.store.written == [["a", "b", "c"]]


async def test_what_a_fault_interrupts_is_written_also_when_nothing_more_comes(bench: Bench) -> None:
    bench.store.faults = [ZeroDivisionError()]
    async with bench.running() as task:
        before = bench.settle("a")
        with pytest.raises(ZeroDivisionError):
            await task
    async with bench.running():
        await asyncio.gather(*before)
    assert bench.store.written == [["a"]]


async def test_a_sender_that_gave_up_waiting_keeps_nobody_from_settling(bench: Bench) -> None:
    bench.store.gate.clear()
    async with bench.running():
        first, second = bench.settle("a", "b")
        await asyncio.sleep(0.05)
        first.cancel()
        await until_idle()
        bench.store.gate.set()
        await second
        await asyncio.gather(*bench.settle("c"))
    assert bench.store.written == [["a", "b"], ["c"]]


async def test_what_was_learned_of_recipients_is_kept_after_each_write(bench: Bench) -> None:
    bench.recipients.away = True
    async with bench.running():
        await asyncio.gather(*bench.settle("a"))
        await until_idle()
        bench.clock.at = NOON.replace(hour=12)
        await asyncio.gather(*bench.settle("b"))
        await until_idle()
    assert bench.recipients.kept == [NOON, NOON.replace(hour=12)]
