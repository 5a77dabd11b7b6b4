"""``heia`` itself: its list of commands, and what it loads to show it."""

import json
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import typer

from bot.app.cli import COMMANDS, command_line
from bot.app.ops.health import Metrics
from tests.unit.cli.conftest import Heia

ROOT = Path(__file__).parents[3]

HEAVY = {"numpy", "botbuilder", "aiohttp", "pydantic", "tinydb", "openpyxl", "PIL", "holidays", "azure", "psycopg"}
LOADED = (
    "import sys; sys.argv = ['heia', '--help']; from bot.app.cli import main\ntry: main()\nexcept SystemExit: pass\n"
)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_with_the_line_it_has_itself(name: str) -> None:
    """The list is shown without loading the commands, so it could tell something else than they do."""
    loaded = typer.main.get_command(command_line([name])).commands[name]  # type: ignore[attr-defined]
    assert COMMANDS[name][1] == " ".join(loaded.help.split("\n\n")[0].split())


def test_the_list_of_commands_loads_none_of_them() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED + "print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    shown, modules = ran.stdout.rstrip().rsplit("\n", 1)
    assert all(f" {name} " in shown for name in COMMANDS)
    assert HEAVY.isdisjoint(modules.split())


def test_the_reader_of_workbooks_is_loaded_by_no_command_before_it_reads_one() -> None:
    program = "import sys\nfrom bot.app.cli import COMMANDS, command_line\ncommand_line(COMMANDS)\nprint(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "openpyxl" not in ran.stdout.split()


def test_the_version_has_one_place_and_is_shown_by_command_doctor_and_metrics(heia: Heia) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert version("heia") == declared, "make setup installs the version of pyproject.toml"
    assert heia("--version").out == f"heia {declared}\n"
    findings = json.loads(heia("doctor", "--json").out)["findings"]
    assert {"area": "version", "state": "ok", "found": f"Heia {declared}"}.items() <= findings[0].items()
    assert f'heia_build_info{{version="{declared}"}} 1.0' in Metrics().page().decode()


def test_the_changelog_has_a_section_of_the_version_below_the_unreleased_one() -> None:
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines() if line.startswith("## ")]
    assert headings[0] == "## [Unreleased]"
    assert headings[1].startswith(f"## [{version('heia')}] (")
