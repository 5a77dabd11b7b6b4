"""The examination in a process of its own: kept for a while, ended in time, and never a fault of the page."""

import asyncio
import re
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import bot.app.doctor
from bot.app.doctor.apart import JUST_MADE, KEPT, ExaminationApart
from bot.content.catalogue import load_catalogue
from knowledge.article.article import Language
from tests.unit.web.conftest import HeldClock

FOUND = '{"state": "warn", "findings": [{"area": "disk", "state": "warn", "found": "slow", "advice": "Move it."}]}'


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


def apart(clock: HeldClock, code: str, seconds: float = 20, patience: float = 20) -> ExaminationApart:
    command = (sys.executable, "-c", code)
    longest, waits = timedelta(seconds=seconds), timedelta(seconds=patience)
    return ExaminationApart(clock=clock, command=command, longest=longest, patience=waits)


async def test_a_report_is_kept_and_made_again_when_it_is_old_or_wanted(clock: HeldClock, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    examine = apart(clock, f"open({str(runs)!r}, 'a').write('x'); print({FOUND!r})")
    first, again = await asyncio.gather(examine(), examine())
    assert first == again
    assert [(each.area, each.state, each.advice) for each in first.findings] == [("disk", "warn", "Move it.")]
    clock.at += JUST_MADE + timedelta(seconds=1)
    assert (await examine()) == first
    assert (await examine(True)).at > first.at
    clock.at += KEPT + timedelta(seconds=1)
    await examine()
    assert runs.read_text() == "xxx"


@pytest.mark.parametrize(
    "code", ["print('no JSON')", "raise SystemExit(3)", "print('{}')", "import time; time.sleep(60)"]
)
async def test_a_failed_examination_is_incomplete_and_tried_again(clock: HeldClock, code: str) -> None:
    examine = apart(clock, code, seconds=0.5)
    report = await examine()
    assert (report.complete, report.findings) == (False, ())


async def test_a_page_does_not_wait_for_a_long_examination(clock: HeldClock) -> None:
    examine = apart(clock, "import time; time.sleep(60)", seconds=0.3, patience=0)
    assert (await examine()).under_way
    assert (await examine()).under_way
    examine.patience = timedelta(seconds=20)
    report = await examine()
    assert not report.complete


def test_every_area_of_doctor_has_plain_words_in_every_language() -> None:
    sources = [each.read_text("utf-8") for each in Path(bot.app.doctor.__path__[0]).glob("*.py")]
    pattern = re.compile(r'\b(?:ok|warn|fail|level|expiry_findings)\(\s*"([a-z-]+)"')
    areas = {area for source in sources for area in pattern.findall(source)}
    assert len(areas) > 15
    catalogue = load_catalogue()
    for language in Language:
        keys = {f"desk.operation.area.{area.replace('-', '_')}" for area in areas}
        assert {key for key in keys if not catalogue[language].sentences.get(key)} == set()


def test_every_sentence_of_doctor_is_in_every_language_and_every_one_there_is_said() -> None:
    sources = [each.read_text("utf-8") for each in Path(bot.app.doctor.__path__[0]).glob("*.py")]
    named = re.compile(r'\.explained\(\s*("[a-z_]+"(?: if \w+ else "[a-z_]+")?|key\b)')
    said = {key for source in sources for each in named.findall(source) for key in re.findall(r'"([a-z_]+)"', each)}
    said |= {"absent", "overloaded"}  # these two are named in a loop
    assert len(said) > 40
    catalogue, prefix = load_catalogue(), "desk.operation.finding."
    for language in Language:
        there = {key.removeprefix(prefix) for key in catalogue[language].sentences if key.startswith(prefix)}
        assert there == said
