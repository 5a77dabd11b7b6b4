"""Delivery over time, as a curve."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from dialogs.core.chart import CURVE_BASE, CURVE_LEFT, CURVE_RIGHT, CURVE_TOP, Point, curve_chart
from dialogs.core.texts import Texts

_MAX_POINTS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotLine:
    """Deliveries over time: ``points`` in the chart, ``total`` deliveries, ``longest`` in seconds."""

    points: Sequence[Point]
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
        wide, high = CURVE_RIGHT - CURVE_LEFT, CURVE_BASE - CURVE_TOP
        points = [
            (CURVE_LEFT + seconds / longest * wide, CURVE_BASE - number / max(total, 1) * high)
            for seconds, number in marks
        ]
        return cls(points=points, total=total, longest=longest)


def curve(texts: Texts, delivered_at: Sequence[datetime], *, started_at: datetime, title: str) -> str:
    """Return an SVG of deliveries over time, with a text description."""
    line = PlotLine.from_times(delivered_at, started_at=started_at)
    seconds = texts.number(round(line.longest))
    return curve_chart(
        line.points,
        title=texts("announce.plot.curve", title=title),
        description=texts.plural("announce.plot.told", line.total, seconds=seconds),
        most=texts.number(line.total),
        longest=f"{seconds} s",
    )
