"""Summary of a rehearsal's result: the changed outcomes, judged and put together, without words."""

from dataclasses import replace
from datetime import datetime

from dialogs.rehearsal.model import ChangedGroup, Rehearsal, RehearsalState, SeenOutcome
from dialogs.rehearsal.result import ChangedOutcome, RehearsalResult
from dialogs.rehearsal.verdict import Change, judge
from knowledge.matching.policy import Outcome, OutcomeKind


def finished_rehearsal(begun: Rehearsal, result: RehearsalResult, at: datetime) -> Rehearsal:
    """Return the rehearsal with its result."""
    tests = sum(each.question is None for each in result.asked)
    return replace(
        begun,
        state=RehearsalState.DONE,
        done=len(result.asked),
        total=len(result.asked),
        questions=len(result.asked) - tests,
        tests=tests,
        ran=result.ran,
        groups=changed_groups(result),
        at=at,
    )


def changed_groups(result: RehearsalResult) -> tuple[ChangedGroup, ...]:
    """Return the changed outcomes: one group for each kind of change and pair of outcomes, in a fixed order."""
    groups: dict[tuple[Change, SeenOutcome, SeenOutcome], list[ChangedOutcome]] = {}
    for each in result.changed:
        change = judge(each.before, each.after, each.asked.evidence, result.captured)
        groups.setdefault((change, seen_outcome(each.before), seen_outcome(each.after)), []).append(each)
    return tuple(
        ChangedGroup(
            change=change,
            before=before,
            after=after,
            question_ids=tuple(each.asked.id for each in members if each.asked.question is not None),
            test_ids=tuple(each.asked.id for each in members if each.asked.question is None),
        )
        for (change, before, after), members in groups.items()
    )


def seen_outcome(outcome: Outcome) -> SeenOutcome:
    """Return what an asker sees of an outcome."""
    if outcome.article_id is not None:
        return SeenOutcome(kind=outcome.kind, entry_ids=(outcome.article_id,))
    listed = outcome.candidates if outcome.kind is OutcomeKind.CLARIFY else ()
    return SeenOutcome(kind=outcome.kind, entry_ids=tuple(each.article_id for each in listed))
