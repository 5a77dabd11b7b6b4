"""The pages of docs/how-to are complete: who follows them on a copy gets a program whose tests pass."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

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


@pytest.mark.full
def test_the_pages_name_every_file_that_changes_and_the_tests_they_name_pass(tmp_path: Path) -> None:
    assert len(FOLLOWED) >= 7
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
