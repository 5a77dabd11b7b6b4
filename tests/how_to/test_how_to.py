"""The pages of docs/how-to are complete: who follows them on a copy gets a program whose tests pass."""

import os
import shutil
import subprocess
import sys
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


def follow(page: str, copy: Path) -> list[str]:
    """Do what a page says, but for its last tests; return these."""
    edits = list(edits_of(page))
    for edit in edits:
        edit.apply(copy)
    written = sorted({edit.path for edit in edits if edit.path.endswith(".py")})
    run(copy, "ruff", "format", "--check", *written)
    run(copy, "ruff", "check", *written)
    commands = commands_of(page)
    for command in commands:
        if UPDATE in command:
            run(copy, "pytest", *command)
    return [word for command in commands if UPDATE not in command for word in command if word != "--quick"]


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
    tests: list[str] = []
    for name, page in FOLLOWED.items():
        before = state(tmp_path)
        tests += follow(page, tmp_path)
        changed = {file for file, when in state(tmp_path).items() if before.get(file) != when}
        assert {file for file in changed if Path(file).name not in page} == set(), name
    run(tmp_path, "pytest", "--quick", *dict.fromkeys(tests))
