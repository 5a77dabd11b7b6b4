"""Rehearsals of drafts that editors began on the desk, with their progress and results."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from dialogs.rehearsal.asked import AskedAgain
from dialogs.rehearsal.drafts import RehearsalTask
from dialogs.rehearsal.result import RehearsalResult
from knowledge.article.change import ArticleChange

# Results kept for their editors, the latest.
MAX_RESULTS: Final = 20


class Rehearse(Protocol):
    """Asks questions without and with one article changed."""

    def __call__(
        self, change: ArticleChange, asked: Sequence[AskedAgain], *, progress: Callable[[int, int], None]
    ) -> Awaitable[RehearsalResult]: ...


@dataclass(slots=True)
class Running:
    """One rehearsal: its task and how far it is. ``total`` is 0 until it has begun."""

    task: asyncio.Task[RehearsalResult]
    done: int = 0
    total: int = 0


@dataclass(slots=True)
class Rehearsals:
    """The rehearsals of this process, by editor and revision; one runs at a time, the others wait.

    A result is about what is published when it is made, and stays readable until newer ones push it out.
    """

    rehearse: Rehearse
    _found: dict[tuple[str, str], Running] = field(default_factory=dict)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    def begin_rehearsal(self, person_id: str, task: RehearsalTask) -> None:
        """Begin a rehearsal, unless the same one is running."""
        key = (person_id, task.revision_id)
        before = self._found.get(key)
        if before is not None and not before.task.done():
            return
        self._found.pop(key, None)
        over = [each for each, running in self._found.items() if running.task.done()]
        for old in over[: max(0, len(over) - MAX_RESULTS + 1)]:
            del self._found[old]
        running = Running(task=asyncio.create_task(self._rehearse_alone(key, task)))
        self._found[key] = running

    def found(self, person_id: str, revision_id: str) -> Running | None:
        """Return the rehearsal of a draft, None if there is none."""
        return self._found.get((person_id, revision_id))

    async def _rehearse_alone(self, key: tuple[str, str], task: RehearsalTask) -> RehearsalResult:
        def progress(done: int, total: int) -> None:
            running = self._found.get(key)
            if running is not None:
                running.done, running.total = done, total

        async with self._one:
            return await self.rehearse(task.change, task.asked, progress=progress)
