"""The everyday tasks that a request may be about, by its letters and by the encoder's vector of its words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Self

from knowledge.language.identify import identify
from knowledge.matching.match import Match, Phrasing
from knowledge.matching.matcher import Matcher
from knowledge.software.task import EverydayTask

# Shares from which a task is a guess: the likeliest one, and those beside it. Of what no task is about, the likeliest
# share is seldom above the first.
LEAST_FIRST: Final = 0.15
LEAST_SHARE: Final = 0.05
MAX_GUESSES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskGuess:
    """A task that a request may be about, with its calibrated probability, 0 to 1."""

    task: EverydayTask
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLesson:
    """The tasks, and a function that guesses the tasks of a program's purpose."""

    tasks: Sequence[EverydayTask]
    guess: Callable[[str], Sequence[TaskGuess]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EverydayTasks:
    """Matchers of requests to tasks. Call ``guess`` from one thread at a time, see ``Matcher``.

    Attributes:
        by_letters: trained without an encoder; None: no tasks.
        by_meaning: trained with the encoder that made the vectors, once it is loaded.
        purposes: guesses for purposes of programs, kept for the next register.
    """

    tasks: Mapping[str, EverydayTask] = field(default_factory=dict)
    by_letters: Matcher | None = None
    by_meaning: Matcher | None = None
    purposes: dict[str, tuple[TaskGuess, ...]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def matched_by(
        cls, tasks: Iterable[EverydayTask], *, by_letters: Matcher | None, by_meaning: Matcher | None = None
    ) -> Self:
        """Return the tasks with matchers that were built of their ``task_phrasings``."""
        return cls(tasks={task.id: task for task in tasks}, by_letters=by_letters, by_meaning=by_meaning)

    def is_of(self, tasks: Sequence[EverydayTask]) -> bool:
        """Return whether these are the tasks."""
        return tuple(self.tasks.values()) == tuple(tasks)

    def guess(self, text: str, vector: bytes = b"") -> tuple[TaskGuess, ...]:
        """Return the likely tasks of a request, best first.

        Args:
            vector: as ``Match.vector`` has it; without one, or with one of another encoder, letters decide alone.
        """
        matched = self._match(text, vector)
        if matched is None or not matched.candidates or matched.candidates[0].confidence < LEAST_FIRST:
            return ()
        guesses = [
            TaskGuess(task=self.tasks[candidate.article_id], share=candidate.confidence)
            for candidate in matched.candidates
            if candidate.confidence >= LEAST_SHARE and candidate.article_id in self.tasks
        ]
        return tuple(guesses)

    def lesson(self, known: Mapping[str, Sequence[TaskGuess]] = MappingProxyType({})) -> TaskLesson:
        """Return what a register learns of the tasks.

        ``known`` are guesses for purposes; other purposes are compared by letters, in any thread.
        """
        own = replace(
            self, by_letters=self.by_letters and self.by_letters.for_another_thread(), by_meaning=None, purposes={}
        )

        def guess(purpose: str) -> Sequence[TaskGuess]:
            if purpose in known:
                return known[purpose]
            if purpose not in self.purposes:
                self.purposes[purpose] = own.guess(purpose)
            return self.purposes[purpose]

        return TaskLesson(tasks=tuple(self.tasks.values()), guess=guess)

    def _match(self, text: str, vector: bytes) -> Match | None:
        heard = self.by_meaning.index.hear([vector])[0] if self.by_meaning is not None else None
        if self.by_meaning is not None and heard is not None:
            return self.by_meaning.match(text, heard=heard, limit=MAX_GUESSES)
        return self.by_letters.match(text, limit=MAX_GUESSES) if self.by_letters is not None else None


def task_phrasings(tasks: Iterable[EverydayTask]) -> tuple[Phrasing, ...]:
    """Return what the matchers are trained on: the phrases of the register, and the requests."""
    phrasings: list[Phrasing] = []
    for task in tasks:
        for language, phrases in task.register.items():
            phrasings += [Phrasing(article_id=task.id, language=language, text=phrase) for phrase in phrases]
        phrasings += [Phrasing(article_id=task.id, language=identify(request), text=request) for request in task.asked]
    return tuple(phrasings)
