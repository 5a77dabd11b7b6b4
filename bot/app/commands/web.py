"""``heia registry link``: sign-in links for people without another proof of identity."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Final

import typer

from bot.app.commands.opening import CommandContext, opened, refuse
from bot.app.wiring import make_links, make_sessions
from bot.directory.current import every
from bot.settings.model import Settings, load_settings
from bot.signin.links import Links, NobodyToSignIn
from dialogs.core.person import Person
from dialogs.core.texts import OSLO
from knowledge.article.article import Language
from knowledge.organisation.importers.rows import csv_of_rows
from knowledge.organisation.organisation import Organisation

PORTION: Final = 100
MOST_ID_BYTES: Final = 10_000_000
COLUMNS: Final = ("id", "name", "unit", "link", "valid_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The people to make links for: one of the three is given."""

    municipality: str = ""
    unit: str = ""
    ids: Path | None = None


def link(
    person: Annotated[str | None, typer.Argument(help="Id, e-mail address or Entra object id.")] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write links of many into this new file, one person a line.")
    ] = None,
    municipality: Annotated[
        str, typer.Option("--municipality", help="With --csv: everybody of this municipality.")
    ] = "",
    unit: Annotated[str, typer.Option("--unit", help="With --csv: everybody of this unit and the units below.")] = "",
    ids: Annotated[
        Path | None, typer.Option("--ids", help="With --csv: the people whose ids this file lists, one a line.")
    ] = None,
) -> None:
    """Print a sign-in link for the web chat. It works once, within 24 hours; any holder is signed in as that person.

    The link ends when the person leaves, loses a role or deletes their data. With --csv links of many people are
    written, and earlier unused links of the same people end. That file has names, because it is for handing out:
    delete it afterwards.

    Example: heia registry link p002
    """
    if csv is None:
        if person is None or municipality or unit or ids is not None:
            raise refuse("Name one person, or say --csv with --municipality, --unit or --ids.", code=2)
        typer.echo(asyncio.run(_link(load_settings(), person)))
        return
    if person is not None or sum((bool(municipality), bool(unit), ids is not None)) != 1:
        raise refuse("With --csv say exactly one of --municipality, --unit and --ids.", code=2)
    asyncio.run(_write_links(load_settings(), csv, Chosen(municipality=municipality, unit=unit, ids=ids)))


async def _link(settings: Settings, name: str) -> str:
    async with opened(settings) as here:
        person = await here.person(name)
        try:
            return await _links(settings, here).make(person.id, at=here.now, by=here.by)
        except NobodyToSignIn:
            raise refuse(f"{name} has left the registry and cannot sign in. Import them again first.") from None


def _links(settings: Settings, here: CommandContext) -> Links:
    sessions = make_sessions(settings, store=here.store, dev=False, rng=here.rng)
    return make_links(settings, store=here.store, sessions=sessions, rng=here.rng)


async def _write_links(settings: Settings, file: Path, chosen: Chosen) -> None:
    async with opened(settings) as here:
        people = await _people(here, chosen)
        if not people:
            raise refuse("There is nobody to make a link for. Nothing was changed.")
        with _new_file(file) as out:
            written = await _fill(out, people, _links(settings, here), here)
    typer.echo(f"{written} links in {file}. They work once, within 24 hours. Delete the file when they are handed out.")


async def _people(here: CommandContext, chosen: Chosen) -> Sequence[Person]:
    """Return the chosen people of the registry, by unit and name. Raises typer.Exit: something is unknown."""
    organisation = here.content.organisation
    if chosen.municipality:
        if chosen.municipality not in organisation.municipalities:
            raise refuse(f"There is no municipality {chosen.municipality}.", code=2)
        people = [person async for person in every(here.store, Person, f"municipality:{chosen.municipality}")]
    elif chosen.unit:
        if organisation.find_unit(chosen.unit) is None:
            raise refuse(f"There is no unit {chosen.unit}.", code=2)
        # People may still have the former id of a unit.
        ids = {id_ for unit in organisation.subtree(chosen.unit) for id_ in (unit.id, *unit.former_ids)}
        people = [person for id_ in sorted(ids) async for person in every(here.store, Person, f"unit:{id_}")]
    else:
        people = [await here.person(id_) for id_ in dict.fromkeys(_listed_ids(chosen.ids))]
    registered = [person for person in people if person.registered]
    return sorted(registered, key=lambda person: (_unit_name(person, organisation), person.name, person.id))


def _listed_ids(file: Path | None) -> list[str]:
    try:
        raw = file.read_bytes() if file is not None else b""
        if len(raw) > MOST_ID_BYTES:
            raise refuse(f"{file} is too large.", code=2)
        return [line.strip() for line in raw.decode("utf-8-sig").splitlines() if line.strip()]
    except OSError as fault:
        raise refuse(f"{file}: {fault.strerror}", code=2) from None
    except UnicodeDecodeError:
        raise refuse(f"{file} is not UTF-8 text.", code=2) from None


def _new_file(file: Path) -> IO[str]:
    """Open a new file that only its owner can read. Raises typer.Exit: it is there already, or cannot be made."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise refuse(f"{file} is there already. Choose another name. Nothing was changed.") from None
    except OSError as fault:
        raise refuse(f"{file}: {fault.strerror}. Nothing was changed.") from None
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")


async def _fill(out: IO[str], people: Sequence[Person], links: Links, here: CommandContext) -> int:
    """Make the links in portions and write each down once it is stored; return their number."""
    until = (here.now + links.valid_for).astimezone(OSLO).isoformat(timespec="minutes")
    out.write(csv_of_rows(COLUMNS, ()))
    written = 0
    for start in range(0, len(people), PORTION):
        portion = people[start : start + PORTION]
        addresses = await links.make_anew([person.id for person in portion], at=here.now, by=here.by)
        organisation = here.content.organisation
        rows = [
            (person.id, person.name, _unit_name(person, organisation), addresses[person.id], until)
            for person in portion
            if person.id in addresses
        ]
        out.write(csv_of_rows(COLUMNS, rows).partition("\n")[2])
        written += len(rows)
        out.flush()
    with suppress(OSError):  # standard output and pipes cannot be synced
        os.fsync(out.fileno())
    return written


def _unit_name(person: Person, organisation: Organisation) -> str:
    unit = organisation.find_unit(person.unit_id or "")
    return unit.names.text(Language.NB) if unit is not None else ""
