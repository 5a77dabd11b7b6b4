"""What docs/operating.md tells operators to type, set and watch is there."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.app.cli import command_line
from bot.app.ops.health import Metrics
from bot.ports import DeliveryStatus
from bot.settings.model import Settings

PAGE = (Path(__file__).parents[3] / "docs" / "operating.md").read_text("utf-8")
ROOT = typer.main.get_command(command_line())
TROUBLES = PAGE.split("## What to do when …")[1].split("\n### ")[1:]


def find(words: list[str]) -> Any:
    """Return the command that the first words name; the rest are its arguments."""
    command: Any = ROOT
    for word in words:
        if not hasattr(command, "commands"):
            break
        command = command.commands[word]
    return command


@pytest.mark.parametrize(
    "line",
    sorted(set(re.findall(r"heia ((?:db|kb|registry|announce|privacy|manifest|doctor|ask|serve|work)[^`\n#]*)", PAGE))),
)
def test_every_command_the_page_names_exists_with_its_options(line: str) -> None:
    command = find(line.split())
    assert not hasattr(command, "commands")
    known = {option for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"--[a-z-]+", line)) <= known


def test_every_setting_the_page_names_exists() -> None:
    named = {name.removeprefix("HEIA_").lower() for name in re.findall(r"HEIA_[A-Z_]+", PAGE)}
    [example] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    named |= tomllib.loads(example).keys()
    assert named
    assert named <= Settings.model_fields.keys()


def test_every_metric_the_page_names_exists() -> None:
    metrics = Metrics()
    metrics.observe("commit", 0.1)
    metrics.request("/api/messages", 200)
    metrics.count_outcome(DeliveryStatus.SENT)
    metrics.turn_failed("internal")
    metrics.decided_again("person")
    metrics.dependency("store", True)
    metrics.loop_failed("courier")
    metrics.pending_people("nes", waiting=0, unplaced=0)
    metrics.question("encoder", 0.0)
    metrics.refused("guests")
    metrics.audit_head("log", 1)
    metrics.nightly_run("retention", datetime(2026, 11, 24, 2, tzinfo=UTC))
    metrics.oldest_pending("personal", 0.0)
    metrics.directory_read("graph/nes", datetime(2026, 11, 24, 2, tzinfo=UTC))
    metrics.credential("teams/a", datetime(2026, 11, 24, 2, tzinfo=UTC))
    shown = metrics.page().decode()
    named = set(re.findall(r"heia_[a-z_]+", PAGE))
    assert named
    assert all(re.search(rf"^{name}(?:_bucket)?[ {{]", shown, re.MULTILINE) for name in named)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda text: text.splitlines()[0])
def test_what_to_do_is_said_in_six_lines(trouble: str) -> None:
    title, *lines = [line for line in trouble.splitlines() if line]
    assert title
    assert 1 <= len(lines) <= 6


def test_every_log_event_the_page_names_is_written_somewhere() -> None:
    table = PAGE.split("### The log")[1].split("## What to do")[0]
    named = {
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert len(named) >= 15
    code = "".join(each.read_text("utf-8") for each in (Path(__file__).parents[3] / "bot").rglob("*.py"))
    assert [name for name in sorted(named) if f'"{name}"' not in code] == []


def test_production_is_installed_from_the_lock_with_hashes_and_from_nothing_else() -> None:
    installs = re.findall(r"^/opt/heia/bin/pip install (.*?)(?: +#.*)?$", PAGE, re.MULTILINE)
    assert installs == [
        "--require-hashes -r requirements.lock -r requirements-build.lock",
        "--no-deps --no-build-isolation .",
    ]
