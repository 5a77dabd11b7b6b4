"""Charts as SVG, each with a title and a description: columns, bars, a curve, and the shapes they consist of.

A picture that exists as PNG too is drawn on a ``Canvas``: ``SvgCanvas`` here, ``Pen`` of ``bot.support.pen`` for PNG.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol
from xml.sax.saxutils import escape

from dialogs.core.texts import Texts

Point = tuple[float, float]

# At least 3:1 against white and against #1a1a1a.
COLOURS: Final = ("#2f81b7", "#c77700", "#8a63d2", "#c9475b", "#7a7a7a", "#3a9a5b")
_ANCHORS: Final = {"ls": "start", "ms": "middle", "rs": "end"}
_WIDTH: Final = 720
_HEIGHT: Final = 240
_LEFT, _TOP, _BASE = 56, 16, 200
_MOST_LABELS: Final = 13
_BAR, _GAP = 22, 12
_NAMES: Final = 190
# The curve, as SVG and PNG.
CURVE_WIDTH, CURVE_HEIGHT, CURVE_INK = 640, 320, "#005a70"
CURVE_LEFT, CURVE_TOP, CURVE_RIGHT, CURVE_BASE = 60, 20, CURVE_WIDTH - 20, CURVE_HEIGHT - 40


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxStyle:
    """The look of a rectangle. ``pale``: the paper shows through. ``radius``: of its corners, in SVG only."""

    fill: str | None = None
    outline: str | None = None
    width: int = 1
    pale: bool = False
    dashed: bool = False
    radius: int = 0


class Canvas(Protocol):
    """What a picture is drawn on: texts from, around or to a point (ls, ms, rs), vertical lines, boxes, white ticks."""

    def draw_text(self, at: Point, text: str, *, size: int = 13, bold: bool = False, anchor: str = "ls") -> None: ...
    def text_width(self, text: str, *, size: int) -> float: ...
    def shorten(self, text: str, *, size: int, width: int, bold: bool = False) -> str: ...
    def rule(self, x: float, top: int, base: int, *, ink: str = "", width: int = 1) -> None: ...
    def box(self, corner: Point, size: Point, style: BoxStyle) -> None: ...
    def tick_off(self, at: Point) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SvgCanvas:
    """SVG elements in the order of drawing."""

    parts: list[str] = field(default_factory=list)

    def draw_text(self, at: Point, text: str, *, size: int = 13, bold: bool = False, anchor: str = "ls") -> None:
        letters = f' font-size="{size}"' if size != 13 else ""
        letters += ' font-weight="bold"' if bold else ""
        place = f'x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{_ANCHORS[anchor]}"'
        self.parts.append(f"<text {place}{letters}>{escape(text)}</text>")

    def text_width(self, text: str, *, size: int) -> float:
        """Return an estimate: a browser's letters are not known."""
        return 2 + 0.6 * size * len(text)

    def shorten(self, text: str, *, size: int, width: int, bold: bool = False) -> str:
        """Return the whole text, since it may well fit."""
        return text

    def rule(self, x: float, top: int, base: int, *, ink: str = "", width: int = 1) -> None:
        """Draw a vertical line, faint without ``ink``."""
        look = f'stroke="{ink}" stroke-width="{width}"' if ink else 'stroke="currentColor" stroke-opacity=".25"'
        self.parts.append(f'<path d="M{x:.1f} {top}V{base}" {look} fill="none"/>')

    def box(self, corner: Point, size: Point, style: BoxStyle, *, tip: str = "") -> None:
        """Draw a rectangle from its upper left corner; ``tip`` is what a pointer shows over it."""
        place = zip(("x", "y", "width", "height"), map(_number, (*corner, *size)), strict=True)
        look = {
            "rx": style.radius,
            "fill": style.fill or "none",
            "fill-opacity": ".35" if style.pale else "",
            "stroke": style.outline,
            "stroke-width": style.width if style.width > 1 else "",
            "stroke-dasharray": "5 4" if style.dashed else "",
        }
        drawn = " ".join(f'{name}="{value}"' for name, value in (*place, *look.items()) if value)
        self.parts.append(f"<rect {drawn}><title>{escape(tip)}</title></rect>" if tip else f"<rect {drawn}/>")

    def tick_off(self, at: Point) -> None:
        """Draw a white tick from its left end."""
        line = f"M{at[0]:.1f} {at[1]:.1f}l4 4l7 -8"
        self.parts.append(f'<path d="{line}" stroke="#ffffff" stroke-width="2.5" fill="none"/>')


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.1f}"


def _axes(left: int, top: int, base: int, right: int, look: str) -> str:
    return f'<path d="M{left} {top}V{base}H{right}" fill="none" {look}/>'


def drawing(
    id_: str, title: str, description: str, *, width: int, height: int, parts: Sequence[str], paper: bool = False
) -> str:
    """Return the SVG of these parts, in the colour of the text around it.

    Args:
        id_: unique on the page, so that the description of one drawing is not read for another.
        paper: on white paper, as a file.
    """
    own = f'<rect width="{width}" height="{height}" fill="#ffffff"/>' if paper else ""
    content = f'{own}<g font-family="sans-serif" font-size="13" fill="currentColor">{"".join(parts)}</g>'
    ids, ink = (f"{id_}-title", f"{id_}-description"), ' color="#1c2530"' if paper else ""
    return _svg(ids, title, description, width=width, height=height, content=content, ink=ink)


def _svg(
    ids: tuple[str, str], title: str, description: str, *, width: int, height: int, content: str, ink: str = ""
) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-labelledby="{ids[0]} {ids[1]}"{ink}>'
        f'<title id="{ids[0]}">{escape(title)}</title><desc id="{ids[1]}">{escape(description)}</desc>{content}</svg>'
    )


class ChartValue(NamedTuple):
    """A number and the text that shows it."""

    number: int
    text: str
    hidden: bool = False


# The name of a bar, its value in each series, and the text of their sum.
ChartRow = tuple[str, Sequence[ChartValue], str]


def column_chart(
    texts: Texts, *, id_: str, title: str, description: str, columns: Sequence[tuple[str, ChartValue]]
) -> str:
    """Return a column for each label, in order. A hidden one is a mark on the axis."""
    most = max((value.number for _, value in columns), default=0) or 1
    step = (_WIDTH - _LEFT - 12) / max(len(columns), 1)
    every = -(-len(columns) // _MOST_LABELS)
    axes = _axes(_LEFT, _TOP, _BASE, _WIDTH - 12, 'stroke="currentColor" stroke-opacity=".5"')
    canvas = SvgCanvas(parts=[axes])
    canvas.draw_text((_LEFT - 6, _TOP + 5), texts.number(most), anchor="rs")
    canvas.draw_text((_LEFT - 6, _BASE), "0", anchor="rs")
    for number, (label, value) in enumerate(columns):
        x = _LEFT + number * step
        if value.hidden:
            canvas.draw_text((x + step / 2, _BASE - 4), "×", anchor="ms")
        height = value.number / most * (_BASE - _TOP)
        corner, style = (x + step * 0.1, _BASE - height), BoxStyle(fill=COLOURS[0])
        canvas.box(corner, (step * 0.8, height), style, tip=f"{label}: {value.text}")
        if number % every == 0:
            canvas.draw_text((x + step / 2, _BASE + 18), label, anchor="ms")
    return drawing(id_, title, description, width=_WIDTH, height=_HEIGHT, parts=canvas.parts)


def bar_chart(*, id_: str, title: str, description: str, series: Sequence[str], rows: Sequence[ChartRow]) -> str:
    """Return a horizontal bar for each row, put together from the series, with a legend."""
    longest = max((sum(value.number for value in values) for _, values, _ in rows), default=0) or 1
    scale = (_WIDTH - _NAMES - 80) / longest
    canvas, y = SvgCanvas(), _TOP
    for row, values, total in rows:
        canvas.draw_text((_NAMES - 8, y + _BAR - 6), row, anchor="rs")
        x = float(_NAMES)
        for colour, name, value in zip(COLOURS, series, values, strict=False):
            width = value.number * scale
            canvas.box((x, y), (width, _BAR), BoxStyle(fill=colour), tip=f"{row}, {name}: {value.text}")
            x += width
        canvas.draw_text((x + 6, y + _BAR - 6), total)
        y += _BAR + _GAP
    if len(series) > 1:
        for number, (colour, name) in enumerate(zip(COLOURS, series, strict=False)):
            left, line = 8 + number % 3 * 236, y + _GAP + number // 3 * _BAR
            canvas.box((left, line - 11), (12, 12), BoxStyle(fill=colour))
            canvas.draw_text((left + 18, line), name)
        y += _GAP + _BAR * -(-len(series) // 3)
    return drawing(id_, title, description, width=_WIDTH, height=y + _GAP, parts=canvas.parts)


def curve_chart(points: Sequence[Point], *, title: str, description: str, most: str, longest: str) -> str:
    """Return a curve on white paper. ``most`` and ``longest`` are the labels at the ends of the axes."""
    line, below = " ".join(f"{x:.1f},{y:.1f}" for x, y in points), CURVE_HEIGHT - 14
    axes = _axes(CURVE_LEFT, CURVE_TOP, CURVE_BASE, CURVE_RIGHT, 'stroke="#555"')
    content = (
        f'<rect width="{CURVE_WIDTH}" height="{CURVE_HEIGHT}" fill="#fff"/>{axes}'
        f'<polyline points="{line}" fill="none" stroke="{CURVE_INK}" stroke-width="2"/>'
        f'<g font-family="sans-serif" font-size="13" fill="#222">'
        f'<text x="{CURVE_LEFT - 8}" y="26" text-anchor="end">{escape(most)}</text>'
        f'<text x="{CURVE_LEFT - 8}" y="{CURVE_BASE}" text-anchor="end">0</text>'
        f'<text x="{CURVE_RIGHT}" y="{below}" text-anchor="end">{escape(longest)}</text>'
        f'<text x="{CURVE_LEFT}" y="{below}">{escape(title)}</text></g>'
    )
    return _svg(("t", "d"), title, description, width=CURVE_WIDTH, height=CURVE_HEIGHT, content=content) + "\n"
