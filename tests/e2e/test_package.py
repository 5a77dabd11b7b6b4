"""What is installed is the whole of Heia: it works from another folder, away from the sources."""

import asyncio
import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "dialogs", "knowledge", "manifest")
START_SECONDS = 60
NEEDED = (
    "knowledge/content/articles/nn/rollout-when.md",
    "knowledge/content/organisation.yaml",
    "knowledge/content/people.csv",
    "knowledge/language/lexicon/data/NOTICE",
    "knowledge/software/data/tasks.yaml",
    "dialogs/locales/nb/ask.po",
    "dialogs/locales/nn/ask.po",
    "dialogs/locales/en/ask.po",
    "bot/channels/web/pages/chat.html",
    "bot/channels/web/static/main.js",
    "bot/channels/web/static/vendor/adaptivecards.min.js",
    "bot/channels/web/static/vendor/adaptivecards.LICENSE.txt",
    "bot/channels/web/static/vendor/markdown-it.LICENSE.txt",
    "bot/support/fonts/LICENSE.txt",
    "bot/stores/postgres/migrations/0001_start.sql",
    "manifest/template.json",
    "manifest/locales/nn.json",
    "manifest/schemas/teams-manifest-1.29.json",
    "manifest/icons/color.png",
    "manifest/icons/outline.png",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", str(ROOT), "--no-deps", "--no-build-isolation", "-w", str(folder))
    [built] = folder.glob("heia-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel; its libraries are the tests' own, without the sources."""
    place = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    pip("--python", str(place / "bin/python"), "install", "--no-deps", "--no-index", str(wheel))
    [site] = place.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin"


def pip(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "-q", *words], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr


def environment(folder: Path) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HEIA_", "PYTHON"))}
    return {**kept, "HEIA_SEMANTIC": "off", "HEIA_DATA_DIR": str(folder / "data")}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder without sources."""
    return tmp_path_factory.mktemp("elsewhere")


def run(program: Path, *words: str, folder: Path) -> str:
    done = subprocess.run(
        [str(program), *words], cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_the_wheel_holds_every_file_of_the_rooms(wheel: Path) -> None:
    there = {
        file.relative_to(ROOT).as_posix()
        for room in ROOMS
        for file in (ROOT / room).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if not name.startswith("heia-")}
    assert packed == there
    assert there.issuperset(NEEDED)


def test_the_wheel_holds_the_licence_and_none_of_the_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert not any(name.startswith("tests/") for name in names)


def test_what_is_installed_is_not_the_sources(installed: Path, tmp_path: Path) -> None:
    place = run(installed / "python", "-c", "import bot; print(bot.__file__)", folder=tmp_path).strip()
    assert Path(place).is_relative_to(installed.parent)


def test_it_answers_from_another_folder(installed: Path, place: Path) -> None:
    decided = json.loads(run(installed / "heia", "ask", "når kommer office 365?", "--json", folder=place))
    assert (decided["outcome"], decided["article_id"]) == ("answer", "rollout-when")


def test_its_content_is_sound(installed: Path, place: Path) -> None:
    assert ", 0 faults" in run(installed / "heia", "kb", "check", folder=place)


def test_it_builds_the_app_package(installed: Path, place: Path) -> None:
    given = ("--app-id", "11111111-1111-4111-8111-111111111111", "--host", "heia.kommune.example")
    run(installed / "heia", "manifest", *given, "--out", "heia.zip", folder=place)
    assert {"manifest.json", "color.png", "outline.png"} <= set(zipfile.ZipFile(place / "heia.zip").namelist())


async def test_it_serves_the_page_with_its_parts(installed: Path, place: Path) -> None:
    server = await asyncio.create_subprocess_exec(
        str(installed / "heia"), "serve", "--dev", "--port", "0",
        cwd=place, env=environment(place), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
            address = re.findall(r"http://\S+/chat", (await server.stdout.readline()).decode())[0]
            async with session.get(f"{address}?as=p020") as page:
                shown = await page.text()
            parts = re.findall(r'(?:src|href)="([^"]+\.(?:js|css|svg))"', shown)
            assert parts
            for part in parts:
                async with session.get(address.removesuffix("/chat") + part) as file:
                    assert file.status == 200, part
    finally:
        server.terminate()
        await server.communicate()
