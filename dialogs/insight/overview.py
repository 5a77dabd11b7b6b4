"""The overview of a span, with its tables and plots and the meaning of the numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from dialogs.core.chart import ChartRow, ChartValue, bar_chart, column_chart
from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.insight.figures import Amount, Figures, WeekSpan, read_figures, read_questions
from dialogs.insight.model import HandoffFigures, first_day, last_day, percentile, week_of
from dialogs.insight.suppression import (
    COURSES,
    OTHER_SECTOR,
    PROGRAMS,
    QUESTIONS,
    CountedOutcome,
    Helpfulness,
    in_sector,
    part,
    parts,
)
from dialogs.insight.table import DataTable, shown_cell, statistics_csv
from dialogs.insight.work import AnnouncementReach, LiveWork, announcements_of, live_work
from knowledge.organisation.organisation import Sector

# The meaning of the numbers, in sentences for a leader's slide.

# Stated on the page: an assumption, not a measurement.
MINUTES_PER_QUESTION: Final = 10
_HOUR: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Sentences, and the assumption behind them."""

    sentences: tuple[str, ...] = ()
    note: str = ""


def effect_of(texts: Texts, figures: Figures, earlier: Amount) -> Effect:
    """Return the sentences about a span; none when all is hidden. ``earlier``: questions of the span before."""
    asked, answered = figures.amount(QUESTIONS), figures.amount(CountedOutcome.ANSWER)
    helped, missed = figures.amount(Helpfulness.HELPED), figures.amount(Helpfulness.NOT_HELPED)
    if not asked.number:
        return Effect()
    said = [texts("insight.effect.asked", number=shown_cell(texts, asked))]
    if answered.number:
        share = texts.number(round(100 * answered.number / asked.number))
        key = "insight.effect.answered_some" if asked.partial or answered.partial else "insight.effect.answered"
        said.append(texts(key, number=shown_cell(texts, answered), share=share))
    if helped.number and (helped.partial or missed.partial):
        # No share: the hidden number of one side would make it too large.
        said.append(texts("insight.effect.helped_some", number=shown_cell(texts, helped)))
    elif helped.number + missed.number:
        share = texts.number(round(100 * helped.number / (helped.number + missed.number)))
        said.append(texts("insight.effect.helped", share=share))
    if answered.number > missed.number:
        hours = round((answered.number - missed.number) * MINUTES_PER_QUESTION / _HOUR)
        said.append(texts("insight.effect.hours", hours=texts.number(hours)))
    work = figures.handoffs
    half = percentile(work.resolve_minutes, 0.5)
    if work.resolved and half is not None:
        said.append(texts("insight.effect.resolved", number=texts.number(work.resolved), time=duration(texts, half)))
    if earlier.number and not earlier.partial and not asked.partial:
        change = round(100 * (asked.number - earlier.number) / earlier.number)
        key = "insight.effect.same" if not change else f"insight.effect.{'more' if change > 0 else 'fewer'}"
        said.append(texts(key, share=texts.number(abs(change))) if change else texts(key))
    return Effect(
        sentences=tuple(f"{sentence[0].upper()}{sentence[1:]}" for sentence in said),
        note=texts("insight.effect.note", minutes=texts.number(MINUTES_PER_QUESTION)),
    )


def duration(texts: Texts, minutes: int) -> str:
    """Return a duration as minutes, hours or days."""
    hours = minutes / _HOUR
    if hours < 2:
        return texts.plural("insight.minutes", minutes)
    if hours < 48:
        return texts.plural("insight.hours", round(hours))
    return texts.plural("insight.days", round(hours / 24))


# The tables of the overview, with their plots.

MOST_ARTICLES: Final = 15
MOST_BARS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class MunicipalityColumn:
    """One municipality beside the others."""

    id: str
    name: str
    figures: Figures
    work: LiveWork


def weekly_table(texts: Texts, columns: Sequence[MunicipalityColumn], span: WeekSpan) -> DataTable:
    """Return the questions of each week."""
    by_week = [dict(column.figures.weekly()) for column in columns]
    weeks = [week for week in span.weeks if any(week in weekly for weekly in by_week)]
    sums = [Amount.total(weekly.get(week, Amount()) for weekly in by_week) for week in weeks]
    title = texts("insight.weekly")
    several = len(columns) > 1
    return DataTable(
        name="weekly",
        title=title,
        note=texts("insight.weekly.note"),
        headings=(
            texts("insight.week"),
            *(column.name for column in columns),
            *((texts("insight.together"),) if several else ()),
        ),
        rows=tuple(
            (
                week_name(texts, week),
                *(weekly.get(week, Amount()) for weekly in by_week),
                *((whole,) if several else ()),
            )
            for week, whole in zip(weeks, sums, strict=True)
        ),
        plot=column_chart(
            texts,
            id_="weekly",
            title=title,
            description=texts("insight.described_below"),
            columns=[(week_label(week), _drawn(texts, whole)) for week, whole in zip(weeks, sums, strict=True)],
        ),
    )


def week_name(texts: Texts, week: str) -> str:
    """Return number and days of a week: uke 27 (29. juni–5. juli 2026)."""
    number = int(week.partition("-W")[2])
    return texts("insight.week.named", number=number, days=texts.days(first_day(week), last_day(week)))


def week_label(week: str) -> str:
    """Return the number of a week, such as ``48``; the first of a year names the year."""
    year, _, number = week.partition("-W")
    return f"{int(number)} ({year})" if number == "01" else str(int(number))


def outcome_table(texts: Texts, columns: Sequence[MunicipalityColumn]) -> DataTable:
    """Return the outcomes of questions, one row a municipality."""
    title = texts("insight.outcomes")
    cells = [*CountedOutcome, Helpfulness.HELPED, Helpfulness.NOT_HELPED]
    return DataTable(
        name="outcomes",
        title=title,
        note=texts("insight.outcomes.note"),
        headings=(
            texts("insight.municipality"),
            texts("insight.cell.questions"),
            *(texts(f"insight.cell.{cell}") for cell in cells),
        ),
        rows=tuple(
            (column.name, column.figures.amount(QUESTIONS), *(column.figures.amount(cell) for cell in cells))
            for column in columns
        ),
        plot=bar_chart(
            id_="outcomes",
            title=title,
            description=texts("insight.described_below"),
            series=[texts(f"insight.cell.{outcome}") for outcome in CountedOutcome],
            rows=[
                _bar(texts, column.name, [column.figures.amount(outcome) for outcome in CountedOutcome])
                for column in columns
            ],
        ),
    )


def sector_table(texts: Texts, figures: Figures) -> DataTable:
    """Return the questions of each sector by outcome."""
    return DataTable(
        name="sectors",
        title=texts("insight.sectors"),
        note=texts("insight.sectors.note"),
        headings=(texts("insight.sector"), *(texts(f"insight.cell.{outcome}") for outcome in CountedOutcome)),
        rows=tuple(
            (
                texts(f"insight.sector.{sector}"),
                *(figures.amount(in_sector(outcome, sector)) for outcome in CountedOutcome),
            )
            for sector in (*Sector, OTHER_SECTOR)
        ),
    )


def article_tables(viewer: Viewer, figures: Figures) -> Iterator[DataTable]:
    """Yield the articles shown most often, and those that helped least."""
    texts = viewer.texts
    shown = [
        (_article(viewer, id_), figures.amount(cell), figures.amount(part(Helpfulness.NOT_HELPED, id_)))
        for cell, id_ in parts(figures.sums, CountedOutcome.ANSWER)
    ]
    headings = (texts("insight.article"), texts("insight.shown"), texts("insight.cell.not_helped"))
    used = sorted((row for row in shown if row[1].number), key=lambda row: (-row[1].number, row[0]))
    title = texts("insight.most_used")
    yield DataTable(
        name="articles",
        title=title,
        headings=headings,
        rows=tuple(used[:MOST_ARTICLES]),
        plot=bar_chart(
            id_="articles",
            title=title,
            description=texts("insight.described_below"),
            series=headings[1:2],
            rows=[_bar(texts, _shortened(row[0]), [row[1]]) for row in used[:MOST_BARS]],
        ),
    )
    missed = [row for row in used if row[2].number]
    yield DataTable(
        name="unhelpful",
        title=texts("insight.least_helpful"),
        note=texts("insight.least_helpful.note"),
        headings=headings,
        rows=tuple(sorted(missed, key=lambda row: (-row[2].number / row[1].number, row[0]))[:MOST_ARTICLES]),
    )


def handoff_table(texts: Texts, columns: Sequence[MunicipalityColumn]) -> DataTable:
    """Return the questions to colleagues, one row a municipality."""
    names = (
        "municipality", "open", "overdue", "created", "resolved", "own_unit", "accept_half", "accept_most",
        "resolve_half", "resolve_most",
    )  # fmt: skip
    return DataTable(
        name="handoffs",
        title=texts("insight.handoffs"),
        note=texts("insight.handoffs.note"),
        headings=tuple(texts(f"insight.{name}") for name in names),
        rows=tuple(
            (column.name, column.work.open, column.work.overdue, *_handoff_cells(texts, column.figures.handoffs))
            for column in columns
        ),
    )


def _handoff_cells(texts: Texts, work: HandoffFigures) -> tuple[str | int | None, ...]:
    times = [
        percentile(minutes, share) for minutes in (work.accept_minutes, work.resolve_minutes) for share in (0.5, 0.95)
    ]
    return (
        work.created,
        work.resolved,
        work.own_unit,
        *(None if minutes is None else duration(texts, minutes) for minutes in times),
    )


def coverage_table(texts: Texts, columns: Sequence[MunicipalityColumn]) -> DataTable:
    """Return how well ambassadors cover the units now."""
    names = ("municipality", "ambassadors", "free", "units", "covered")
    return DataTable(
        name="coverage",
        title=texts("insight.coverage"),
        note=texts("insight.coverage.note"),
        headings=tuple(texts(f"insight.{name}") for name in names),
        rows=tuple(
            (column.name, column.work.ambassadors, column.work.free, column.work.units, column.work.covered)
            for column in columns
        ),
    )


def announcement_table(viewer: Viewer, announcements: Sequence[AnnouncementReach]) -> DataTable:
    """Return the newest announcements with their reach."""
    texts, known = viewer.texts, viewer.content.organisation.municipalities
    return DataTable(
        name="announcements",
        title=texts("insight.announcements"),
        headings=tuple(
            texts(f"insight.{name}")
            for name in ("announcement", "municipality", "sent", "recipients", "reached", "confirmed")
        ),
        rows=tuple(
            (
                announcement.title,
                known[announcement.municipality_id].names.text(viewer.person.language),
                announcement.sent_at,
                announcement.recipients,
                announcement.reached,
                announcement.confirmed,
            )
            for announcement in announcements
        ),
    )


def rollout_tables(viewer: Viewer, figures: Figures) -> Iterator[DataTable]:
    """Yield applications for programs, and courses taken."""
    texts = viewer.texts
    programs = {program.id: program.name for program in viewer.content.register.programs.values()}
    courses = {
        module.id: module.title.get(viewer.person.language, module.id) for module in viewer.content.curriculum.modules
    }
    for root, names in ((PROGRAMS, programs), (COURSES, courses)):
        whole = figures.amount(root)
        rows = [
            (names.get(id_, texts("insight.other")), figures.amount(cell)) for cell, id_ in parts(figures.sums, root)
        ]
        yield DataTable(
            name=root,
            title=texts(f"insight.{root}s"),
            headings=(texts(f"insight.{root}"), texts("insight.number")),
            rows=(*sorted(rows, key=lambda row: (-row[1].number, row[0])), (texts("insight.together"), whole))
            if whole.number
            else (),
        )


def _drawn(texts: Texts, amount: Amount) -> ChartValue:
    return ChartValue(number=amount.number, text=shown_cell(texts, amount), hidden=amount.hidden)


def _bar(texts: Texts, name: str, amounts: Sequence[Amount]) -> ChartRow:
    return name, [_drawn(texts, amount) for amount in amounts], shown_cell(texts, Amount.total(amounts))


def _article(viewer: Viewer, article_id: str) -> str:
    article = viewer.content.articles.get(article_id, viewer.person.language)
    return article.title if article is not None else article_id


def _shortened(title: str) -> str:
    return title if len(title) < 27 else f"{title[:25]}…"


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
