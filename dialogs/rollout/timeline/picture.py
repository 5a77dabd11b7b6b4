"""The picture of the plan: a row for each milestone on an axis of months, laid out once for SVG and PNG."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from textwrap import wrap
from typing import Final, assert_never

from babel.dates import format_date

from dialogs.core.content import Content
from dialogs.core.milestone import Certainty, Milestone, MilestoneState, PlannedDays
from dialogs.core.svg import COLOURS, drawing, svg_text
from dialogs.core.texts import LOCALES, Texts
from dialogs.rollout.timeline.plan import OPEN, PlanLine
from dialogs.rollout.timeline.words import notes_of, scope_of, shown_date, what_of

WIDTH: Final = 960
LABELS: Final = 390
LEFT: Final = LABELS + 20
RIGHT: Final = WIDTH - 24
# A month named further to the right would be cut.
LAST_NAME: Final = RIGHT - 60
TOP: Final = 96
LABEL_LINE, NOTE_LINE, ROW_GAP = 19, 16, 18
BAR: Final = 18
MAX_ROWS: Final = 18
# Rows of milestones done lately, above the open ones.
MAX_DONE: Final = 5
RECENT: Final = timedelta(days=365)
# Characters that fit beside the axis, in the two sizes of the labels.
LONG_LABEL, LONG_NOTE = 44, 58
MOST_LINES: Final = 2
_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
_MOST_TICKS: Final = 9
BLUE, ORANGE, GREY, GREEN = COLOURS[0], COLOURS[1], COLOURS[4], COLOURS[5]


class PlanMark(StrEnum):
    """The look of a milestone's bar; the shape says it too, not the colour alone."""

    DONE = "done"
    LATE = "late"
    CERTAIN = "certain"
    LIKELY = "likely"
    UNSURE = "unsure"


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

    @property
    def row_height(self) -> int:
        return LABEL_LINE * len(self.label) + NOTE_LINE * len(self.note) + ROW_GAP

    @property
    def middle(self) -> float:
        """The height of the bar's middle."""
        return self.y + (self.row_height - ROW_GAP) / 2

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

    @property
    def base(self) -> int:
        """The bottom of the rows."""
        last = self.rows[-1]
        return last.y + last.row_height

    @property
    def height(self) -> int:
        return self.base + 64


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
    texts: Texts, content: Content, lines: Sequence[PlanLine], *, title: str, today: date
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
    )
    marks = [_mark_of(milestone, today) for milestone in drawn]
    rows: list[PictureRow] = []
    for milestone, mark in zip(drawn, marks, strict=True):
        old = _old_days(milestone)
        rows.append(
            PictureRow(
                y=rows[-1].y + rows[-1].row_height if rows else TOP,
                label=_wrapped(what_of(texts, milestone), LONG_LABEL),
                note=_wrapped(_second_line(texts, content, milestone, today), LONG_NOTE),
                mark=mark,
                x=axis.x_of(_shown_days(milestone).first),
                width=axis.width(_shown_days(milestone)),
                was=(axis.x_of(old.first), axis.width(old)) if old is not None else None,
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
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """Days on the axis, from the first of a month to the last of one."""

    first: date
    last: date

    @classmethod
    def around(cls, days: Sequence[PlannedDays], today: date) -> "_Axis":
        first = min(today, *(period.first for period in days)).replace(day=1)
        last = max(today, *(period.last for period in days))
        return cls(first=first, last=(last.replace(day=1) + timedelta(days=32)).replace(day=1))

    def x_of(self, day: date) -> float:
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return LEFT + share * (RIGHT - LEFT)

    def width(self, days: PlannedDays) -> float:
        # A single day is still seen on an axis of years.
        return max(6.0, self.x_of(days.last + timedelta(days=1)) - self.x_of(days.first))

    def ticks(self, texts: Texts) -> list[tuple[float, str]]:
        begin, months = self.first.year * 12 + self.first.month - 1, 0
        months = self.last.year * 12 + self.last.month - 1 - begin
        step = next((step for step in _STEPS if months / step <= _MOST_TICKS), _STEPS[-1])
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
    parts = [
        svg_text(8, 30, picture.title, size=20, bold=True),
        svg_text(8, 52, picture.as_of),
        *_axis_parts(picture),
    ]
    for row in picture.rows:
        parts += _row_parts(row)
    parts.append(_legend(picture))
    return drawing(
        id_,
        picture.title,
        f"{picture.as_of} {picture.description}",
        width=WIDTH,
        height=picture.height,
        parts=parts,
        paper=paper,
    )


def _axis_parts(picture: PlanPicture) -> list[str]:
    parts = []
    for x, name in picture.ticks:
        parts.append(
            f'<path d="M{x:.1f} {TOP - 8}V{picture.base}" stroke="currentColor" stroke-opacity=".25" fill="none"/>'
        )
        if x < LAST_NAME:
            parts.append(svg_text(x + 3, TOP - 12, name, size=12))
    today = (
        f'<path d="M{picture.today:.1f} {TOP - 8}V{picture.base + 4}" stroke="{ORANGE}" stroke-width="2" fill="none"/>'
    )
    return [*parts, today, svg_text(picture.today, picture.base + 18, picture.today_name, anchor="middle", size=12)]


def _row_parts(row: PictureRow) -> list[str]:
    parts = [svg_text(8, y, line, size=14 if bold else 12, bold=bold) for y, line, bold in row.text_lines()]
    if row.was is not None:
        x, width = row.was
        below = row.middle + BAR / 2 + 3
        parts.append(f'<rect x="{x:.1f}" y="{below:.1f}" width="{width:.1f}" height="5" fill="none" stroke="{GREY}"/>')
    parts.append(_bar(row.mark, row.x, row.middle - BAR / 2, row.width))
    return parts


def _bar(mark: PlanMark, x: float, y: float, width: float) -> str:
    box = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR}" rx="3"'
    match mark:
        case PlanMark.DONE:
            tick = f"M{x + width / 2 - 5:.1f} {y + 9:.1f}l4 4l7 -8"
            return f'{box} fill="{GREEN}"/><path d="{tick}" stroke="#ffffff" stroke-width="2.5" fill="none"/>'
        case PlanMark.LATE:
            return f'{box} fill="none" stroke="{ORANGE}" stroke-width="3"/>'
        case PlanMark.CERTAIN:
            return f'{box} fill="{BLUE}"/>'
        case PlanMark.LIKELY:
            return f'{box} fill="{BLUE}" fill-opacity=".35" stroke="{BLUE}" stroke-width="2"/>'
        case PlanMark.UNSURE:
            return f'{box} fill="none" stroke="{BLUE}" stroke-width="2" stroke-dasharray="5 4"/>'
        case never:
            assert_never(never)


def _legend(picture: PlanPicture) -> str:
    x, y, parts = 8.0, picture.base + 36, []
    for mark, name in picture.legend:
        parts += [_bar(mark, x, y, 26), svg_text(x + 34, y + 14, name, size=12)]
        x += 60 + 7.2 * len(name)
    if picture.was_name:
        parts.append(f'<rect x="{x:.1f}" y="{y + 7}" width="26" height="5" fill="none" stroke="{GREY}"/>')
        parts.append(svg_text(x + 34, y + 14, picture.was_name, size=12))
    return "".join(parts)
