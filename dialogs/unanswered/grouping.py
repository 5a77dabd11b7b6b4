"""Themes: groups of similar unanswered questions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from dialogs.core.content import Content
from dialogs.core.query import Asking, find_all, find_each, group_questions, near_questions
from dialogs.core.question import Question
from dialogs.core.viewer import Viewer
from dialogs.editing.model import ArticleHead, ArticleRevision, article_key
from dialogs.editing.standing import ArticleStanding, ArticleState, named_ids, standing_of
from dialogs.unanswered.model import EVERY, WRITING_ACTS, ThemeAct, ThemeDecision
from dialogs.unanswered.questions import (
    count_people,
    kept_questions,
    may_be_shown,
    questions_scope,
    registered_askers,
    words_of,
)

WEEK: Final = timedelta(days=7)
WEEKS: Final = 4


class WritingProgress(StrEnum):
    """How far the text is with which an editor wants to answer a theme."""

    UNPUBLISHED = "unpublished"
    DONE = "done"
    # Its questions are open again.
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Similar questions, oldest first, and the one that names them.

    Attributes:
        people: registered askers.
        enough: they are so many that the words may be shown.
        writing: the decision to answer them with a text that is not published yet.
    """

    leader: Question
    questions: tuple[Question, ...]
    people: int
    enough: bool
    writing: ThemeDecision | None = None

    @property
    def readable(self) -> tuple[Question, ...]:
        """The questions with words that may be shown: all of a theme of many, else those with consent."""
        return self.questions if self.enough else tuple(each for each in self.questions if each.for_editors)

    def by_week(self, at: datetime) -> tuple[int, ...]:
        """Return how many were asked in each of the last four weeks, the latest last."""
        age = [(at - each.asked_at) // WEEK for each in self.questions]
        return tuple(age.count(week) for week in reversed(range(WEEKS)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """A decision about a theme, with the similar questions asked since.

    ``anchor``: a question of the theme that is still stored.
    """

    decision: ThemeDecision
    anchor: Question
    answered: tuple[Question, ...]
    unanswered: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Themes:
    """All themes that an editor may work with, the largest first.

    Attributes:
        open: themes with words that may be shown, or single questions with consent, until an answer is published.
        small: themes of too few people.
        handled: the latest decision first.
    """

    open: tuple[Theme, ...]
    small: tuple[Theme, ...]
    handled: tuple[Handled, ...]
    registered: frozenset[str]


def read_themes(viewer: Viewer) -> Asking[Themes]:
    """Return the themes of the questions that the editor may work with."""
    scope = questions_scope(viewer)
    questions = yield from kept_questions(scope, viewer.at)
    decisions, unpublished = yield from _valid(viewer, (yield from _decisions(viewer, scope)))
    anchors = yield from _anchors(decisions)
    near = (-1,) * len(questions)
    if anchors:
        near = yield from near_questions(map(words_of, questions), [words_of(anchor) for _, anchor in anchors])
    places = dict(zip((each.id for each in questions), near, strict=True))
    done = [None if decision.id in unpublished else decision for decision, _ in anchors]
    writing = [decision if decision.id in unpublished else None for decision, _ in anchors]
    open_ones = [each for each in questions if each.unanswered and not _is_handled(each, places[each.id], done)]
    registered = yield from registered_askers(each for each in questions if each.unanswered)
    leaders = (yield from group_questions(map(words_of, open_ones))) if open_ones else ()
    themes = tuple(
        _ordered(
            _theme(each, registered, _latest_of(writing, (places[one.id] for one in each[1])))
            for each in _groups(open_ones, leaders)
        )
    )
    return Themes(
        open=tuple(each for each in themes if each.readable),
        small=tuple(each for each in themes if not each.readable),
        # What the provider decided about questions of others counts here too, but its words are not shown.
        handled=tuple(
            _since(decision, anchor, [each for each in questions if places[each.id] == at])
            for at, (decision, anchor) in enumerate(anchors)
            if anchor.municipality_id in scope and decision.id not in unpublished
        ),
        registered=registered,
    )


def _decisions(viewer: Viewer, scope: frozenset[str]) -> Asking[Sequence[ThemeDecision]]:
    """Return the decisions that concern these municipalities, the latest first; those of the provider concern all."""
    provides = viewer.content.organisation.provides
    found = yield from find_all(ThemeDecision, EVERY)
    mine = (each for each in found if each.municipality_id in scope or provides(each.municipality_id))
    return sorted(mine, key=lambda each: (each.at, each.id), reverse=True)


def _valid(
    viewer: Viewer, decisions: Sequence[ThemeDecision]
) -> Asking[tuple[Sequence[ThemeDecision], frozenset[str]]]:
    """Return the decisions without those with a discarded text, and the ids of those with an unpublished one."""
    keys = {each.id: written_article(viewer.content, each) for each in decisions}
    heads = yield from find_each(ArticleHead, sorted(set(filter(None, keys.values()))))
    ids = sorted({id_ for head in heads.values() for id_ in named_ids(head)})
    revisions = yield from find_each(ArticleRevision, ids)
    progress = {
        each.id: _progress(each, standing_of(viewer.content, heads[key], revisions) if key in heads else None)
        for each, key in ((one, keys[one.id]) for one in decisions)
    }
    valid = [each for each in decisions if progress[each.id] is not WritingProgress.DISCARDED]
    return valid, frozenset(id_ for id_, state in progress.items() if state is WritingProgress.UNPUBLISHED)


def _progress(decision: ThemeDecision, standing: ArticleStanding | None) -> WritingProgress:
    if decision.act not in WRITING_ACTS:
        return WritingProgress.DONE
    if standing is None:
        return WritingProgress.DISCARDED
    live = standing.in_force
    if decision.act is ThemeAct.PHRASINGS:
        done = live is not None and live.made_at >= decision.at
    else:
        done = standing.state in {ArticleState.LIVE, ArticleState.RETIRED}
    if done:
        return WritingProgress.DONE
    return WritingProgress.DISCARDED if standing.unpublished is None else WritingProgress.UNPUBLISHED


def written_article(content: Content, decision: ThemeDecision) -> str:
    """Return the key of the article that a decision writes; empty for other acts."""
    if decision.act not in WRITING_ACTS or decision.entry_id is None:
        return ""
    everyone = content.organisation.provides(decision.municipality_id)
    return article_key(decision.entry_id, None if everyone else decision.municipality_id)


def _anchors(decisions: Sequence[ThemeDecision]) -> Asking[list[tuple[ThemeDecision, Question]]]:
    """Return the decisions with a theme that can still be found."""
    stored = yield from find_each(Question, sorted({id_ for each in decisions for id_ in each.question_ids}))
    found = [(each, next((stored[id_] for id_ in each.question_ids if id_ in stored), None)) for each in decisions]
    return [(decision, anchor) for decision, anchor in found if anchor is not None]


def _is_handled(question: Question, place: int, done: Sequence[ThemeDecision | None]) -> bool:
    """Return whether a decision covers a question: a dismissed theme covers later ones, too."""
    decision = done[place] if place >= 0 else None
    if decision is None:
        return False
    return decision.act is ThemeAct.DISMISSED or question.asked_at <= decision.at


def _latest_of(decisions: Sequence[ThemeDecision | None], places: Iterable[int]) -> ThemeDecision | None:
    """Return the first of the decisions that one of these places has; the latest is first."""
    return next((each for each in (decisions[place] for place in sorted({*places} - {-1})) if each is not None), None)


def _groups(questions: Sequence[Question], leaders: Sequence[int]) -> Iterable[tuple[Question, list[Question]]]:
    found: dict[int, list[Question]] = {}
    for question, leader in zip(questions, leaders, strict=True):
        found.setdefault(leader, []).append(question)
    return [(questions[leader], members) for leader, members in found.items()]


def _theme(group: tuple[Question, list[Question]], registered: frozenset[str], writing: ThemeDecision | None) -> Theme:
    leader, members = group
    enough = may_be_shown(members, registered)
    if not enough:
        leader = next((each for each in members if each.for_editors), leader)
    return Theme(
        leader=leader,
        questions=tuple(members),
        people=count_people(members, registered),
        enough=enough,
        writing=writing,
    )


def _ordered(themes: Iterable[Theme]) -> list[Theme]:
    return sorted(themes, key=lambda each: (-each.people, -len(each.questions), each.leader.id))


def _since(decision: ThemeDecision, anchor: Question, similar: Sequence[Question]) -> Handled:
    later = [each for each in similar if each.asked_at > decision.at]
    return Handled(
        decision=decision,
        anchor=anchor,
        answered=tuple(each for each in later if not each.unanswered),
        unanswered=tuple(each for each in later if each.unanswered),
    )
