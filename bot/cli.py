"""The ``heia`` command."""

import sys

import typer

from bot.bootstrap import configure_log
from bot.commands.asking import ask
from bot.commands.kb import kb
from bot.commands.serving import serve
from bot.ports import StoreRefused
from bot.settings import BadSettings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Heia, the support bot of a Microsoft 365 rollout.\n\nStart the demo with: heia serve --dev",
)
app.command()(serve)
app.command()(ask)
app.add_typer(kb, name="kb")


def main() -> None:
    """Run the command line; what an operator can mend is told in words, without a traceback."""
    configure_log()
    try:
        app()
    except BadSettings as fault:
        sys.stderr.write("The settings are wrong:\n" + "".join(f"  {line}\n" for line in fault.faults))
        raise SystemExit(2) from None
    except StoreRefused as fault:
        sys.stderr.write(f"{fault}\n")
        raise SystemExit(3) from None


if __name__ == "__main__":
    main()
