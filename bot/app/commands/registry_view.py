"""Terminal output of the registry commands."""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Final, TypeVar

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.app.commands.opening import CommandContext
from bot.content.catalogue import in_words
from bot.directory.coverage_report import GAPS, Covered, unit_name
from bot.directory.current import every
from bot.directory.plan import FileFault, RegistryPlan
from bot.ports import Key
from bot.records.codec import decode
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.leaders import leaders_among, leaders_term
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from dialogs.profile.settings import SETTINGS
from knowledge.organisation.coverage import Gap, GapKind
from knowledge.organisation.importers.ambassadors import AMBASSADOR_FIELDS
from knowledge.organisation.importers.people import Colleague
from knowledge.organisation.importers.rows import EntryChanges
from knowledge.organisation.nearest import Ambassador
from knowledge.organisation.organisation import Organisation, led_units, managers_of

FIRST: Final = 15
# Fields of an ambassador that are not printed, or otherwise than in a file.
_APART: Final = frozenset({"absences", "office_hours", "paused"})

E = TypeVar("E", Colleague, Ambassador)


def show_faults(faults: Sequence[FileFault], texts: Texts) -> None:
    """Print every fault as file:line: column: reason (value)."""
    for file_fault in sorted(
        faults, key=lambda file_fault: (file_fault.file, file_fault.fault.line, file_fault.fault.column)
    ):
        sys.stdout.write(f"{file_fault.file}:{file_fault.fault.line}: {in_words(file_fault.fault, texts)}\n")
    sys.stdout.write(f"{len(faults)} fault{'s' if len(faults) != 1 else ''}; nothing was changed.\n")


def show_plan(planned: RegistryPlan, *, every: bool) -> None:
    """Print additions, changes and removals: the first few of each kind, or all."""
    console = Console()
    most = None if every else FIRST
    _show_part(console, "People", planned.people, most)
    _show_part(console, "Ambassadors", planned.ambassadors, most)
    if planned.strangers:
        console.print(f"{len(planned.strangers)} of them already talk with Heia and keep their chats.")
    if planned.empty:
        console.print("The registry is up to date already.")


def _show_part(console: Console, title: str, part: EntryChanges[E], most: int | None) -> None:
    console.print(
        f"[bold]{title}[/bold]: {len(part.adds)} new, {len(part.changes)} changed, {len(part.removals)} removed, "
        f"{part.unchanged} unchanged"
    )
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    for sign, entries in (("+", part.adds), ("-", part.removals)):
        for entry in entries[:most]:
            table.add_row(sign, escape(entry.person_id), escape(entry.name))
        _more(table, len(entries), most)
    for change in part.changes[:most]:
        differences = ", ".join(
            f"{name}: {_said(getattr(change.before, name))} → {_said(getattr(change.after, name))}"
            for name in change.fields
        )
        table.add_row("~", escape(change.after.person_id), escape(differences))
    _more(table, len(part.changes), most)
    if table.row_count:
        console.print(table)


def _more(table: Table, number: int, most: int | None) -> None:
    if most is not None and number > most:
        table.add_row("", "…", f"and {number - most} more (--all shows them)")


def _said(value: object) -> str:
    match value:
        case None | "" | ():
            return "–"
        case frozenset():
            return " ".join(sorted(map(str, value))) or "–"
        case tuple():
            return f"{len(value)}"
        case _:
            return str(value)


def show_coverage(covered: Covered, organisation: Organisation) -> None:
    """Print a table of the municipalities, then every gap by municipality and kind."""
    console = Console()
    table = Table("municipality", "units", "covered", "ambassadors", "free", "absent", "overloaded", box=None)
    for municipality in covered.municipalities:
        kinds = Counter(gap.kind for gap in municipality.gaps)
        table.add_row(
            unit_name(organisation, municipality.municipality_id),
            str(municipality.units),
            str(municipality.covered),
            str(municipality.ambassadors),
            str(municipality.free),
            str(kinds[GapKind.ABSENT]),
            str(kinds[GapKind.OVERLOADED]),
        )
    console.print(table)
    for municipality in covered.municipalities:
        if municipality.gaps:
            console.print(f"\n[bold]{escape(unit_name(organisation, municipality.municipality_id))}[/bold]")
        for kind, gaps in groupby(municipality.gaps, key=lambda gap: gap.kind):
            named = ", ".join(_gap(organisation, covered, gap) for gap in gaps)
            console.print(f"  {GAPS[kind]}: {escape(named)}", soft_wrap=True)


def _gap(organisation: Organisation, covered: Covered, gap: Gap) -> str:
    unit = unit_name(organisation, gap.unit_id)
    if gap.person_id is None:
        return unit
    much = f", {gap.open_count} open, wants {gap.capacity}" if gap.kind is GapKind.OVERLOADED else ""
    later = f", from {gap.since}" if gap.since else ""
    return f"{covered.name(gap.person_id)} ({unit}{much}{later})"


async def show_person(context: CommandContext, person: Person) -> None:
    """Print a person with place, roles, channels and worklist; addresses are not shown."""
    organisation = context.content.organisation
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    rows: list[tuple[str, str]] = [
        ("id", person.id),
        ("name", person.name),
        ("in the registry", "yes" if person.registered else "no"),
        ("municipality", _place(organisation, person.municipality_id)),
        ("unit", _place(organisation, person.unit_id)),
        ("roles", " ".join(sorted(person.roles))),
        ("language", f"{person.language}{' (chosen)' if person.language_chosen else ''}"),
        ("Entra identity", "known" if person.object_id and person.tenant_id else "unknown"),
        ("e-mail", person.email or "–"),
        ("reached through", _reached(person)),
        *((name, _setting(getattr(person, name))) for name in SETTINGS),
        *(await _leadership(context, person)),
    ]
    keys = [Key(kind=kind.KIND, id=person.id) for kind in (AmbassadorProfile, Worklist)]
    stored = await context.store.get(keys)
    if keys[0] in stored:
        rows += _as_ambassador(decode(AmbassadorProfile, stored[keys[0]]), organisation)
    if keys[1] in stored:
        desk = decode(Worklist, stored[keys[1]])
        rows.append(("on the desk", f"{len(desk.offered)} offered, {len(desk.open)} accepted"))
    for name, value in rows:
        table.add_row(name, escape(value))
    Console().print(table)


async def _leadership(context: CommandContext, person: Person) -> list[tuple[str, str]]:
    """Return the person's managers, and the units they lead."""
    organisation = context.content.organisation
    unit = organisation.find_unit(person.unit_id or "")
    if unit is None or person.municipality_id is None:
        return []
    people = {leader.id: leader async for leader in every(context.store, Person, leaders_term(person.municipality_id))}
    keys = [Key(kind=Person.KIND, id=above.leader_id) for above in organisation.path(unit.id) if above.leader_id]
    people |= {key.id: decode(Person, stored) for key, stored in (await context.store.get(keys)).items()}
    people[person.id] = person
    leaders = leaders_among(people.values(), organisation)
    managers = managers_of(organisation, person_id=person.id, unit_id=unit.id, leaders=leaders)
    leads = [_place(organisation, led.id) for led in led_units(organisation, person_id=person.id, leaders=leaders)]
    return [
        ("manager", ", ".join(f"{people[id_].name} ({id_})" for id_ in managers) or "–"),
        *([("leads", ", ".join(leads))] if leads else []),
    ]


def _setting(value: bool | StrEnum) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _place(organisation: Organisation, unit_id: str | None) -> str:
    return f"{unit_name(organisation, unit_id)} ({unit_id})" if unit_id else "–"


def _reached(person: Person) -> str:
    channels = [f"{name}{'' if address.reachable else ' (closed)'}" for name, address in person.addresses.items()]
    return ", ".join(channels) or "nothing yet"


def _as_ambassador(profile: AmbassadorProfile, organisation: Organisation) -> list[tuple[str, str]]:
    ambassador = profile.ambassador
    state = "paused" if ambassador.paused else "active" if ambassador.active else "has left"
    away: Callable[[str | None], str] = lambda id_: f", substitute {id_}" if id_ else ", no substitute"  # noqa: E731
    absences = [
        f"{absence.first_day} – {absence.last_day}{away(absence.substitute_id)}" for absence in ambassador.absences
    ]
    return [
        ("ambassador", state),
        *(
            (field.columns[0].name, field.write(ambassador)[0].replace(";", " ") or "–")
            for field in AMBASSADOR_FIELDS
            if field.name not in _APART
        ),
        ("absent", "; ".join(absences) or "no"),
        *((f"changed {change.at:%Y-%m-%d}", f"{change.what} by {change.by}") for change in profile.history[-5:]),
    ]
