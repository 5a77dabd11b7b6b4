"""The ``heia`` command."""

import sys

import typer

from bot.bootstrap import configure_log
from bot.codec import UnknownSchema
from bot.commands.announce import announce
from bot.commands.asking import ask
from bot.commands.db import db
from bot.commands.doctor import doctor
from bot.commands.kb import kb
from bot.commands.manifest import manifest
from bot.commands.privacy import privacy
from bot.commands.registry import registry
from bot.commands.serving import serve
from bot.ports import StoreRefused, StoreUnavailable
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
app.add_typer(registry, name="registry")
app.add_typer(announce, name="announce")
app.command()(manifest)
app.command()(doctor)
app.add_typer(privacy, name="privacy")
app.add_typer(db, name="db")

WRONG_SETTINGS = 2
REFUSED_BY_STORE = 3


def main() -> None:
    """Run the command line; what an operator can mend is told in words, without a traceback."""
    configure_log()
    try:
        app()
    except BadSettings as fault:
        sys.stderr.write("The settings are wrong:\n" + "".join(f"  {line}\n" for line in fault.faults))
        raise SystemExit(WRONG_SETTINGS) from None
    except (StoreRefused, StoreUnavailable, UnknownSchema) as fault:
        sys.stderr.write(f"{fault}\n")
        raise SystemExit(REFUSED_BY_STORE) from None
    except ModuleNotFoundError as fault:
        if (fault.name or "").partition(".")[0] not in {"psycopg", "psycopg_pool"}:
            raise
        sys.stderr.write("HEIA_DATABASE_URL needs the PostgreSQL driver: pip install 'heia[postgres]'\n")
        raise SystemExit(WRONG_SETTINGS) from None
    except OSError as fault:
        if fault.filename is None:
            raise
        sys.stderr.write(f"{fault.filename}: {fault.strerror}\n")
        raise SystemExit(WRONG_SETTINGS) from None


if __name__ == "__main__":
    main()
