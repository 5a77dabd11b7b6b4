"""Plots as SVG, with a title and a description."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from dialogs.core.svg import COLOURS, drawing, svg_text
from dialogs.core.texts import Texts
from dialogs.insight.figures import Amount
from dialogs.insight.table import shown_cell

WIDTH: Final = 720
_LEFT, _RIGHT, _TOP = 56, 12, 16
_HEIGHT: Final = 240
_BASE: Final = 200
_MOST_LABELS: Final = 13
_BAR, _GAP = 22, 12
_NAMES: Final = 190


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotSeries:
    """One colour of a bar plot: a name and a value for each bar."""

    name: str
    values: Sequence[Amount]


def column_plot(texts: Texts, *, id_: str, title: str, description: str, columns: Sequence[tuple[str, Amount]]) -> str:
    """Return a column for each label, in order. A hidden one is a mark on the axis."""
    most = max((value.number for _, value in columns), default=0) or 1
    step = (WIDTH - _LEFT - _RIGHT) / max(len(columns), 1)
    every = -(-len(columns) // _MOST_LABELS)
    parts = [
        f'<path d="M{_LEFT} {_TOP}V{_BASE}H{WIDTH - _RIGHT}" fill="none" stroke="currentColor" stroke-opacity=".5"/>',
        svg_text(_LEFT - 6, _TOP + 5, texts.number(most), anchor="end"),
        svg_text(_LEFT - 6, _BASE, "0", anchor="end"),
    ]
    for number, (label, value) in enumerate(columns):
        x = _LEFT + number * step
        if value.hidden:
            parts.append(svg_text(x + step / 2, _BASE - 4, "×", anchor="middle"))
        height = value.number / most * (_BASE - _TOP)
        tip = f"<title>{escape(f'{label}: {shown_cell(texts, value)}')}</title>"
        parts.append(
            f'<rect x="{x + step * 0.1:.1f}" y="{_BASE - height:.1f}" width="{step * 0.8:.1f}" height="{height:.1f}"'
            f' fill="{COLOURS[0]}">{tip}</rect>'
        )
        if number % every == 0:
            parts.append(svg_text(x + step / 2, _BASE + 18, label, anchor="middle"))
    return drawing(id_, title, description, width=WIDTH, height=_HEIGHT, parts=parts)


def bar_plot(
    texts: Texts, *, id_: str, title: str, description: str, rows: Sequence[str], series: Sequence[PlotSeries]
) -> str:
    """Return a horizontal bar for each row, put together from the series, with a legend."""
    totals = [sum(plot_series.values[number].number for plot_series in series) for number in range(len(rows))]
    scale = (WIDTH - _NAMES - 80) / (max(totals, default=0) or 1)
    parts, y = list[str](), _TOP
    for number, name in enumerate(rows):
        parts.append(svg_text(_NAMES - 8, y + _BAR - 6, name, anchor="end"))
        x = float(_NAMES)
        for colour, plot_series in zip(COLOURS, series, strict=False):
            value = plot_series.values[number]
            width = value.number * scale
            tip = f"<title>{escape(f'{name}, {plot_series.name}: {shown_cell(texts, value)}')}</title>"
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BAR}" fill="{colour}">{tip}</rect>')
            x += width
        whole = Amount.total(plot_series.values[number] for plot_series in series)
        parts.append(svg_text(x + 6, y + _BAR - 6, shown_cell(texts, whole)))
        y += _BAR + _GAP
    if len(series) > 1:
        parts += _legend(series, y + _GAP)
        y += _GAP + _BAR * -(-len(series) // 3)
    return drawing(id_, title, description, width=WIDTH, height=y + _GAP, parts=parts)


def _legend(series: Sequence[PlotSeries], top: int) -> list[str]:
    parts = []
    for number, (colour, plot_series) in enumerate(zip(COLOURS, series, strict=False)):
        x, y = 8 + number % 3 * 236, top + number // 3 * _BAR
        parts.append(f'<rect x="{x}" y="{y - 11}" width="12" height="12" fill="{colour}"/>')
        parts.append(svg_text(x + 18, y, plot_series.name))
    return parts
