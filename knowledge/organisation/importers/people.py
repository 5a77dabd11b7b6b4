"""Import and export people as rows of a registry file."""

import re
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from knowledge.article.article import Language
from knowledge.language.masking import MASKS, Secret, mask
from knowledge.organisation.importers.fault import FaultKind, ImportFault, fault
from knowledge.organisation.importers.pupils import PupilRule
from knowledge.organisation.importers.rows import MAX_FAULTS, ImportRow, csv_of_rows, listed
from knowledge.organisation.organisation import Organisation, Unit
from knowledge.table import Column

PEOPLE_COLUMNS: Final = (
    Column(name="person_id", aliases=("id", "person"), required=True),
    Column(name="name", aliases=("navn", "namn"), required=True),
    Column(name="municipality", aliases=("kommune",), required=True),
    Column(name="unit", aliases=("enhet", "eining"), required=True),
    Column(name="roles", aliases=("role", "roller", "rolle")),
    Column(name="language", aliases=("språk", "målform")),
    Column(name="object_id", aliases=("objekt-id", "entra-id")),
    Column(name="tenant_id", aliases=("leietaker-id", "leigetakar-id")),
    Column(name="email", aliases=("e-post", "e-postadresse")),
)
EMPLOYEE: Final = "employee"
LANGUAGE_WORDS: Final[Mapping[str, Language]] = {
    "nb": Language.NB,
    "bokmål": Language.NB,
    "nn": Language.NN,
    "nynorsk": Language.NN,
    "en": Language.EN,
    "engelsk": Language.EN,
    "english": Language.EN,
}
_ROLE_WORDS: Final[Mapping[str, str]] = {
    "ansatt": EMPLOYEE,
    "tilsett": EMPLOYEE,
    "ambassadør": "ambassador",
    "kunngjører": "announcer",
    "kunngjerar": "announcer",
    "godkjenner": "approver",
    "godkjennar": "approver",
    "redaktør": "editor",
    "administrator": "admin",
    "personvernombud": "dpo",
    "personvernombod": "dpo",
    "kontakt": "contact",
    "digitaliseringsansvarlig": "contact",
    "digitaliseringsansvarleg": "contact",
    "driftsansvarlig": "operator",
    "driftsansvarleg": "operator",
    "leder": "leader",
    "leiar": "leader",
    # Not "lærer": lists of employees use it for teachers at schools.
    "kursholder": "teacher",
    "kurshaldar": "teacher",
    "programvurderer": "reviewer",
    "programvurderar": "reviewer",
}
PUPILS: Final = PupilRule()
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_MADE: Final = re.compile(r"entra-[0-9a-f]{20}")  # ids that the bot makes of Entra identities
# A national identity number has eleven; some may be written as letters.
_DIGITS: Final = 8
_GUEST: Final = "guest-"  # prefix of the ids of guests on the web page
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A person as listed in the registry file.

    Attributes:
        roles: role names, always including ``employee``.
        object_id: Entra object id in lower case; given together with ``tenant_id`` or not at all.
    """

    person_id: str
    name: str
    municipality_id: str
    unit_id: str
    roles: frozenset[str] = frozenset({EMPLOYEE})
    language: Language = Language.NB
    object_id: str | None = None
    tenant_id: str | None = None
    email: str | None = None


def parse_people(
    rows: Iterable[ImportRow],
    *,
    organisation: Organisation,
    roles: Collection[str],
    unplaced: Container[str] = frozenset(),
) -> tuple[tuple[Colleague, ...], tuple[ImportFault, ...]]:
    """Return the people of rows without faults, and all faults.

    Municipality and unit may be given by id or by Bokmål name. Pupils are rejected, because they must not be
    registered.

    Args:
        roles: all valid roles; the file may use Norwegian names.
        unplaced: ids of people allowed to have no unit.
    """
    faults: list[ImportFault] = []
    reader = _PeopleReader(organisation, frozenset(roles), faults, unplaced)
    people: list[Colleague] = []
    for row in rows:
        if len(faults) >= MAX_FAULTS:
            break
        if (colleague := reader.person(row)) is not None:
            people.append(colleague)
    return tuple(people), tuple(faults)


def is_person_id(text: str) -> bool:
    """Return whether a text has the form of a person's id."""
    return _ID.fullmatch(text) is not None and not text.startswith(_GUEST)


class _PeopleReader:
    def __init__(
        self, organisation: Organisation, roles: frozenset[str], faults: list[ImportFault], unplaced: Container[str]
    ) -> None:
        self._unplaced = unplaced
        self._organisation = organisation
        self._roles = roles
        self._faults = faults
        self._taken: set[str] = set()
        self._municipalities = {
            word.casefold(): municipality.id
            for municipality in organisation.municipalities.values()
            for word in (municipality.id, municipality.names.nb, municipality.names.nb.removesuffix(" kommune"))
        }
        self._units: dict[tuple[str, str], list[Unit]] = {}
        for unit in organisation.units():
            self._units.setdefault((unit.municipality_id, unit.names.nb.casefold()), []).append(unit)

    def person(self, row: ImportRow) -> Colleague | None:
        before = len(self._faults)
        municipality_id = self._municipality(row)
        object_id, tenant_id = self._uuid(row, "object_id"), self._uuid(row, "tenant_id")
        if bool(row.cells["object_id"]) != bool(row.cells["tenant_id"]):
            self._fault(row, "tenant_id" if row.cells["object_id"] else "object_id", FaultKind.MISSING)
        if object_id and tenant_id:
            self._once(row, "object_id", f"{tenant_id}/{object_id}", object_id)
        email = row.cells["email"]
        if email and not _EMAIL.fullmatch(email):
            self._fault(row, "email", FaultKind.BAD_VALUE)
        elif PUPILS.is_address(email):
            self._fault(row, "email", FaultKind.PUPIL)
        language = LANGUAGE_WORDS.get(row.cells["language"].casefold() or Language.NB)
        if language is None:
            self._fault(row, "language", FaultKind.BAD_VALUE)
        for column in ("person_id", "email"):  # displayed, logged and searched, so masking would break them
            if _MADE.fullmatch(row.cells[column]):
                continue  # eleven digits in a row of a hash may look like a number
            few = sum(map(str.isdigit, row.cells[column])) < _DIGITS
            if not few and Secret.NATIONAL_ID in mask(row.cells[column]).found:
                self._fault(row, column, FaultKind.BAD_VALUE, MASKS[Secret.NATIONAL_ID])
        if not row.cells["name"]:
            self._fault(row, "name", FaultKind.MISSING)
        colleague = Colleague(
            person_id=self._id(row),
            name=mask(row.cells["name"]),
            municipality_id=municipality_id,
            unit_id=self._unit(row, municipality_id),
            roles=self._role_names(row),
            language=language or Language.NB,
            object_id=object_id,
            tenant_id=tenant_id,
            email=email or None,
        )
        return colleague if len(self._faults) == before else None

    def _fault(self, row: ImportRow, column: str, kind: FaultKind, value: str | None = None) -> None:
        self._faults.append(fault(row.line, kind, column, row.cells[column] if value is None else value))

    def _once(self, row: ImportRow, column: str, key: str, value: str) -> None:
        if key in self._taken:
            self._fault(row, column, FaultKind.DUPLICATE_ID, value)
        self._taken.add(key)

    def _id(self, row: ImportRow) -> str:
        id_ = row.cells["person_id"]
        if not id_:
            self._fault(row, "person_id", FaultKind.MISSING)
        elif not is_person_id(id_):
            self._fault(row, "person_id", FaultKind.BAD_ID)
        else:
            self._once(row, "person_id", id_, id_)
        return id_

    def _municipality(self, row: ImportRow) -> str:
        name = row.cells["municipality"]
        municipality_id = self._municipalities.get(name.casefold())
        if municipality_id is None:
            self._fault(row, "municipality", FaultKind.UNKNOWN_MUNICIPALITY if name else FaultKind.MISSING)
        return municipality_id or ""

    def _unit(self, row: ImportRow, municipality_id: str) -> str:
        name = row.cells["unit"]
        if not name and row.cells["person_id"] not in self._unplaced:
            self._fault(row, "unit", FaultKind.MISSING)
        if not name or not municipality_id:
            return ""
        by_id = self._organisation.find_unit(name)
        units = [by_id] if by_id else self._units.get((municipality_id, name.casefold()), [])
        if len(units) > 1:
            self._fault(row, "unit", FaultKind.AMBIGUOUS_UNIT)
        elif not units or units[0].municipality_id != municipality_id:
            self._fault(row, "unit", FaultKind.UNKNOWN_UNIT)
        else:
            return units[0].id
        return ""

    def _role_names(self, row: ImportRow) -> frozenset[str]:
        roles = {EMPLOYEE}
        for word in listed(row.cells["roles"]):
            role = _ROLE_WORDS.get(word.casefold(), word.casefold())
            if PUPILS.is_value(role):
                self._fault(row, "roles", FaultKind.PUPIL, word)
            elif role not in self._roles:
                self._fault(row, "roles", FaultKind.BAD_VALUE, word)
            else:
                roles.add(role)
        return frozenset(roles)

    def _uuid(self, row: ImportRow, column: str) -> str | None:
        text = row.cells[column]
        if not text:
            return None
        try:
            return str(UUID(text))
        except ValueError:
            self._fault(row, column, FaultKind.BAD_VALUE)
            return None


def write_people(people: Iterable[Colleague]) -> str:
    """Return CSV text that ``parse_people`` can read, sorted by id."""
    return csv_of_rows(
        [column.name for column in PEOPLE_COLUMNS],
        (
            (
                colleague.person_id,
                colleague.name,
                colleague.municipality_id,
                colleague.unit_id,
                ";".join(sorted(colleague.roles, key=lambda role: (role != EMPLOYEE, role))),
                colleague.language,
                colleague.object_id or "",
                colleague.tenant_id or "",
                colleague.email or "",
            )
            for colleague in sorted(people, key=lambda colleague: colleague.person_id)
        ),
    )
