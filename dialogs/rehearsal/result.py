"""Result of a rehearsal: which outcomes changed, before a person sees it, and in sum."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from dialogs.insight.suppression import EnoughPeople, band_of
from dialogs.rehearsal.asked import AskedAgain
from dialogs.rehearsal.model import ChangedGroup, Rehearsal, RehearsalState, SeenOutcome
from dialogs.rehearsal.verdict import Captured, Change, judge
from knowledge.matching.policy import Outcome, OutcomeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedOutcome:
    """A question with its outcome without and with the change.

    ``group``: its article without the change, or its theme.
    """

    asked: AskedAgain
    before: Outcome
    after: Outcome
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalResult:
    """All changed outcomes. ``ran``: questions that the change could touch, and that were asked again."""

    asked: tuple[AskedAgain, ...]
    ran: int
    changed: tuple[ChangedOutcome, ...]
    captured: Captured


# Summary of a rehearsal's result: what changed for enough people, or for a question that editors may read.

_Changed = tuple[Change, SeenOutcome, SeenOutcome]


def finished_rehearsal(begun: Rehearsal, result: RehearsalResult, at: datetime, rule: EnoughPeople) -> Rehearsal:
    """Return the rehearsal with its result."""
    return replace(
        begun,
        state=RehearsalState.DONE,
        done=len(result.asked),
        total=len(result.asked),
        tests=sum(not question.asker_id for question in result.asked),
        asked=band_of(len({question.asker_id for question in result.asked if question.asker_id})),
        groups=changed_groups(result, rule),
        at=at,
    )


def changed_groups(result: RehearsalResult, rule: EnoughPeople) -> tuple[ChangedGroup, ...]:
    """Return the changed outcomes, in a fixed order.

    Questions that editors may read are listed by id. Others are counted by article or theme, and only where enough
    people's questions change in the same way: otherwise a phrasing would reveal whether a person wrote it.
    """
    listed: dict[_Changed, list[str]] = defaultdict(list)
    counted: dict[tuple[str, _Changed], list[ChangedOutcome]] = defaultdict(list)
    for outcome in result.changed:
        change = judge(outcome.before, outcome.after, outcome.asked.evidence, result.captured)
        seen = (change, seen_outcome(outcome.before), seen_outcome(outcome.after))
        if outcome.asked.asker_id:
            counted[outcome.group, seen].append(outcome)
        else:
            listed[seen].append(outcome.asked.id)
    read = [
        ChangedGroup(change=change, before=before, after=after, listed_ids=tuple(ids))
        for (change, before, after), ids in listed.items()
    ]
    groups = [
        ChangedGroup(
            change=change,
            before=before,
            after=after,
            people=band_of(len({member.asked.asker_id for member in members})),
        )
        for (_, (change, before, after)), members in counted.items()
        if rule.allows((member.asked.municipality_id, member.asked.asker_id) for member in members)
    ]
    return (*read, *groups)


def seen_outcome(outcome: Outcome) -> SeenOutcome:
    """Return what an asker sees of an outcome."""
    if outcome.article_id is not None:
        return SeenOutcome(kind=outcome.kind, entry_ids=(outcome.article_id,))
    listed = outcome.candidates if outcome.kind is OutcomeKind.CLARIFY else ()
    return SeenOutcome(kind=outcome.kind, entry_ids=tuple(candidate.article_id for candidate in listed))
