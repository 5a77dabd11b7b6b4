"""The pictures of the front page: taken from the demo, small, and shown with words for those that do not see them."""

import re
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.async_api import Browser

from tests.e2e.forked import program
from tests.pictures import FOLDER, NAMES, looks_like, take_pictures

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
MOST_BYTES = 200_000


async def test_each_picture_is_taken_from_the_demo(browser: Browser, tmp_path: Path) -> None:
    async with program(tmp_path) as heia:
        await take_pictures(browser, heia.url, tmp_path / "pictures")
    taken = {file.stem: file for file in (tmp_path / "pictures").iterdir()}
    assert set(taken) == set(NAMES)
    for name, file in taken.items():
        with Image.open(file) as taken_now, Image.open(FOLDER / f"{name}.png") as kept:
            assert taken_now.size == kept.size
        assert file.stat().st_size < MOST_BYTES


def test_the_front_page_shows_every_picture_with_words_in_its_place() -> None:
    shown = dict(re.findall(r"!\[([^]]{30,})\]\((docs/pictures/[a-z]+\.png)\)", README))
    assert set(shown.values()) == {f"docs/pictures/{name}.png" for name in NAMES}
    assert {file.name for file in FOLDER.iterdir()} == {f"{name}.png" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_kept_picture_is_small(name: str) -> None:
    assert (FOLDER / f"{name}.png").stat().st_size < MOST_BYTES


def test_only_more_than_a_time_of_day_changes_a_picture() -> None:
    before = Image.new("RGB", (1800, 1440), "white")
    later, changed = before.copy(), before.copy()
    ImageDraw.Draw(later).rectangle((1700, 700, 1730, 720), fill="black")
    ImageDraw.Draw(changed).rectangle((600, 600, 800, 680), fill="black")
    assert looks_like(before, later)
    assert not looks_like(before, changed)
    assert not looks_like(before, before.resize((900, 720)))
