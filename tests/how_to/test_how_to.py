"""A page of docs/how-to is complete: who follows it on a copy gets a program whose tests pass."""

import filecmp
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.how_to.page import commands_of, edits_of

ROOT = Path(__file__).parents[2]
PAGES = {page.stem: page.read_text("utf-8") for page in sorted((ROOT / "docs" / "how-to").glob("*.md"))}
FOLLOWED = [name for name, page in PAGES.items() if "tests/how_to" in page]
"""Pages that say that they are followed here: their steps have the lines to add."""
PARTS = ("bot", "dialogs", "docs", "knowledge", "manifest", "tests")
FILES = ("pyproject.toml", "README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "Makefile")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the repository."""
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part)
    for name in FILES:
        shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


def changed(copy: Path) -> Iterator[str]:
    """Yield the files of the copy that are new or differ."""
    for part in PARTS:
        for file in (copy / part).rglob("*"):
            name = file.relative_to(copy)
            original = ROOT / name
            if not file.is_file() or "__pycache__" in name.parts:
                continue
            if not original.exists() or not filecmp.cmp(file, original, shallow=False):
                yield str(name)


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


@pytest.mark.full
@pytest.mark.parametrize("name", FOLLOWED)
def test_a_page_names_every_file_and_its_commands_pass(name: str, copy: Path) -> None:
    page = PAGES[name]
    for edit in edits_of(page):
        edit.apply(copy)
    written = sorted({edit.path for edit in edits_of(page) if edit.path.endswith(".py")})
    run(copy, "ruff", "format", "--check", *written)
    run(copy, "ruff", "check", *written)
    for command in commands_of(page):
        run(copy, "pytest", *command)
    assert [file for file in changed(copy) if Path(file).name not in page] == []
