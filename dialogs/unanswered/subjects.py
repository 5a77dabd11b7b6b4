"""The stored questions that editors may learn from, and subjects: themes of weeks that are alike."""

from base64 import b64decode
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from dialogs.core.content import Content
from dialogs.core.data_rules import latest_month_terms
from dialogs.core.person import Person, Role, is_guest_id
from dialogs.core.query import Asking, KeptWords, find_all, find_each
from dialogs.core.question import Question
from dialogs.core.speaker import Viewer
from dialogs.editing.model import ArticleHead, ArticleRevision, article_key
from dialogs.editing.standing import ArticleStanding, ArticleState, named_ids, standing_of
from dialogs.insight.model import end_of, latest_weeks, period_id, week_at
from dialogs.insight.suppression import Band
from dialogs.unanswered.model import EVERY, WRITING_ACTS, ThemeAct, ThemeDecision
from dialogs.unanswered.theme import Theme, ThemeWeek

# The stored questions that an editor may learn from.

# Closed weeks that themes and rehearsals look back.
WEEKS: Final = 4
_AT_ONCE: Final = 2_000


def questions_scope(viewer: Viewer) -> frozenset[str]:
    """Return the municipalities an editor works with: at the provider, all. Raises EventRefused."""
    return viewer.content.organisation.edited_by(editors_municipality(viewer))


def editors_municipality(viewer: Viewer) -> str:
    """Return the municipality an editor works for. Raises EventRefused."""
    viewer.require(Role.EDITOR)
    return viewer.require_municipality(viewer.person.municipality_id)


def closed_questions(scope: Collection[str], at: datetime) -> Asking[tuple[Question, ...]]:
    """Return the questions of registered people in the last closed weeks from these municipalities, oldest first."""
    weeks, questions = latest_weeks(at, WEEKS), list[Question]()
    for term in latest_month_terms(at, months=3):
        after = ""
        while page := (yield from find_all(Question, term, after=after, limit=_AT_ONCE)):
            questions += [
                question
                for question in page
                if question.municipality_id in scope and week_at(question.asked_at) in weeks
            ]
            after = page[-1].id
    ids = sorted({question.person_id for question in questions if not is_guest_id(question.person_id)})
    people = yield from find_each(Person, ids)
    counted = {id_ for id_, person in people.items() if person.registered and not person.is_outsider}
    asked = (question for question in questions if question.person_id in counted)
    return tuple(sorted(asked, key=lambda question: (question.asked_at, question.id)))


def words_of(question: Question) -> KeptWords:
    """Return the words of a question with its vector."""
    return question.utterance, b64decode(question.vector)


class WritingProgress(StrEnum):
    """How far the text is with which an editor wants to answer a theme."""

    UNPUBLISHED = "unpublished"
    DONE = "done"
    # Its theme is open again.
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A theme with those of earlier weeks that are like it.

    Attributes:
        id: names the latest theme: its week and its place there.
        weeks: people in each of the last closed weeks, the latest last; None without a theme.
        writing: the decision to answer it with a text that is not published yet.
    """

    id: str
    theme: Theme
    week: str
    weeks: tuple[Band | None, ...]
    writing: ThemeDecision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """A decision about a theme, and the people that asked about it in a closed week since, the latest last."""

    decision: ThemeDecision
    theme: Theme
    since: tuple[Band, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """What an editor may work with.

    Attributes:
        open: until an answer is published, the latest and largest first.
        handled: the latest decision first.
        weeks: the last closed weeks, the latest last.
    """

    open: tuple[Subject, ...]
    handled: tuple[Handled, ...]
    weeks: tuple[str, ...]


def read_subjects(viewer: Viewer) -> Asking[Subjects]:
    """Return the subjects of the municipality that the viewer edits for. Raises EventRefused."""
    own = editors_municipality(viewer)
    weeks = latest_weeks(viewer.at, WEEKS)
    stored = yield from find_each(ThemeWeek, [period_id(own, week) for week in weeks])
    decisions, unpublished = yield from _valid(viewer, (yield from _decisions(viewer, own)))
    placed = [
        (theme_week.week, place, theme)
        for theme_week in stored.values()
        for place, theme in enumerate(theme_week.themes, start=1)
    ]
    open_subjects: list[Subject] = []
    for week, place, theme in sorted(placed, key=lambda placing: (-weeks.index(placing[0]), placing[1])):
        about = [decision for decision in decisions if decision.theme is not None and decision.theme.is_like(theme)]
        known = any(subject.theme.is_like(theme) for subject in open_subjects)
        if known or any(_covers(decision, week) for decision in about if decision.id not in unpublished):
            continue
        open_subjects.append(
            Subject(
                id=f"{week}-{place}",
                theme=theme,
                week=week,
                weeks=tuple(_people_in(stored.get(period_id(own, week)), theme) for week in weeks),
                writing=next((decision for decision in about if decision.id in unpublished), None),
            )
        )
    return Subjects(
        open=tuple(open_subjects),
        # What the provider decided covers themes here too, but its words are about other municipalities.
        handled=tuple(
            Handled(
                decision=decision,
                theme=decision.theme,
                since=tuple(_since(decision, decision.theme, stored.values())),
            )
            for decision in decisions
            if decision.municipality_id == own and decision.theme is not None and decision.id not in unpublished
        ),
        weeks=weeks,
    )


def _people_in(week: ThemeWeek | None, theme: Theme) -> Band | None:
    themes = week.themes if week is not None else ()
    return next((candidate.people for candidate in themes if candidate.is_like(theme)), None)


def _covers(decision: ThemeDecision, week: str) -> bool:
    """Return whether a decision covers the themes of a week: a dismissed theme covers later ones, too."""
    return decision.act is ThemeAct.DISMISSED or end_of(week) <= decision.at


def _since(decision: ThemeDecision, theme: Theme, weeks: Iterable[ThemeWeek]) -> Iterator[Band]:
    """Yield the people of each later week's theme that is like the decision's."""
    for week in sorted(
        (theme_week for theme_week in weeks if end_of(theme_week.week) > decision.at), key=lambda week: week.week
    ):
        people = _people_in(week, theme)
        if people is not None:
            yield people


def _decisions(viewer: Viewer, own: str) -> Asking[Sequence[ThemeDecision]]:
    """Return the decisions of a municipality, the latest first; those of the provider concern all."""
    provides = viewer.content.organisation.provides
    decisions = yield from find_all(ThemeDecision, EVERY)
    mine = (decision for decision in decisions if decision.municipality_id == own or provides(decision.municipality_id))
    return sorted(mine, key=lambda decision: (decision.at, decision.id), reverse=True)


def _valid(
    viewer: Viewer, decisions: Sequence[ThemeDecision]
) -> Asking[tuple[Sequence[ThemeDecision], frozenset[str]]]:
    """Return the decisions without those with a discarded text, and the ids of those with an unpublished one."""
    keys = {decision.id: written_article(viewer.content, decision) for decision in decisions}
    heads = yield from find_each(ArticleHead, sorted(set(filter(None, keys.values()))))
    ids = sorted({id_ for head in heads.values() for id_ in named_ids(head)})
    revisions = yield from find_each(ArticleRevision, ids)
    progress = {
        decision.id: _progress(decision, standing_of(viewer.content, heads[key], revisions) if key in heads else None)
        for decision, key in ((decision, keys[decision.id]) for decision in decisions)
    }
    valid = [decision for decision in decisions if progress[decision.id] is not WritingProgress.DISCARDED]
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
