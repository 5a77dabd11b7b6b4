"""The picture of the plan: a row for each milestone on an axis of months, laid out and drawn once for SVG and PNG."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from textwrap import shorten, wrap
from typing import Final, assert_never

from babel.dates import format_date

from dialogs.core.chart import COLOURS, BoxStyle, Canvas, SvgCanvas, drawing
from dialogs.core.content import Content
from dialogs.core.milestone import Certainty, Milestone, MilestoneState, PlannedDays
from dialogs.core.texts import LOCALES, Texts
from dialogs.rollout.timeline.plan import OPEN, PlanLine
from dialogs.rollout.timeline.words import notes_of, scope_of, shown_date, what_of

WIDTH: Final = 960
TOP: Final = 96
# A month named nearer to the right end would be cut.
NAME_WIDTH: Final = 60
LABEL_LINE, NOTE_LINE, ROW_GAP = 19, 16, 18
BAR: Final = 18
LEGEND_LINE: Final = 24
# Letters of a title that is long.
SMALL_TITLE: Final = 15
MAX_ROWS: Final = 18
# Rows of milestones done lately, above the open ones.
MAX_DONE: Final = 5
RECENT: Final = timedelta(days=365)
MOST_LINES: Final = 2
_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
BLUE, ORANGE, GREY, GREEN = COLOURS[0], COLOURS[1], COLOURS[4], COLOURS[5]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureShape:
    """Where the texts stand: beside the axis, or above each bar, for a narrow screen.

    Attributes:
        labels: width of the texts.
        left: where the axis begins; it ends at ``right``.
        title_signs: characters of the title that fit in a line in large letters. ``label_signs``, ``note_signs``: of
            those texts.
        ticks: most months named on the axis.
    """

    width: int
    labels: int
    left: int
    right: int
    title_signs: int
    label_signs: int
    note_signs: int
    ticks: int
    text_above: bool = False


WIDE: Final = PictureShape(
    width=WIDTH, labels=390, left=410, right=WIDTH - 24, title_signs=80, label_signs=44, note_signs=58, ticks=9
)
NARROW: Final = PictureShape(
    width=360,
    labels=344,
    left=8,
    right=352,
    title_signs=26,
    label_signs=40,
    note_signs=50,
    ticks=4,
    text_above=True,
)


class PlanMark(StrEnum):
    """The look of a milestone's bar; the shape says it too, not the colour alone."""

    DONE = "done"
    LATE = "late"
    CERTAIN = "certain"
    LIKELY = "likely"
    UNSURE = "unsure"


_BARS: Final[Mapping[PlanMark, BoxStyle]] = {
    PlanMark.DONE: BoxStyle(fill=GREEN, radius=3),
    PlanMark.LATE: BoxStyle(outline=ORANGE, width=3, radius=3),
    PlanMark.CERTAIN: BoxStyle(fill=BLUE, radius=3),
    PlanMark.LIKELY: BoxStyle(fill=BLUE, pale=True, outline=BLUE, width=2, radius=3),
    PlanMark.UNSURE: BoxStyle(outline=BLUE, width=2, dashed=True, radius=3),
}
# The old date of a milestone that was moved.
_WAS: Final = BoxStyle(outline=GREY)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRow:
    """One milestone: its text beside the axis, and its bar from ``x`` to ``x + width``.

    ``y``: the top of the row. ``was``: the bar of its old date.
    """

    y: int
    label: tuple[str, ...]
    note: tuple[str, ...]
    mark: PlanMark
    x: float
    width: float
    was: tuple[float, float] | None = None
    text_above: bool = False

    @property
    def text_height(self) -> int:
        return LABEL_LINE * len(self.label) + NOTE_LINE * len(self.note)

    @property
    def row_height(self) -> int:
        return self.text_height + ROW_GAP + (BAR if self.text_above else 0)

    @property
    def middle(self) -> float:
        """The height of the bar's middle."""
        return self.y + (self.text_height + BAR / 2 if self.text_above else self.text_height / 2)

    def text_lines(self) -> Iterator[tuple[int, str, bool]]:
        """Yield baseline, text, and whether it is of the label."""
        y = self.y - 4
        for line in self.label:
            y += LABEL_LINE
            yield y, line, True
        for line in self.note:
            y += NOTE_LINE
            yield y, line, False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPicture:
    """The laid-out picture. ``ticks``: place and name of months on the axis; ``legend``: the marks that occur."""

    title: str
    as_of: str
    description: str
    rows: tuple[PictureRow, ...]
    ticks: tuple[tuple[float, str], ...]
    today: float
    today_name: str
    legend: tuple[tuple[PlanMark, str], ...]
    was_name: str
    shape: PictureShape = WIDE

    @property
    def base(self) -> int:
        """The bottom of the rows."""
        last = self.rows[-1]
        return last.y + last.row_height

    @property
    def height(self) -> int:
        # On a narrow picture each mark of the legend has its line.
        lines = len(self.legend) + bool(self.was_name) if self.shape.text_above else 1
        return self.base + 40 + LEGEND_LINE * lines


def drawn_lines(lines: Sequence[PlanLine], today: date) -> tuple[PlanLine, ...]:
    """Return open and lately done lines; if none is open, the latest."""
    shown = [line for line in lines if not line.milestone.withdrawn]
    is_open = [line for line in shown if line.milestone.state(today) in OPEN]
    done = [line for line in shown if line.milestone.state(today) is MilestoneState.DONE]
    if not is_open:
        return tuple(done[-MAX_DONE:])
    lately = [line for line in done if line.milestone.days.last >= today - RECENT][-MAX_DONE:]
    return tuple([*lately, *is_open][:MAX_ROWS])


def plan_picture(
    texts: Texts, content: Content, lines: Sequence[PlanLine], *, title: str, today: date, shape: PictureShape = WIDE
) -> PlanPicture | None:
    """Return the picture of the plan; None without a milestone."""
    drawn = [line.milestone for line in drawn_lines(lines, today)]
    if not drawn:
        return None
    axis = _Axis.around(
        [
            *(milestone.days for milestone in drawn),
            *(PlannedDays.parse(milestone.was) for milestone in drawn if milestone.was),
        ],
        today,
        shape,
    )
    marks = [_mark_of(milestone, today) for milestone in drawn]
    rows: list[PictureRow] = []
    for milestone, mark in zip(drawn, marks, strict=True):
        old = _old_days(milestone)
        rows.append(
            PictureRow(
                y=rows[-1].y + rows[-1].row_height if rows else TOP,
                label=_wrapped(what_of(texts, milestone), shape.label_signs),
                note=_wrapped(_second_line(texts, content, milestone, today), shape.note_signs),
                mark=mark,
                x=axis.x_of(_shown_days(milestone).first),
                width=axis.width(_shown_days(milestone)),
                was=(axis.x_of(old.first), axis.width(old)) if old is not None else None,
                text_above=shape.text_above,
            )
        )
    return PlanPicture(
        title=title,
        as_of=texts("timeline.when.as_of", day=texts.day(today)),
        description=" ".join(f"{_spoken(texts, milestone, today)}." for milestone in drawn),
        rows=tuple(rows),
        ticks=tuple(axis.ticks(texts)),
        today=axis.x_of(today),
        today_name=texts("timeline.picture.today"),
        legend=tuple((mark, texts(f"timeline.picture.{mark}")) for mark in PlanMark if mark in marks),
        was_name=texts("timeline.picture.was") if any(row.was for row in rows) else "",
        shape=shape,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """Days on the axis, from the first of a month to the last of one."""

    first: date
    last: date
    shape: PictureShape

    @classmethod
    def around(cls, days: Sequence[PlannedDays], today: date, shape: PictureShape) -> "_Axis":
        first = min(today, *(period.first for period in days)).replace(day=1)
        last = max(today, *(period.last for period in days))
        return cls(first=first, last=(last.replace(day=1) + timedelta(days=32)).replace(day=1), shape=shape)

    def x_of(self, day: date) -> float:
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return self.shape.left + share * (self.shape.right - self.shape.left)

    def width(self, days: PlannedDays) -> float:
        # A single day is still seen on an axis of years.
        return max(6.0, self.x_of(days.last + timedelta(days=1)) - self.x_of(days.first))

    def ticks(self, texts: Texts) -> list[tuple[float, str]]:
        begin, months = self.first.year * 12 + self.first.month - 1, 0
        months = self.last.year * 12 + self.last.month - 1 - begin
        step = next((step for step in _STEPS if months / step <= self.shape.ticks), _STEPS[-1])
        first = -(-begin // step) * step
        pattern = "y" if step >= 12 else "MMM y"
        days = [date(month // 12, month % 12 + 1, 1) for month in range(first, begin + months + 1, step)]
        return [(self.x_of(day), str(format_date(day, pattern, locale=LOCALES[texts.language]))) for day in days]


def _shown_days(milestone: Milestone) -> PlannedDays:
    return PlannedDays.parse(milestone.done_on) if milestone.done and milestone.done_on else milestone.days


def _old_days(milestone: Milestone) -> PlannedDays | None:
    if milestone.was:
        return PlannedDays.parse(milestone.was)
    # Milestones done at another time than planned.
    return milestone.days if milestone.done and milestone.done_on else None


def _mark_of(milestone: Milestone, today: date) -> PlanMark:
    match milestone.state(today):
        case MilestoneState.LATE:
            return PlanMark.LATE
        case MilestoneState.PLANNED:
            return PlanMark(milestone.certainty or Certainty.CERTAIN)
        case MilestoneState.DONE | MilestoneState.WITHDRAWN:
            return PlanMark.DONE
        case never:
            assert_never(never)


def _second_line(texts: Texts, content: Content, milestone: Milestone, today: date) -> str:
    return " · ".join(
        (shown_date(texts, milestone), *notes_of(texts, milestone, today), scope_of(texts, content, milestone))
    )


def _spoken(texts: Texts, milestone: Milestone, today: date) -> str:
    said = (what_of(texts, milestone), shown_date(texts, milestone), *notes_of(texts, milestone, today))
    return ", ".join(said)


def _wrapped(text: str, most: int) -> tuple[str, ...]:
    """Return the text in at most two lines, cut with an ellipsis."""
    lines = wrap(text, most, max_lines=MOST_LINES, placeholder="…")
    return tuple(lines)


def plan_svg(picture: PlanPicture, *, id_: str = "plan", paper: bool = False) -> str:
    """Return the picture as SVG; ``paper``: on white, as a file."""
    canvas = SvgCanvas()
    draw_plan(canvas, picture)
    description = f"{picture.as_of} {picture.description}"
    width, height = picture.shape.width, picture.height
    return drawing(id_, picture.title, description, width=width, height=height, parts=canvas.parts, paper=paper)


def draw_plan(canvas: Canvas, picture: PlanPicture) -> None:
    """Draw the picture, the same on every canvas."""
    shape = picture.shape
    title = shorten(picture.title, shape.title_signs * 20 // SMALL_TITLE, placeholder="…")
    canvas.draw_text((8, 30), title, size=20 if len(title) <= shape.title_signs else SMALL_TITLE, bold=True)
    canvas.draw_text((8, 52), picture.as_of)
    for x, name in picture.ticks:
        canvas.rule(x, TOP - 8, picture.base)
        if x < shape.right - NAME_WIDTH:
            canvas.draw_text((x + 3, TOP - 12), name, size=12)
    canvas.rule(picture.today, TOP - 8, picture.base + 4, ink=ORANGE, width=2)
    # At the edge of a narrow picture half of the word would be cut.
    half = canvas.text_width(picture.today_name, size=12) / 2
    today_at = min(max(picture.today, half), shape.width - half)
    canvas.draw_text((today_at, picture.base + 18), picture.today_name, size=12, anchor="ms")
    for row in picture.rows:
        _draw_row(canvas, row, shape)
    _draw_legend(canvas, picture)


def _draw_row(canvas: Canvas, row: PictureRow, shape: PictureShape) -> None:
    for y, line, bold in row.text_lines():
        size = 14 if bold else 12
        canvas.draw_text((8, y), canvas.shorten(line, size=size, width=shape.labels, bold=bold), size=size, bold=bold)
    if row.was is not None:
        canvas.box((row.was[0], row.middle + BAR / 2 + 3), (row.was[1], 5), _WAS)
    _draw_bar(canvas, row.mark, row.x, row.middle - BAR / 2, row.width)


def _draw_bar(canvas: Canvas, mark: PlanMark, x: float, y: float, width: float) -> None:
    canvas.box((x, y), (width, BAR), _BARS[mark])
    if mark is PlanMark.DONE:
        canvas.tick_off((x + width / 2 - 5, y + 9))


def _draw_legend(canvas: Canvas, picture: PlanPicture) -> None:
    x, y = 8.0, picture.base + 36
    for mark, name in picture.legend:
        _draw_bar(canvas, mark, x, float(y), 26.0)
        canvas.draw_text((x + 34, y + 14), name, size=12)
        if picture.shape.text_above:
            y += LEGEND_LINE
        else:
            x += 58 + canvas.text_width(name, size=12)
    if picture.was_name:
        canvas.box((x, y + 7), (26, 5), _WAS)
        canvas.draw_text((x + 34, y + 14), picture.was_name, size=12)
