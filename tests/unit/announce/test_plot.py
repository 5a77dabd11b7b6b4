from datetime import timedelta
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from dialogs.announce.report.report import curve
from knowledge.article.article import Language
from tests.unit.driver import CATALOGUE, TUESDAY

NB = CATALOGUE[Language.NB]


@given(st.lists(st.integers(0, 10_000), max_size=1500))
def test_the_plot_is_sound_whatever_came_and_rises_to_all(seconds: list[int]) -> None:
    times = [TUESDAY + timedelta(seconds=each) for each in seconds]
    plot = curve(NB, times, started_at=TUESDAY, title="<Teams> & mer")
    root = ElementTree.fromstring(plot)  # noqa: S314 - our own
    [line] = root.iter("{http://www.w3.org/2000/svg}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert points == sorted(points, key=lambda point: (point[0], -point[1]))
    assert len(points) < 900
    if seconds:
        assert points[-1][1] == 20.0
