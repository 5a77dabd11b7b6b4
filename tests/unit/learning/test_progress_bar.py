"""The bar of progress as an image."""

import base64
import io

import pytest
from PIL import Image

from dialogs.core.card import bar_image, progress

GREEN = (58, 154, 91)


def drawn(done: int, total: int) -> Image.Image:
    data = bar_image(done, total).removeprefix("data:image/png;base64,")
    return Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")


def share(done: int, total: int) -> float:
    """Return how much of the middle line is green."""
    image = drawn(done, total)
    line = [image.getpixel((x, image.height // 2)) for x in range(image.width)]
    return sum(pixel[:3] == GREEN for pixel in line) / len(line)  # type: ignore[index]


@pytest.mark.parametrize(("done", "total", "green"), [(0, 4, 0), (1, 4, 0.25), (2, 4, 0.5), (4, 4, 1), (0, 0, 0)])
def test_the_green_part_is_the_share(done: int, total: int, green: float) -> None:
    assert share(done, total) == pytest.approx(green, abs=0.01)


def test_only_nothing_is_empty_and_only_everything_is_full() -> None:
    assert 0 < share(1, 500) < 0.1
    assert 0.9 < share(499, 500) < 1


def test_its_corners_are_round_and_its_words_are_for_those_who_do_not_see_it() -> None:
    image = drawn(2, 4)
    assert image.getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert progress(1, 2, "1 av 2")["altText"] == "1 av 2"
    assert len(bar_image(1, 2)) < 1000
