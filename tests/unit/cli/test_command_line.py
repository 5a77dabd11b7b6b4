"""``heia`` itself: its list of commands, and what it loads to show it."""

import subprocess
import sys

import pytest
import typer

from bot.app.cli import COMMANDS, command_line

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
