"""Supervision of background loops, and waiting that ends early on a stop event."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from structlog.typing import FilteringBoundLogger

from bot.ports import Clock


async def wait_or_stop(until: Coroutine[Any, Any, Any], stop: asyncio.Event) -> None:
    """Wait for ``until`` or ``stop``, the first of the two.

    Raises the exceptions of ``until``.
    """
    waiting = asyncio.ensure_future(until)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if not waiting.done():
            waiting.cancel()
        # Wait for the cancellations, so that no task outlives this call.
        await asyncio.gather(waiting, stopping, return_exceptions=True)
    if not waiting.cancelled():
        waiting.result()


# Supervision of background loops: restart after a failure, end the program after repeated failures.

# Failures in a row. With the pauses between them, this is about half a minute.
MAX_FAILURES: Final = 6
FIRST_PAUSE_SECONDS: Final = 1.0
# A loop that ran this long before it failed starts counting from one again.
SOUND_AFTER: Final = timedelta(minutes=2)


class Loop(Protocol):
    """A background loop that runs until it is stopped.

    It can be run again after a failure.
    """

    async def run(self) -> None:
        """Run until ``stop``, and return after running work is finished."""
        ...

    async def stop(self) -> None:
        """Make ``run`` return."""
        ...


class LoopGivenUp(Exception):
    """A loop failed too many times in a row."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} failed {MAX_FAILURES} times in a row; the log says why. Start the program again.")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisor:
    """Restarts failed loops.

    ``failed`` is called with the name of a loop at each failure.
    """

    clock: Clock
    log: FilteringBoundLogger
    failed: Callable[[str], None] = lambda _: None

    async def keep_running(
        self, name: str, run: Callable[[], Awaitable[None]], *, is_stopping: Callable[[], bool] = lambda: False
    ) -> None:
        """Run the loop until it is cancelled or stopped. Raises LoopGivenUp."""
        failures = 0
        while True:
            began = self.clock.now()
            fault: Exception | None = None
            try:
                await run()
            except Exception as error:
                fault = error
            if fault is None and is_stopping():
                return
            failures = 1 if self.clock.now() - began >= SOUND_AFTER else failures + 1
            self.failed(name)
            if failures >= MAX_FAILURES:
                self.log.critical("loop_given_up", loop=name, failures=failures, exc_info=fault)
                raise LoopGivenUp(name) from fault
            if is_stopping():
                self.log.error("loop_failed", loop=name, failures=failures, exc_info=fault)
                return
            pause = FIRST_PAUSE_SECONDS * 2 ** (failures - 1)
            self.log.error("loop_failed", loop=name, failures=failures, again_in_seconds=pause, exc_info=fault)
            await self.clock.sleep(pause)

    @asynccontextmanager
    async def running(self, **loops: Loop) -> AsyncIterator[None]:
        """Run loops until the block ends, then stop and await them.

        When a loop is given up, the block is cancelled and LoopGivenUp raised; the other loops finish their running
        work.
        """
        block = asyncio.current_task()
        stopping = asyncio.Event()
        given_up: list[LoopGivenUp] = []

        async def watch(name: str, loop: Loop) -> None:
            try:
                await self.keep_running(name, loop.run, is_stopping=stopping.is_set)
            except LoopGivenUp as end:
                given_up.append(end)
                if block is not None and not stopping.is_set():
                    block.cancel()

        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(watch(name, loop), name=name) for name, loop in loops.items()]
            try:
                yield
            except asyncio.CancelledError:
                # A cancellation from outside must propagate; only the one requested by ``watch`` ends here.
                if not given_up or block is None or block.uncancel() > 0:
                    raise
            finally:
                stopping.set()
                for loop in loops.values():
                    await loop.stop()
                # Wait here: leaving the task group with an error would cancel the loops.
                await asyncio.gather(*running, return_exceptions=True)
        if given_up:
            raise given_up[0]
