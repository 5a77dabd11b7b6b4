"""Delivery over time, as an SVG chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from xml.sax.saxutils import escape

from dialogs.core.texts import Texts

WIDTH: Final = 640
HEIGHT: Final = 320
LEFT: Final = 60
RIGHT: Final = WIDTH - 20
TOP: Final = 20
# Vertical position of the time axis.
BASE: Final = HEIGHT - 40
_MAX_POINTS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotLine:
    """Deliveries over time: ``points`` in the chart, ``total`` deliveries, ``longest`` in seconds."""

    points: Sequence[tuple[float, float]]
    total: int
    longest: float

    @classmethod
    def from_times(cls, delivered_at: Sequence[datetime], *, started_at: datetime) -> Self:
        """Return the line, thinned to a few hundred points."""
        start = min([started_at, *delivered_at])
        times = sorted((at - start).total_seconds() for at in delivered_at)
        longest = max(times[-1], 1.0) if times else 1.0
        total = len(times)
        step = max(1, total // _MAX_POINTS)
        marks = [(0.0, 0), *((seconds, n) for n, seconds in enumerate(times, 1) if n % step == 0 or n == total)]
        points = [
            (LEFT + seconds / longest * (RIGHT - LEFT), BASE - number / max(total, 1) * (BASE - TOP))
            for seconds, number in marks
        ]
        return cls(points=points, total=total, longest=longest)


def curve(texts: Texts, delivered_at: Sequence[datetime], *, started_at: datetime, title: str) -> str:
    """Return an SVG of deliveries over time, with a text description."""
    drawn = PlotLine.from_times(delivered_at, started_at=started_at)
    total, longest = drawn.total, drawn.longest
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn.points)
    name = escape(texts("announce.plot.curve", title=title))
    text = escape(texts.plural("announce.plot.told", total, seconds=texts.number(round(longest))))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' role="img" aria-labelledby="t d">'
        f'<title id="t">{name}</title><desc id="d">{text}</desc>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<path d="M{LEFT} {TOP}V{BASE}H{RIGHT}" fill="none" stroke="#555"/>'
        f'<polyline points="{points}" fill="none" stroke="#005a70" stroke-width="2"/>'
        f'<g font-family="sans-serif" font-size="13" fill="#222">'
        f'<text x="{LEFT - 8}" y="26" text-anchor="end">{escape(texts.number(total))}</text>'
        f'<text x="{LEFT - 8}" y="{BASE}" text-anchor="end">0</text>'
        f'<text x="{RIGHT}" y="{HEIGHT - 14}" text-anchor="end">{escape(texts.number(round(longest)))} s</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 14}">{name}</text></g></svg>\n'
    )
