"""The tables of the overview, with their plots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dialogs.core.chart import ChartRow, ChartValue, bar_chart, column_chart
from dialogs.core.texts import Texts
from dialogs.core.viewer import Viewer
from dialogs.insight.cells import (
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
from dialogs.insight.effect import duration
from dialogs.insight.figures import Amount, Figures, WeekSpan
from dialogs.insight.model import HandoffFigures, percentile
from dialogs.insight.period import first_day, last_day
from dialogs.insight.table import DataTable, shown_cell
from dialogs.insight.work import AnnouncementReach, LiveWork
from knowledge.organisation.organisation import Sector

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
