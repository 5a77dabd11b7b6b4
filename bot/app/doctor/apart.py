"""Runs ``heia doctor`` in a separate process, for the administrators' page.

The checks read all content and measure the disk, which would keep every conversation of this process waiting.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.ports import Clock, HealthFinding, HealthReport

COMMAND: Final = (sys.executable, "-m", "bot.app.cli", "doctor", "--json")
LONGEST: Final = timedelta(seconds=60)
# Age of a report that is shown again, and of one that is shown although a new one is wanted.
KEPT: Final = timedelta(minutes=10)
JUST_MADE: Final = timedelta(seconds=30)
# How long a page waits for a new one.
PATIENCE: Final = timedelta(seconds=15)


class ExaminationApart:
    """Examines the installation on request; one at a time for all callers."""

    def __init__(
        self,
        *,
        clock: Clock,
        command: Sequence[str] = COMMAND,
        longest: timedelta = LONGEST,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._clock = clock
        self._command = command
        self._longest = longest
        self.patience = patience
        self._running: asyncio.Task[HealthReport] | None = None
        self._last: HealthReport | None = None

    async def __call__(self, fresh: bool = False) -> HealthReport:
        """Return the last report, or a new one if it is too old and made soon; else what there is so far."""
        age = JUST_MADE if fresh else KEPT
        if self._running is None and self._last is not None and self._clock.now() - self._last.at <= age:
            return self._last
        if self._running is None:
            self._running = asyncio.create_task(self._examine(self._clock.now()))
        # The examination goes on when the page is closed or has waited long enough.
        done, _ = await asyncio.wait({self._running}, timeout=self.patience.total_seconds())
        if done:
            self._last, self._running = done.pop().result(), None
            return self._last
        known = self._last or HealthReport(at=self._clock.now(), findings=())
        return replace(known, under_way=True)

    async def _examine(self, at: datetime) -> HealthReport:
        nowhere, pipe = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*self._command, stdin=nowhere, stdout=pipe, stderr=nowhere)
        try:
            async with asyncio.timeout(self._longest.total_seconds()):
                out, _ = await process.communicate()
            findings = tuple(map(_finding, json.loads(out)["findings"]))
        except (TimeoutError, ValueError, KeyError, TypeError):
            return HealthReport(at=at, findings=(), complete=False)
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return HealthReport(at=at, findings=findings)


def _finding(document: Any) -> HealthFinding:
    return HealthFinding(
        area=str(document["area"]),
        state=str(document["state"]),
        found=str(document["found"]),
        advice=str(document.get("advice", "")),
        key=str(document.get("key", "")),
        values={str(name): value for name, value in dict(document.get("values", {})).items()},
        municipality_id=str(document.get("municipality_id", "")),
    )
