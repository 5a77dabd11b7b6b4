"""What the front page and the pages beside it tell newcomers to type does what they say."""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import aiohttp
import pytest

from tests.e2e import forked
from tests.e2e.program import free_port
from tests.unit.few_articles import few_articles

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
README = (ROOT / "README.md").read_text("utf-8")
PAGES = (README, *((ROOT / "docs" / name).read_text("utf-8") for name in ("trying-it.md", "writing-articles.md")))
STARTED = {"make run", "make playground"}
START_SECONDS = 300


def shown(page: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a page's console blocks with what the page shows it to print."""
    for block in re.findall(r"^```console\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        for part in block.split("$ ")[1:]:
            command, _, printed = part.partition("\n")
            yield command, printed


COMMANDS = [each for page in PAGES for each in shown(page)]
AT_ONCE = [(command, printed) for command, printed in COMMANDS if "heia " in command]


def agrees(printed: str, said: str) -> bool:
    """Tell whether ``said`` holds the lines of ``printed`` in their order; … stands for anything."""
    lines = [re.escape(line).replace("…", ".*?") for line in printed.splitlines()]
    return re.search(r"^" + r".*?^".join(lines), said, re.MULTILINE | re.DOTALL) is not None


def environment(**given: str) -> Mapping[str, str]:
    return {**os.environ, "HEIA_SEMANTIC": "off", "COLUMNS": "200", **given}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has what the pages take for granted: a set of questions, and a changed article."""
    folder = tmp_path_factory.mktemp("newcomer")
    asked = [("når kommer office 365?", "rollout-when"), ("hva er til middag", None)]
    queries = [{"text": text, "gold": gold, "sub": "nb"} for text, gold in asked]
    (folder / "questions.json").write_text(json.dumps({"queries": queries}), "utf-8")
    article = "nb/phishing-report.md"
    (folder / "drafts/nb").mkdir(parents=True)
    (folder / "drafts" / article).write_bytes((ROOT / "knowledge/content/articles" / article).read_bytes())
    return folder


@pytest.fixture(scope="module")
def faulty(place: Path) -> Path:
    """The content with the two mistakes that the page on writing articles shows."""
    content = place / "content"
    shutil.copytree(ROOT / "knowledge/content", content)
    article = content / "articles/nb/password-change.md"
    mistaken = re.sub(r"^changed: .*", "changed: i går", article.read_text("utf-8"), flags=re.MULTILINE)
    article.write_text(mistaken.replace("topics:", "topic:"), "utf-8")
    return content


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Content that is learned at once: measuring questions learns it anew each time."""
    return few_articles(tmp_path_factory.mktemp("few"))


def test_the_pages_have_the_commands_a_newcomer_needs() -> None:
    named = {command for command, _ in COMMANDS}
    assert {"make run", "make test", "make playground"} <= named
    assert named == STARTED | {"make test"} | {command for command, _ in AT_ONCE}


@pytest.mark.parametrize(("command", "printed"), AT_ONCE, ids=[command for command, _ in AT_ONCE])
async def test_a_command_prints_what_the_page_shows(
    command: str, printed: str, place: Path, faulty: Path, few: Path
) -> None:
    found_faults = ".md:" in printed
    other = faulty if found_faults else few if "kb evaluate" in command else None
    content = {"HEIA_CONTENT_DIR": str(other)} if other is not None else {}
    code, said, errors = await forked.heia(place, *shlex.split(command)[1:], COLUMNS="200", **content)
    assert code == int(found_faults), errors
    said += errors
    assert said.strip()
    assert agrees(printed, said), said


def test_the_conversation_of_the_front_page_goes_as_it_is_told(place: Path) -> None:
    asked = re.findall(r"^> \*\*Ansatt:\*\* (.+)$", README, re.MULTILINE)
    told = [" ".join(part.split()) for part in re.sub(r"^> ?", "", README, flags=re.MULTILINE).split("**Heia:** ")[1:]]
    said = subprocess.run(
        [str(BIN / "heia"), "ask", "--json", "-"],
        cwd=place,
        env=environment(HEIA_DATA_DIR=str(place / "data")),
        input="\n".join(asked) + "\n",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    decided = [json.loads(line) for line in said.splitlines()]
    assert [each["outcome"] for each in decided] == ["answer", "hand_over"]
    assert len(told) == len(decided)
    assert all(each["text"].split(". ")[0] in answer for each, answer in zip(decided, told, strict=True))


async def started(command: str, address: str, **given: str) -> str:
    """Start a command, wait until ``address`` answers, stop it; return what it printed."""
    running = await asyncio.create_subprocess_exec(
        *shlex.split(command), cwd=ROOT, env=environment(**given),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
            while not await _answers(session, address):
                assert running.returncode is None
                await asyncio.sleep(0.2)
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        said, _ = await running.communicate()
    return said.decode()


async def _answers(session: aiohttp.ClientSession, address: str) -> bool:
    try:
        async with session.get(address) as page:
            return page.status == 200
    except aiohttp.ClientConnectionError:
        return False


async def test_make_run_serves_the_demo_where_it_says(tmp_path: Path) -> None:
    port = free_port()
    said = await started("make run", f"http://127.0.0.1:{port}/chat", HEIA_PORT=str(port), HEIA_DATA_DIR=str(tmp_path))
    assert agrees(dict(COMMANDS)["make run"].replace("3978", str(port)), said), said


async def test_make_playground_serves_a_teams_client_where_it_says() -> None:
    port = free_port()
    said = await started(f"make playground PLAYGROUND_PORT={port}", f"http://127.0.0.1:{port}/_debug/ping")
    assert agrees(dict(COMMANDS)["make playground"].replace("56150", str(port)), said), said


def test_make_test_runs_every_test() -> None:
    planned = subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(r"pytest .* tests$", planned, re.MULTILINE)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make (\w+)", "".join(PAGES)))))
def test_every_other_target_the_pages_name_exists(target: str) -> None:
    subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=True)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", README))))
def test_every_file_the_front_page_links_to_is_there(link: str) -> None:
    assert (ROOT / link).exists()
