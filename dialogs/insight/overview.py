"""The overview of a span: questions, outcomes, work and effect. For cards and pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.texts import Texts
from dialogs.core.viewer import Viewer
from dialogs.insight.cells import QUESTIONS, CountedOutcome, Helpfulness
from dialogs.insight.effect import Effect, effect_of
from dialogs.insight.figures import Figures, WeekSpan, read_figures, read_questions
from dialogs.insight.period import first_day, last_day, week_of
from dialogs.insight.sections import (
    MunicipalityColumn,
    announcement_table,
    article_tables,
    coverage_table,
    handoff_table,
    outcome_table,
    rollout_tables,
    sector_table,
    weekly_table,
)
from dialogs.insight.table import DataTable, shown_cell, statistics_csv
from dialogs.insight.work import announcements_of, live_work

STATISTICS_ROLES: Final = frozenset({Role.ADMIN, Role.CONTACT, Role.LEADER, Role.EDITOR})
DEFAULT_WEEKS: Final = 12
_LONGEST: Final = timedelta(days=366 * 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewPage:
    """The overview, in the reader's language.

    Attributes:
        first, last: the span, as ISO dates of its first and last day; ``span`` in words.
        choices: the municipalities to choose from, as id and name; empty for a reader of one.
        municipality_id: the chosen one; empty for all.
        facts: the most important numbers, as name and value.
        adjusted: says that the span is another than the one asked for, and why; else empty.
        closed_at: the last day that is counted, in words.
    """

    span: str
    first: str
    last: str
    adjusted: str
    closed_at: str
    choices: tuple[tuple[str, str], ...]
    municipality_id: str
    place: str
    facts: tuple[tuple[str, str], ...]
    effect: Effect
    tables: tuple[DataTable, ...]
    empty: bool


def overview(viewer: Viewer, *, first: str = "", last: str = "", municipality_id: str = "") -> Asking[OverviewPage]:
    """Return the overview of one municipality, or for the provider of all side by side. Raises EventRefused."""
    if viewer.person.is_outsider or not viewer.person.has(*STATISTICS_ROLES):
        raise viewer.refusal("insight.refused")
    chosen = _chosen(viewer, municipality_id)
    span = chosen_span(viewer, first, last)
    figures = yield from read_figures(chosen, span)
    before = yield from read_questions(chosen, _before(span))
    columns: list[MunicipalityColumn] = []
    for id_ in chosen:
        work = yield from live_work(viewer, id_)
        columns.append(
            MunicipalityColumn(id=id_, name=_municipality_name(viewer, id_), figures=figures[id_], work=work)
        )
    announcements = yield from announcements_of(viewer, chosen, span)
    texts = viewer.texts
    all_figures = Figures.together(figures.values())
    choices = tuple((id_, _municipality_name(viewer, id_)) for id_ in viewer.municipality_ids)
    return OverviewPage(
        span=span_text(texts, span),
        first=span.first_day.isoformat(),
        last=span.last_day.isoformat(),
        adjusted=_adjusted(viewer, span, first, last),
        closed_at=texts.day(span.last_day),
        choices=choices if len(choices) > 1 else (),
        municipality_id=chosen[0] if len(chosen) == 1 else "",
        place=columns[0].name if len(columns) == 1 else texts("insight.all_municipalities"),
        facts=_facts(texts, all_figures, columns),
        effect=effect_of(texts, all_figures, before),
        tables=(
            weekly_table(texts, columns, span),
            outcome_table(texts, columns),
            sector_table(texts, all_figures),
            *article_tables(viewer, all_figures),
            handoff_table(texts, columns),
            coverage_table(texts, columns),
            announcement_table(viewer, announcements),
            *rollout_tables(viewer, all_figures),
        ),
        empty=not all_figures.periods,
    )


def overview_csv(texts: Texts, page: OverviewPage, at: datetime) -> str:
    """Return the page as CSV: the sentences about the effect, then every table. ``at``: time of reading."""
    effect = ((), (texts("insight.effect"),), *((sentence,) for sentence in page.effect.sentences), (page.effect.note,))
    lead = (
        (texts("insight.title"), page.place),
        (texts("insight.period"), page.span),
        (texts("insight.read_at"), texts.stamp(at)),
        (texts("insight.privacy"), ""),
        *(effect if page.effect.sentences else ()),
    )
    return statistics_csv(texts, lead, page.tables)


def chosen_span(viewer: Viewer, first: str, last: str) -> WeekSpan:
    """Return the span between two ISO dates; by default the newest twelve weeks."""
    newest = viewer.at.date()
    end = _date(last) or newest
    start = _date(first) or end - timedelta(weeks=DEFAULT_WEEKS)
    start, end = min(start, end), max(start, end)
    return WeekSpan.between(max(start, end - _LONGEST), end, now=viewer.at)


def _adjusted(viewer: Viewer, span: WeekSpan, first: str, last: str) -> str:
    """Return why the dates are not those that the reader gave; empty if they are."""
    start, end = _date(first), _date(last)
    if start is not None and end is not None and start > end:
        return viewer.texts("insight.adjusted.order")
    if (end is not None and end > span.last_day) or (start is not None and start > span.last_day):
        return viewer.texts("insight.adjusted.open", day=viewer.texts.day(span.last_day))
    return ""


def span_text(texts: Texts, span: WeekSpan) -> str:
    return texts("insight.span", first=texts.day(span.first_day), last=texts.day(span.last_day))


def _chosen(viewer: Viewer, municipality_id: str) -> Sequence[str]:
    if viewer.is_provider and not municipality_id:
        return viewer.municipality_ids
    return (viewer.require_municipality(municipality_id or None),)


def _before(span: WeekSpan) -> WeekSpan:
    """Return the span of the same length before."""
    length = len(span.weeks)
    last = span.first_day - timedelta(weeks=1)
    return WeekSpan(first=week_of(last - timedelta(weeks=length - 1)), last=week_of(last))


def _facts(texts: Texts, figures: Figures, columns: Sequence[MunicipalityColumn]) -> tuple[tuple[str, str], ...]:
    cells = (QUESTIONS, CountedOutcome.ANSWER, Helpfulness.HELPED, Helpfulness.NOT_HELPED, CountedOutcome.HANDED_OVER)
    counted = [(texts(f"insight.fact.{cell}"), shown_cell(texts, figures.amount(cell))) for cell in cells]
    now = [
        (texts("insight.fact.open"), texts.number(sum(column.work.open for column in columns))),
        (texts("insight.fact.overdue"), texts.number(sum(column.work.overdue for column in columns))),
    ]
    newest = figures.newest_people
    people: list[tuple[str, str]] = []
    if newest is not None:
        period, amount = newest
        label = texts("insight.fact.people", first=texts.day(first_day(period)), last=texts.day(last_day(period)))
        people = [(label, shown_cell(texts, amount))]
    return (*counted, *people, *now)


def _municipality_name(viewer: Viewer, municipality_id: str) -> str:
    return viewer.content.organisation.municipalities[municipality_id].names.text(viewer.person.language)


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 < day.year < 3000 else None
