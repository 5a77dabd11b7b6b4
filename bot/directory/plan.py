"""Plan an import: compare two files with the registry in the store. Nothing is changed here."""

import re
from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Final

from bot.directory.current import Known, colleague_of, identity
from bot.directory.file_rows import rows_of_file
from bot.turn.job import FORGET_VERB
from dialogs.core.audit import OPERATOR
from dialogs.core.event import CLOCK
from dialogs.core.nightly_run import NIGHTLY_JOBS
from dialogs.core.person import Person, Role
from dialogs.privacy.inventory import INVENTORY
from dialogs.router import FEATURES
from knowledge.organisation.importers.ambassadors import AMBASSADOR_COLUMNS, AMBASSADOR_FIELDS, parse_ambassadors
from knowledge.organisation.importers.fault import FaultKind, ImportFault, fault, unreported
from knowledge.organisation.importers.people import PEOPLE_COLUMNS, Colleague, parse_people
from knowledge.organisation.importers.rows import EntryChanges, ImportRow, changes_between
from knowledge.organisation.nearest import Ambassador
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import ERASED

# Ids that a person may not have: words of the bot's own keys.

# Words of slots, timer keys, terms and audit entries that no declaration has. A test compares them with the code.
_LISTED: Final = """
accepted again all application approved articles away by changed check closing count credential deadline decided draft
earlier edition erase escalated everybody expand file forget former gap group guest guests hashes held image import
invitation left list lost masked mine network news note offer officer own pass person place privacy progress purge
queue refresher refused registry reminder removals report role said sent status stopped subject teacher teams tenant
test thanks theme tip tips title unit unsaved unread warned web welcome why
"""
_PART: Final = re.compile(r"[A-Za-z0-9_-]+")


def _declared() -> frozenset[str]:
    texts = {FORGET_VERB, OPERATOR, CLOCK, ERASED}
    texts |= {text for nightly in NIGHTLY_JOBS for text in (nightly.name, nightly.key, nightly.verb)}
    texts |= {holding.kind for holding in INVENTORY}
    texts |= {text for feature in FEATURES for text in (*feature.verbs, *feature.timers, *feature.answers)}
    return frozenset(part for text in texts for part in _PART.findall(text))


WORDS: Final = frozenset(_LISTED.split()) | _declared()


def is_reserved(person_id: str, organisation: Organisation) -> bool:
    """Return whether an id is also a word of a key, or the id of a municipality, which keys contain."""
    return person_id in WORDS or person_id in organisation.municipalities


# Fields of an ambassador that follow from being in the files.
_PLACED: Final = frozenset({"person_id", "name", "municipality_id", "unit_id", "active"})
# This many people may always be removed, however small the registry is.
FEW: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFault:
    """A fault and the name of its file."""

    file: str
    fault: ImportFault


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryPlan:
    """Planned changes.

    Attributes:
        strangers: Entra users of the bot that are new in the file, by their new id.
        before: people of the registry that the source covers, by municipality.
    """

    people: EntryChanges[Colleague]
    ambassadors: EntryChanges[Ambassador]
    wanted: Mapping[str, Colleague]
    helpers: Mapping[str, Ambassador]
    strangers: Mapping[str, Person] = field(default_factory=dict)
    before: Mapping[str, int] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return self.people.empty and self.ambassadors.empty

    @property
    def touched(self) -> tuple[str, ...]:
        """Ids of all people with changes, sorted."""
        both: tuple[EntryChanges[Colleague] | EntryChanges[Ambassador], ...] = (self.people, self.ambassadors)
        ids = {entry.person_id for part in both for entry in (*part.adds, *part.removals)}
        return tuple(sorted(ids | {change.after.person_id for part in both for change in part.changes}))

    def removes_too_many(self, share: float) -> bool:
        """Return whether more than ``share`` (0–1) of the registry would be removed."""
        # A truncated file looks like this.
        before = len(self.people.removals) + len(self.people.changes) + self.people.unchanged
        return len(self.people.removals) > max(FEW, share * before)

    def losing_too_many(self, share: float) -> tuple[str, ...]:
        """Return the municipalities that would lose more than ``share`` (0–1) of their people."""
        # A file of six municipalities that lacks one whole municipality removes a sixth of all.
        gone = Counter(colleague.municipality_id for colleague in self.people.removals)
        return tuple(sorted(id_ for id_, number in gone.items() if number > max(FEW, share * self.before.get(id_, 0))))


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSource:
    """People as a source has them, in the registry's own columns.

    Attributes:
        name: of the file, for faults.
        unplaced: ids of people allowed to have no unit.
        kept: ids of people left unchanged, whatever the source says.
    """

    name: str
    rows: Sequence[ImportRow]
    faults: Sequence[ImportFault] = ()
    unplaced: Container[str] = frozenset()
    kept: frozenset[str] = frozenset()


def plan_import(
    people_file: Path,
    ambassadors_file: Path | None,
    *,
    known: Known,
    organisation: Organisation,
    topics: Collection[str],
    municipality_ids: Collection[str] = (),
) -> RegistryPlan | tuple[FileFault, ...]:
    """Return the changes that importing the files would make, or every fault in them.

    An empty cell of an optional column keeps the current value, also of an ambassador. Without a file of ambassadors,
    current ambassadors stay unchanged, and a person new to the role gets a default profile.

    Args:
        municipality_ids: the municipalities the files cover; people of others stay, and may not be in the file.
            Empty: all.
    """
    rows, faults = rows_of_file(people_file, PEOPLE_COLUMNS)
    unplaced = {person.id for person in known.people.values() if person.unit_id is None}
    return plan_source(
        PeopleSource(name=people_file.name, rows=rows, faults=faults, unplaced=unplaced),
        ambassadors_file,
        known=known,
        organisation=organisation,
        topics=topics,
        municipality_ids=municipality_ids,
    )


def plan_source(
    source: PeopleSource,
    ambassadors_file: Path | None,
    *,
    known: Known,
    organisation: Organisation,
    topics: Collection[str],
    municipality_ids: Collection[str] = (),
) -> RegistryPlan | tuple[FileFault, ...]:
    """Return the changes that a source would make, or every fault in it; see ``plan_import``."""
    scope = frozenset(municipality_ids) or frozenset(organisation.municipalities)
    rows, faults = source.rows, source.faults
    read, more = parse_people(rows, organisation=organisation, roles=frozenset(Role), unplaced=source.unplaced)
    more = unreported(faults, more)
    people, kept = _with_known(read, rows, known)
    outside = _outside(people, rows, scope)
    reused = [*_reused(people, rows, known), *_reserved(people, rows, organisation)]
    reported = [
        FileFault(file=source.name, fault=import_fault) for import_fault in (*faults, *more, *kept, *outside, *reused)
    ]
    people += tuple(
        colleague_of(known.people[id_]) for id_ in sorted(source.kept - {colleague.person_id for colleague in people})
    )
    helpers = _ordinary(people, known)
    if ambassadors_file is not None:
        helpers, ambassador_faults = _helpers_of_file(
            ambassadors_file, people, source, known=known, organisation=organisation, topics=topics
        )
        reported += ambassador_faults
    if reported:
        return tuple(reported)
    wanted = {colleague.person_id: colleague for colleague in people}
    current = [
        colleague
        for colleague in known.colleagues()
        if colleague.municipality_id in scope or colleague.person_id in wanted
    ]
    serving = (
        ambassador
        for ambassador in known.ambassadors()
        if ambassador.municipality_id in scope or ambassador.person_id in wanted
    )
    named = {
        identity(colleague.tenant_id, colleague.object_id): colleague
        for colleague in people
        if colleague.tenant_id and colleague.object_id
    }
    return RegistryPlan(
        people=changes_between(current, people),
        ambassadors=changes_between(serving, helpers),
        wanted=wanted,
        helpers={helper.person_id: helper for helper in helpers},
        strangers={
            named[who].person_id: stranger
            for who, stranger in known.strangers.items()
            if who in named and stranger.id not in wanted
        },
        before=Counter(colleague.municipality_id for colleague in current),
    )


def _helpers_of_file(
    file: Path,
    people: Sequence[Colleague],
    source: PeopleSource,
    *,
    known: Known,
    organisation: Organisation,
    topics: Collection[str],
) -> tuple[tuple[Ambassador, ...], list[FileFault]]:
    """Return the ambassadors of a file, and its faults without those that follow from the file of people."""
    refused = {import_fault.line for import_fault in source.faults}
    rejected = {row.cells["person_id"] for row in source.rows if row.line in refused}
    misread = {row.cells["person_id"] for row in source.rows} - (
        {colleague.person_id for colleague in people} - rejected
    )
    rows, faults = rows_of_file(file, AMBASSADOR_COLUMNS)
    named_in_file, more = parse_ambassadors(rows, organisation=organisation, people=people, topics=topics)
    cells = {row.cells["person_id"]: row.cells for row in rows}
    helpers = tuple(_with_own(helper, cells[helper.person_id], known) for helper in named_in_file)
    all_faults = (*faults, *unreported(faults, more))
    return helpers, [
        FileFault(file=file.name, fault=import_fault) for import_fault in all_faults if not _echo(import_fault, misread)
    ]


def _with_known(
    people: Iterable[Colleague], rows: Sequence[ImportRow], known: Known
) -> tuple[tuple[Colleague, ...], tuple[ImportFault, ...]]:
    """Fill empty cells with known values, and find identities shared by two people."""
    cells = {row.cells["person_id"]: row for row in rows}
    faults: list[ImportFault] = []
    filled: list[Colleague] = []
    taken: dict[str, str] = {}
    for colleague in people:
        row, before = cells[colleague.person_id], known.people.get(colleague.person_id)
        if before is not None:
            colleague = _filled(colleague, row, before)  # noqa: PLW2901
        if colleague.tenant_id and colleague.object_id:
            who = identity(colleague.tenant_id, colleague.object_id)
            if taken.setdefault(who, colleague.person_id) != colleague.person_id:
                faults.append(fault(row.line, FaultKind.DUPLICATE_ID, "object_id", colleague.object_id))
        filled.append(colleague)
    return tuple(filled), tuple(faults)


def _filled(colleague: Colleague, row: ImportRow, before: Person) -> Colleague:
    # Roles belong to the municipality that gave them: a move to another one drops them.
    if not row.cells["roles"] and colleague.municipality_id == before.municipality_id:
        colleague = replace(colleague, roles=frozenset(str(role) for role in before.roles))
    if not row.cells["language"] or before.language_chosen:
        colleague = replace(colleague, language=before.language)
    if not row.cells["object_id"]:
        colleague = replace(colleague, object_id=before.object_id, tenant_id=before.tenant_id)
    return colleague if row.cells["email"] else replace(colleague, email=before.email)


def _outside(people: Iterable[Colleague], rows: Sequence[ImportRow], scope: Collection[str]) -> list[ImportFault]:
    lines = {row.cells["person_id"]: row.line for row in rows}
    return [
        fault(lines[colleague.person_id], FaultKind.BAD_VALUE, "municipality", colleague.municipality_id)
        for colleague in people
        if colleague.municipality_id not in scope
    ]


def _reused(people: Iterable[Colleague], rows: Sequence[ImportRow], known: Known) -> list[ImportFault]:
    """Return a fault for each id of a former person: the new one would see their stored words."""
    lines = {row.cells["person_id"]: row.line for row in rows}
    return [
        fault(lines[colleague.person_id], FaultKind.OTHER_PERSON, "person_id", colleague.person_id)
        for colleague in people
        if _is_other(colleague, known.people.get(colleague.person_id) or known.left.get(colleague.person_id))
    ]


def _reserved(people: Iterable[Colleague], rows: Sequence[ImportRow], organisation: Organisation) -> list[ImportFault]:
    lines = {row.cells["person_id"]: row.line for row in rows}
    return [
        fault(lines[colleague.person_id], FaultKind.RESERVED_ID, "person_id", colleague.person_id)
        for colleague in people
        if is_reserved(colleague.person_id, organisation)
    ]


def _is_other(colleague: Colleague, before: Person | None) -> bool:
    """Return whether an id has passed to another person."""
    # The same account, or the same name, is the same person: names and accounts change, but not both at once. Without
    # accounts to compare, a new name of a person in the registry is a change of name.
    if before is None or colleague.name.casefold() == before.name.casefold():
        return False
    new, old = colleague.object_id and colleague.tenant_id, before.object_id and before.tenant_id
    if new and old:
        return identity(colleague.tenant_id or "", colleague.object_id or "") != identity(
            before.tenant_id or "", before.object_id or ""
        )
    return not before.registered


def _echo(import_fault: ImportFault, misread: Collection[str]) -> bool:
    """Return whether a fault only follows from another reported fault.

    That is a fault in the person's own line.
    """
    return (
        import_fault.kind in {FaultKind.UNKNOWN_PERSON, FaultKind.NOT_AMBASSADOR, FaultKind.BAD_SUBSTITUTE}
        and import_fault.value in misread
    )


def _ordinary(people: Iterable[Colleague], known: Known) -> tuple[Ambassador, ...]:
    """Return the ambassadors among the people, without a file of ambassadors."""
    ambassadors = []
    for colleague in people:
        if Role.AMBASSADOR not in colleague.roles:
            continue
        profile = known.profiles.get(colleague.person_id)
        if profile is None:
            ambassadors.append(
                Ambassador(
                    person_id=colleague.person_id,
                    name=colleague.name,
                    municipality_id=colleague.municipality_id,
                    unit_id=colleague.unit_id,
                    languages=frozenset({colleague.language}),
                )
            )
        elif profile.ambassador.active:  # former ambassadors return only through a file of ambassadors
            # Without a unit for now: still an ambassador of the unit they had.
            stays = not colleague.unit_id and profile.ambassador.municipality_id == colleague.municipality_id
            placed = replace(colleague, unit_id=profile.ambassador.unit_id) if stays else colleague
            ambassadors.append(at_home(profile.ambassador, placed))
    return tuple(ambassadors)


def _with_own(ambassador: Ambassador, cells: Mapping[str, str], known: Known) -> Ambassador:
    """Return the ambassador of a row with the known values of everything the row says nothing of."""
    profile = known.profiles.get(ambassador.person_id)
    if profile is None:
        return ambassador
    before = profile.ambassador
    said = {field.name for field in AMBASSADOR_FIELDS if cells[field.columns[0].name]}
    kept = {field.name: getattr(before, field.name) for field in fields(before) if field.name not in _PLACED | said}
    if before.municipality_id != ambassador.municipality_id:
        kept.pop("site_id", None)
    return replace(ambassador, **kept)


def at_home(ambassador: Ambassador, colleague: Colleague) -> Ambassador:
    """Return the ambassador with the name and place from the file of people."""
    moved = ambassador.municipality_id != colleague.municipality_id
    return replace(
        ambassador,
        name=colleague.name,
        municipality_id=colleague.municipality_id,
        unit_id=colleague.unit_id,
        site_id=None if moved else ambassador.site_id,
    )
