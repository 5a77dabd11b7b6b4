"""A loop that fails is started again; one that keeps failing ends the program, and never goes on in silence."""

import asyncio
import logging
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import NoReturn

import pytest
import structlog
from structlog.testing import capture_logs

from bot.app import cli
from bot.support.supervision import MAX_FAILURES, SOUND_AFTER, LoopGivenUp, Supervisor
from tests.unit.delivery.scene import HeldClock


class Failing:
    """A loop that fails so many times, then runs until it is stopped. Each run takes ``lasts`` of the clock's time."""

    def __init__(
        self, times: int, *, clock: HeldClock | None = None, lasts: timedelta = timedelta(), returns: bool = False
    ) -> None:
        self.left = times
        self.runs = 0
        self.stopped = asyncio.Event()
        self.finished = False
        self._clock, self._lasts, self._returns = clock, lasts, returns

    async def run(self) -> None:
        self.runs += 1
        if self._clock is not None:
            self._clock.at += self._lasts
        if self.left:
            self.left -= 1
            if self._returns:
                return
            raise ZeroDivisionError
        await self.stopped.wait()
        await asyncio.sleep(0)
        self.finished = True

    async def stop(self) -> None:
        self.stopped.set()


def supervisor(clock: HeldClock, failed: list[str] | None = None) -> Supervisor:
    return Supervisor(clock=clock, log=structlog.get_logger(), failed=(failed if failed is not None else []).append)


async def until_runs(loop: Failing, runs: int) -> None:
    async with asyncio.timeout(10):
        while loop.runs < runs:  # noqa: ASYNC110 - the loop runs in a task of its own
            await asyncio.sleep(0)


@pytest.mark.parametrize("returns", [False, True])
async def test_a_loop_that_fails_or_returns_unasked_is_started_again(returns: bool) -> None:
    loop, other, failed = Failing(3, returns=returns), Failing(0), list[str]()
    with capture_logs() as lines:
        async with supervisor(HeldClock(), failed).running(bad=loop, good=other):
            await until_runs(loop, 4)
    assert (loop.finished, other.finished, other.runs) == (True, True, 1)
    assert failed == ["bad"] * 3
    assert [(line["event"], line["loop"], line["again_in_seconds"]) for line in lines] == [
        ("loop_failed", "bad", 1.0),
        ("loop_failed", "bad", 2.0),
        ("loop_failed", "bad", 4.0),
    ]


async def test_a_loop_that_keeps_failing_ends_the_program_and_the_others_finish_what_they_do() -> None:
    loop, other = Failing(99), Failing(0)
    after = False

    async def serve() -> None:
        nonlocal after
        async with supervisor(HeldClock()).running(bad=loop, good=other):
            await asyncio.Event().wait()
            after = True

    with capture_logs() as lines, pytest.raises(LoopGivenUp, match="bad failed"):
        await serve()
    assert not after
    assert loop.runs == MAX_FAILURES
    assert other.finished
    assert [line["loop"] for line in lines if line["event"] == "loop_given_up"] == ["bad"]


@pytest.mark.full
async def test_failures_far_apart_are_not_counted_together() -> None:
    clock = HeldClock()
    loop = Failing(3 * MAX_FAILURES, clock=clock, lasts=SOUND_AFTER)
    async with supervisor(clock).running(bad=loop):
        await until_runs(loop, 3 * MAX_FAILURES + 1)
    assert loop.finished


async def test_a_block_that_is_cancelled_from_outside_stays_cancelled() -> None:
    loop = Failing(0)

    async def serve() -> None:
        async with supervisor(HeldClock()).running(loop=loop):
            await asyncio.Event().wait()

    task = asyncio.create_task(serve())
    await until_runs(loop, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert loop.finished


@pytest.fixture
def log_as_before() -> Iterator[None]:
    """Undo what the command line sets up for the log."""
    root = logging.getLogger()
    handlers = list(root.handlers)
    yield
    root.handlers = handlers
    structlog.reset_defaults()


@pytest.mark.usefixtures("log_as_before")
def test_the_program_ends_with_an_exit_code_of_its_own_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ends(_: object) -> NoReturn:
        raise ExceptionGroup("of tasks", [LoopGivenUp("courier")])

    monkeypatch.setattr(sys, "argv", ["heia", "doctor"])
    monkeypatch.setattr(cli, "command_line", lambda _: lambda: ends(_))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 4
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "courier failed" in told
