"""The command line in an empty folder: ``heia("registry", "export", "-")`` returns exit code and what was printed."""

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from bot.app import local
from bot.app.cli import main
from tests.unit.few_articles import few_articles


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


Heia = Callable[..., Ran]


@pytest.fixture(scope="session")
def little(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of content that is read in no time."""
    return few_articles(tmp_path_factory.mktemp("little") / "content")


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, little: Path) -> Path:
    """Start in an empty folder, with no HEIA_ name in the environment but that of the content."""
    for name in list(os.environ):
        if name.startswith("HEIA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HEIA_CONTENT_DIR", str(little))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(local, "POLITENESS", 0)
    monkeypatch.setattr(local, "WAIT_SECONDS", 0.0)  # for a process that holds the data folder and does not answer
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def heia(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> Heia:
    (folder / "data").mkdir(exist_ok=True)  # without it a command first says that it makes a new store

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["heia", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        finally:
            structlog.reset_defaults()
        said = capsys.readouterr()
        return Ran(code=code, out=said.out, err=said.err)

    return run
