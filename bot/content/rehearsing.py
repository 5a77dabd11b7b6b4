"""Run a rehearsal: ask stored questions again with two states of the knowledge."""

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.content.index_builder import KnowledgeState
from dialogs.ask.meaning import meaning_of
from dialogs.core.content import Content
from dialogs.rehearsal.asked import AskedAgain
from dialogs.rehearsal.result import ChangedOutcome, RehearsalResult
from dialogs.rehearsal.verdict import Captured, is_changed
from knowledge.matching.grouping import group_questions
from knowledge.matching.match import Match
from knowledge.matching.matcher import Matcher
from knowledge.matching.policy import Outcome
from knowledge.matching.rehearsal import captured_phrasings, has_other_phrasings, match_again

# Called with the number of questions done, and of all.
Progress = Callable[[int, int], None]
# Outcomes without the change, by question id, for one state of the knowledge.
Baseline = MutableMapping[str, Outcome]

# Questions between two reports of progress.
_STEP: Final = 256
# A phrasing belongs to an entry with at least this probability.
_BELONGS: Final = 0.5


def no_progress(done: int, total: int) -> None:
    """Report nothing."""


def rehearse(
    before: KnowledgeState,
    after: KnowledgeState,
    asked: Sequence[AskedAgain],
    *,
    baseline: Baseline,
    progress: Progress = no_progress,
) -> RehearsalResult:
    """Ask each question that the change can touch, without and with it.

    ``baseline`` belongs to ``before``; new outcomes are added. Takes seconds: not for the event loop.
    """
    done, ran, changed, pairs = 0, 0, list[ChangedOutcome](), set[tuple[str, str]]()
    themes = _themes(before, asked)
    for pair, some in _pairs(before, after, asked):
        pairs.update(_captured(pair, before.content))
        for start in range(0, len(some), _STEP):
            part = some[start : start + _STEP]
            touched = part if has_other_phrasings(pair.before, pair.after) else ()
            ran += len(touched)
            for outcome in _changed_outcomes(pair, touched, before.content, after.content, baseline):
                group = outcome.before.article_id or themes.get(outcome.asked.id, "")
                changed.append(replace(outcome, group=group))
            done += len(part)
            progress(done, len(asked))
    return RehearsalResult(
        asked=tuple(asked), ran=ran, changed=tuple(changed), captured=Captured(pairs=frozenset(pairs))
    )


def _themes(before: KnowledgeState, asked: Sequence[AskedAgain]) -> dict[str, str]:
    """Return the theme of each unanswered question, named by the question that leads it; the change has no say."""
    open_ones = [question for question in asked if question.asker_id and question.unanswered]
    if not open_ones:
        return {}
    index = (before.by_meaning or before.by_words).trained.for_another_thread().index
    leaders = group_questions(index, [question.words for question in open_ones])
    return {question.id: open_ones[leader].id for question, leader in zip(open_ones, leaders, strict=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """The matchers of one municipality without and with the change."""

    before: Matcher
    after: Matcher


def _pairs(
    before: KnowledgeState, after: KnowledgeState, asked: Sequence[AskedAgain]
) -> Iterator[tuple[_Pair, Sequence[AskedAgain]]]:
    """Yield the questions by the matchers that answer them."""
    groups: dict[tuple[int, int], tuple[_Pair, list[AskedAgain]]] = {}
    for question in asked:
        states = (before, after)
        # A question that was asked while the encoder was busy has no vector, and was matched by words.
        semantic = all(state.by_meaning is not None for state in states) and (
            question.words[1] or not question.asker_id
        )
        earlier, later = (
            ((state.by_meaning if semantic else None) or state.by_words).for_municipality(question.municipality_id)
            for state in states
        )
        key = (id(earlier), id(later))
        if key not in groups:
            groups[key] = (_Pair(before=earlier.for_another_thread(), after=later.for_another_thread()), [])
        groups[key][1].append(question)
    yield from groups.values()


def _changed_outcomes(
    pair: _Pair, asked: Sequence[AskedAgain], before: Content, after: Content, baseline: Baseline
) -> Iterator[ChangedOutcome]:
    new = [question for question in asked if question.id not in baseline]
    for question, matched in zip(new, match_again(pair.before, [question.words for question in new]), strict=True):
        baseline[question.id] = _outcome_of(matched, before)
    for question, matched in zip(asked, match_again(pair.after, [question.words for question in asked]), strict=True):
        becomes = _outcome_of(matched, after)
        if is_changed(baseline[question.id], becomes):
            yield ChangedOutcome(asked=question, before=baseline[question.id], after=becomes)


def _outcome_of(matched: Match, content: Content) -> Outcome:
    return meaning_of(matched, content).outcome


def _captured(pair: _Pair, content: Content) -> Iterator[tuple[str, str]]:
    """Yield pairs of former owner and entry with a capturing phrasing."""
    kept = {(phrasing.article_id, phrasing.text) for phrasing in pair.after.index.phrasings}
    owned = {(phrasing.article_id, phrasing.text) for phrasing in pair.before.index.phrasings}
    for phrasing in captured_phrasings(pair.before, pair.after):
        matched = pair.before.match(phrasing.text)
        first = next(iter(matched.candidates), None)
        if first is None or first.article_id == phrasing.article_id:
            continue
        moved = (first.article_id, phrasing.text) in owned - kept
        if not moved and (first.confidence >= _BELONGS or _outcome_of(matched, content).article_id):
            yield first.article_id, phrasing.article_id
