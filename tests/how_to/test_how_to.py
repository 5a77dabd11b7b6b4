"""The pages of docs/how-to are complete: who follows them on a copy gets a program whose tests pass."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.app.cli import command_line
from tests.how_to.page import commands_of, edits_of, paths_of

ROOT = Path(__file__).parents[2]
PAGES = {page.stem: page.read_text("utf-8") for page in sorted((ROOT / "docs" / "how-to").glob("*.md"))}
FOLLOWED = {name: page for name, page in PAGES.items() if "`tests/how_to` follows this page" in " ".join(page.split())}
UPDATE = "--snapshot-update"
PARTS = ("bot", "dialogs", "docs", "knowledge", "manifest", "tests")


def state(copy: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of change of each file."""
    files = (file for part in PARTS for file in (copy / part).rglob("*") if "__pycache__" not in file.parts)
    return {
        str(file.relative_to(copy)): (file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file()
    }


def run(copy: Path, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"


def arguments_of(commands: Iterable[Sequence[str]]) -> list[str]:
    """Return the arguments of several commands, each once, without options."""
    return list(dict.fromkeys(word for command in commands for word in command if not word.startswith("--")))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_files_that_exist_or_that_it_makes(name: str) -> None:
    new = [edit.path for edit in edits_of(PAGES[name]) if edit.anchor is None] if name in FOLLOWED else []
    made = {str(folder) for path in new for folder in (Path(path), Path(path).parent)}
    assert [path for path in sorted(paths_of(PAGES[name]) - made) if not (ROOT / path).exists()] == []


def test_the_code_of_the_page_of_channels_is_that_of_a_channel_in_the_contract() -> None:
    def lines_of(text: str) -> str:
        return "\n".join(filter(None, map(str.strip, text.splitlines())))

    files = ("tests/lines/channel.py", "tests/contract/test_channels.py")
    there = "\n".join(lines_of((ROOT / file).read_text("utf-8")) for file in files)
    blocks = re.findall(r"^ *```python\n(.*?)^ *```$", PAGES["add-a-channel"], re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 5
    assert [block for block in blocks if lines_of(block) not in there] == []


@pytest.mark.parametrize(
    ("name", "line"),
    [(name, line) for name, page in PAGES.items() for line in re.findall(r"`(?:\.venv/bin/)?heia ([^`]+)`", page)],
)
def test_a_command_that_a_page_names_exists_with_its_options(name: str, line: str) -> None:
    command: Any = typer.main.get_command(command_line())
    for word in line.split():
        command = getattr(command, "commands", {}).get(word, command)
    known = {option for parameter in command.params for option in parameter.opts}
    assert not hasattr(command, "commands"), f"{name} names no whole command"
    assert set(re.findall(r"--[a-z-]+", line)) <= known


@pytest.mark.parametrize("bench", sorted(set(re.findall(r"-m tests\.bench ([a-z_]+)", "".join(PAGES.values())))))
def test_a_benchmark_that_a_page_names_exists(bench: str) -> None:
    assert (ROOT / f"tests/bench/bench_{bench}.py").exists()


@pytest.mark.full
def test_the_pages_name_every_file_that_changes_and_the_tests_they_name_pass(tmp_path: Path) -> None:
    assert len(FOLLOWED) >= 8
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy2(ROOT / name, tmp_path)
    before = state(tmp_path)
    edits = [edit for page in FOLLOWED.values() for edit in edits_of(page)]
    for edit in edits:
        edit.apply(tmp_path)
    written = sorted({edit.path for edit in edits if edit.path.endswith(".py")})
    run(tmp_path, "ruff", "format", "--check", *written)
    run(tmp_path, "ruff", "check", *written)
    commands = [command for page in FOLLOWED.values() for command in commands_of(page)]
    run(tmp_path, "pytest", UPDATE, *arguments_of(command for command in commands if UPDATE in command))
    changed = {Path(file).name for file, when in state(tmp_path).items() if before.get(file) != when}
    assert {file for file in changed if not any(file in page for page in FOLLOWED.values())} == set()
    run(tmp_path, "pytest", "--quick", *arguments_of(command for command in commands if UPDATE not in command))
