"""Test questions, judged by a person and asked again at every rehearsal, and the rehearsals of drafts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose, month_term
from dialogs.core.word_runs import words_terms
from dialogs.insight.suppression import Band
from dialogs.rehearsal.verdict import Change
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from knowledge.organisation.unit import PersonId

EVERY: Final = "all"
# The process that rehearses writes every second; after this silence it has ended.
STALLED_AFTER: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestQuestion:
    """A masked question with the article or action that should answer it; ``expected_id`` None: none should.

    ``suggestion_id``: by which its asker showed it to the editors; empty in records of versions before 0.9: their words
    are not shown.
    """

    # pytest collects classes with such names.
    __test__ = False

    KIND: ClassVar[str] = "test_question"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each verdict of an editor",
        whose=Whose.ACTOR,
        months=24,
        dated="at",
        terms=("editor:{id}",),
        erasing=Erasing.KEPT,
    )

    id: Annotated[str, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    utterance: Annotated[str, Purpose.IMPROVE]
    language: Annotated[Language, Purpose.IMPROVE]
    expected_id: Annotated[str | None, Purpose.IMPROVE] = None
    vector: Annotated[str, Purpose.IMPROVE] = ""
    suggestion_id: Annotated[str, Purpose.ORDER] = ""
    words_of: Annotated[tuple[PersonId, ...], Purpose.EVIDENCE] = ()
    by: Annotated[PersonId, Purpose.EVIDENCE]
    at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield EVERY
        yield f"editor:{self.by}"
        yield from words_terms(self.words_of)
        yield month_term(self.at)


class RehearsalState(StrEnum):
    """How far a rehearsal is. Each has a catalogue text, ``rehearsal.state.…``."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenOutcome:
    """An outcome as an asker sees it: its kind, and the ids of the entries it shows."""

    kind: Annotated[OutcomeKind, Purpose.IMPROVE]
    entry_ids: Annotated[tuple[str, ...], Purpose.IMPROVE] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedGroup:
    """Questions with the same change; no words.

    Attributes:
        listed_ids: test questions and suggestions, which editors may read.
        people: askers of all others together; None without any.
    """

    change: Annotated[Change, Purpose.IMPROVE]
    before: Annotated[SeenOutcome, Purpose.IMPROVE]
    after: Annotated[SeenOutcome, Purpose.IMPROVE]
    listed_ids: Annotated[tuple[str, ...], Purpose.IMPROVE] = ()
    people: Annotated[Band | None, Purpose.IMPROVE] = None

    @property
    def number(self) -> int:
        """Number of lines that editors see."""
        return len(self.listed_ids) + (self.people is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A rehearsal of one draft for the editors of one municipality: its progress, then its result.

    Attributes:
        revision_id: the draft; a newer one needs its own rehearsal.
        at: when its process last wrote.
        done, total: questions that were compared, and all; 0 until it has begun.
        tests: questions that editors may read one by one.
        asked: askers of the other questions asked again.
    """

    KIND: ClassVar[str] = "rehearsal"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each draft an editor tries",
        whose=Whose.ACTOR,
        months=2,
        dated="begun_at",
        terms=("editor:{id}",),
        erasing=Erasing.KEPT,
    )

    id: Annotated[str, Purpose.ORDER]
    revision_id: Annotated[str, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    state: Annotated[RehearsalState, Purpose.ORDER] = RehearsalState.RUNNING
    done: Annotated[int, Purpose.ORDER] = 0
    total: Annotated[int, Purpose.ORDER] = 0
    tests: Annotated[int, Purpose.IMPROVE] = 0
    asked: Annotated[Band | None, Purpose.IMPROVE] = None
    groups: Annotated[tuple[ChangedGroup, ...], Purpose.IMPROVE] = ()
    by: Annotated[PersonId, Purpose.EVIDENCE]
    begun_at: Annotated[datetime, Purpose.TIME]
    at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield f"editor:{self.by}"
        yield month_term(self.begun_at)

    def state_at(self, at: datetime) -> RehearsalState:
        """Return the state; a process that fell silent has failed."""
        silent = self.state is RehearsalState.RUNNING and at - self.at > STALLED_AFTER
        return RehearsalState.FAILED if silent else self.state

    def changed_number(self, change: Change) -> int:
        """Return how many lines of this change editors see."""
        return sum(group.number for group in self.groups if group.change is change)


def rehearsal_id(revision_id: str, municipality_id: str) -> str:
    """Return the id of a draft's rehearsal for a municipality: its editors read the same questions."""
    return f"{revision_id}/{municipality_id}"
