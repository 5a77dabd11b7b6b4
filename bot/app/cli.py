"""The ``heia`` command. Imports only the chosen command's module, since some take a second to load."""

import gc
import sys
from collections.abc import Collection, Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Final

import typer

HELP: Final = "Heia, the support bot of a Microsoft 365 rollout.\n\nStart the demo with: heia serve --dev"

# Every command: its module, which defines it under the same name, and its line in ``heia --help``.
COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "serve": ("bot.app.commands.serving", "Run the bot: Teams at /api/messages, the web chat at /chat."),
    "work": ("bot.app.commands.working", "Send pending messages and run due timers, beside heia serve."),
    "ask": ("bot.app.commands.asking", "Show what Heia would answer, and why."),
    "kb": ("bot.app.commands.kb", "The articles: check and measure them, and see what was added."),
    "programs": ("bot.app.commands.programs", "The register of programs: export it as CSV, and import one."),
    "registry": ("bot.app.commands.registry", "The registry of people and ambassadors."),
    "directory": ("bot.app.commands.directory", "Directories that the registry follows."),
    "scim": ("bot.app.commands.scim", "Directories that send people by SCIM: tokens, unplaced people, removals."),
    "announce": (
        "bot.app.commands.announce",
        "Announcements and their delivery; sending is done in the chat.",
    ),
    "manifest": (
        "bot.app.commands.manifest",
        "Build the app package for the Teams admin centre, and check it. Nothing is written unless it is sound.",
    ),
    "doctor": (
        "bot.app.commands.doctor",
        "Look at settings, content, store, registry, Teams, web chat and clock; say what to do. Changes nothing.",
    ),
    "privacy": (
        "bot.app.commands.privacy",
        "What is stored of people: the inventory, one person's data, audit.",
    ),
    "audit": ("bot.app.commands.audit", "The audit log: list it, verify it, export it for outsiders."),
    "backup": ("bot.app.commands.backup", "Write everything that is stored into one file, also while the bot runs."),
    "restore": ("bot.app.commands.backup", "Bring back what a backup holds, into an empty data folder or database."),
    "demo": ("bot.app.commands.demo", "Invented data to try Heia on; never beside real people."),
    "db": ("bot.app.commands.db", "The PostgreSQL database of HEIA_DATABASE_URL."),
}

WRONG_SETTINGS = 2
REFUSED_BY_STORE = 3
LOOP_GIVEN_UP = 4


def command_line(load: Collection[str] = COMMANDS.keys()) -> typer.Typer:
    """Return the command line.

    Commands not in ``load`` have only a name and a line of help.
    """
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=HELP)
    app.callback()(_options)
    for name, (module, line) in COMMANDS.items():
        command = getattr(import_module(module), name) if name in load else _unloaded
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name, help=None if name in load else line)(command)
    return app


def main() -> None:
    """Run the command line. Faults that an operator can fix are printed as sentences, without a traceback."""
    asked = {*sys.argv[1:2]} & COMMANDS.keys()
    if not asked:
        command_line(())()
        return
    try:
        _loaded(asked)()
    except Exception as fault:
        known = _exit_of(fault)
        if known is None:
            raise
        code, words = known
        sys.stderr.write(f"{words}\n")
        raise SystemExit(code) from None


def _loaded(asked: Collection[str]) -> typer.Typer:
    """Import a command, without garbage collection, and set up its log."""
    # Imports stay, so collecting would only take time.
    gc.disable()
    try:
        app = command_line(asked)
        from bot.app.log import configure_log  # noqa: PLC0415 - loaded only when a command runs

        configure_log()
    finally:
        gc.enable()
    return app


def _print_version(shown: bool) -> None:
    if shown:
        typer.echo(f"heia {version('heia')}")
        raise typer.Exit


def _options(
    shown: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Options of ``heia`` without a command."""


def _unloaded() -> None:
    """Placeholder for a command that was not loaded."""


def _exit_of(fault: Exception) -> tuple[int, str] | None:
    """Return exit code and text for faults that an operator can fix.

    None means a program error.
    """
    from bot.ports import StoreRefused, StoreUnavailable  # noqa: PLC0415
    from bot.records.codec import UnknownSchema  # noqa: PLC0415 - imported only once something failed
    from bot.settings.model import BadSettings  # noqa: PLC0415
    from bot.support.supervision import LoopGivenUp  # noqa: PLC0415

    while isinstance(fault, ExceptionGroup) and len(fault.exceptions) == 1:  # from a TaskGroup
        fault = fault.exceptions[0]
    match fault:
        case BadSettings():
            return WRONG_SETTINGS, "\n  ".join(["The settings are wrong:", *fault.faults])
        case LoopGivenUp():
            return LOOP_GIVEN_UP, str(fault)
        case StoreRefused() | StoreUnavailable() | UnknownSchema():
            return REFUSED_BY_STORE, str(fault)
        case ModuleNotFoundError() if (fault.name or "").partition(".")[0] in {"psycopg", "psycopg_pool"}:
            return WRONG_SETTINGS, "HEIA_DATABASE_URL needs the PostgreSQL driver: pip install 'heia[postgres]'"
        case OSError() if fault.filename is not None:
            return WRONG_SETTINGS, f"{fault.filename}: {fault.strerror}"
    return None


if __name__ == "__main__":
    main()
