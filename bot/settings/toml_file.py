"""Files in TOML beside ``heia.toml``, and their common fields. Every fault is reported with its file and line."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.settings.model import BadSettings
from bot.settings.rules import unreadable
from dialogs.core.person import Role
from knowledge.organisation.importers.pupils import PupilRule

MOST_BYTES: Final = 1_048_576
# Lines of one value. After a longer one, faults have the line of what is before it.
_MOST_LINES: Final = 500

# Keys and indexes that lead to a value.
Place = tuple[int | str, ...]
PlacedFault = tuple[Place, str]


class SettingsTable(BaseModel):
    """A table that has no other keys than its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


T = TypeVar("T", bound=SettingsTable)


def load_toml(
    path: Path,
    kind: type[T],
    *,
    setting: str = "",
    rules: Callable[[T], Iterable[PlacedFault]] = lambda _: (),
) -> T:
    """Return the content of a file. Raises BadSettings with every fault.

    Args:
        setting: that names the file, for faults; none for an option of a command.
        rules: faults of content that is right by its types.
    """
    name = f"{setting}: {path}" if setting else str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"larger than {MOST_BYTES:,} bytes")
        text = data.decode()
        document = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise BadSettings((f"{name}: {unreadable(error)}",)) from None
    try:
        content = kind.model_validate(document)
        faults = [*rules(content)]
    except ValidationError as error:
        faults = [
            (fault["loc"], _place_in_words(fault["loc"], document) + fault["msg"].removeprefix("Value error, "))
            for fault in error.errors(include_input=False, include_context=False, include_url=False)
        ]
    if faults:
        lines = _places(text)
        raise BadSettings(tuple(f"{name}: {said}{_line_of(place, lines)}" for place, said in faults))
    return content


def open_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files, each once, that not only their owner can read."""
    return tuple(path for path in dict.fromkeys(paths) if path.is_file() and path.stat().st_mode & 0o077)


def _place_in_words(place: Place, document: Mapping[str, Any]) -> str:
    """Return a place in words. A table of an array is named by its id or municipality, else by its number."""
    match place:
        case (str(array), int(number), *rest):
            try:
                table = document[array][number]
                name = str(table.get("id") or table["municipality"])[:40]
            except (LookupError, TypeError, AttributeError):
                name = f"number {number + 1}"
            return f"{array} {name}: " + "".join(f"{part}: " for part in rest)
        case _:
            return "".join(f"{part}: " for part in place)


def _line_of(place: Place, lines: Mapping[Place, int]) -> str:
    """Return the line of a place, or of the table that it is missing in."""
    known = (lines[place[:depth]] for depth in range(len(place), 0, -1) if place[:depth] in lines)
    return f" (line {line})" if (line := next(known, 0)) else ""


def _places(text: str) -> Mapping[Place, int]:
    """Return the line on which each table and key begins. ``text`` is TOML."""
    lines: dict[Place, int] = {}
    last: dict[Place, int] = {}  # index of the last table of each array
    table: Place = ()
    first, statement = 1, ""
    for number, line in enumerate(text.split("\n"), start=1):
        statement += f"{line}\n"
        try:
            # A header or a key ends with the first line up to which it is TOML.
            keys = _keys(tomllib.loads(statement))
        except ValueError:
            if number - first > _MOST_LINES:
                break
            continue
        header = statement.lstrip()
        if header.startswith("[["):
            array = (*_within(keys[:-1], last), keys[-1])
            last[array] = last.get(array, -1) + 1
        if header.startswith("["):
            table, keys = _within(keys, last), ()
        place = (*table, *keys)
        for depth in range(1, len(place) + 1):
            lines.setdefault(place[:depth], first)
        first, statement = number + 1, ""
    return lines


def _keys(parsed: object) -> Place:
    """Return the keys of a header, or those before the equals sign."""
    keys: Place = ()
    while isinstance(parsed, dict) and len(parsed) == 1:
        [(key, parsed)] = parsed.items()
        keys += (key,)
    return keys


def _within(keys: Place, last: Mapping[Place, int]) -> Place:
    """Return the place of a header: keys of an array lead to its last table."""
    place: Place = ()
    for key in keys:
        place += (key,)
        if place in last:
            place += (last[place],)
    return place


# Fields that are the same in every file of a source of people.

# What a group, a claim or a column of an export may give. Every employee is one, and the operator needs a login on the
# server. An ambassador becomes one by the list of an import, an application or an administrator.
MAPPED_ROLES: Final = frozenset(Role) - {Role.EMPLOYEE, Role.AMBASSADOR, Role.OPERATOR}
_DOMAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}")


def _is_mapped(role: Role) -> Role:
    if role not in MAPPED_ROLES:
        raise ValueError(f"{role} comes from the registry; give one of {', '.join(sorted(MAPPED_ROLES))}")
    return role


def _is_tenant(value: str) -> str:
    try:
        return str(UUID(value)) if value else ""
    except ValueError:
        raise ValueError("give the tenant's GUID") from None


def _are_domains(values: tuple[str, ...]) -> tuple[str, ...]:
    values = tuple(value.strip().lower() for value in values)
    if not all(_DOMAIN.fullmatch(value) for value in values):
        raise ValueError("give domains, such as nes.kommune.example")
    return values


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
MappedRole = Annotated[Role, AfterValidator(_is_mapped)]
TenantId = Annotated[str, AfterValidator(_is_tenant)]
Domains = Annotated[tuple[str, ...], AfterValidator(_are_domains)]


class PupilSettings(SettingsTable):
    """What marks a pupil in a source, besides what always does."""

    values: tuple[Text, ...] = Field(default=(), description="Values of user type, job title or department.")
    domains: tuple[Text, ...] = Field(default=(), description="Domains of pupils' addresses.")
    groups: tuple[Text, ...] = Field(default=(), description="Names or ids of groups of pupils.")
    source: bool = Field(default=False, description="The whole source holds pupils: everyone is refused.")

    @property
    def rule(self) -> PupilRule:
        """The rule that keeps the pupils of this source out."""
        return PupilRule(
            values=frozenset(self.values),
            domains=frozenset(self.domains),
            groups=frozenset(self.groups),
            source=self.source,
        )
