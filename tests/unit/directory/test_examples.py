"""The examples of docs/directory.md work as they stand."""

import re
from pathlib import Path

import pytest

from dialogs.core.person import Role
from tests.confined import directives
from tests.learned import sample_content
from tests.unit.directory.conftest import Import

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
ORGANISATION = sample_content().organisation
# A row of each export: what PowerShell writes for an employee.
ROWS = {
    "entra": {
        "Id": "00000000-0000-4000-8000-000000000017", "DisplayName": "Ansatt Eksempel", "AccountEnabled": "True",
        "UserPrincipalName": "ansatt@nes.kommune.example", "Department": "Helse og mestring", "UserType": "Member",
        "JobTitle": "Kommunikasjonsrådgiver", "PreferredLanguage": "nn-NO",
    },
    "ad": {
        "EmployeeID": "17", "GivenName": "Ansatt", "Surname": "Eksempel", "Company": "Nes kommune, Akershus",
        "Department": "Helse og omsorg", "EmailAddress": "-", "DistinguishedName": "CN=Ansatt,OU=Ansatte,DC=nes",
    },
}  # fmt: skip


def columns_of(name: str) -> list[str]:
    """Return the columns that the PowerShell lines export, in their order."""
    script = (EXAMPLES / f"export-{name}.ps1").read_text("utf-8")
    listed = re.search(r"\$columns = ((?:'\w+',?\s*)+)", script)
    assert listed is not None
    return re.findall(r"'(\w+)'", listed[1])


@pytest.mark.parametrize("name", ROWS)
async def test_the_export_of_the_lines_is_imported_by_its_mapping(tmp_path: Path, name: str) -> None:
    site = Import(tmp_path, organisation=ORGANISATION)
    columns = columns_of(name)
    assert {*ROWS[name]} <= {*columns}
    row = ",".join(f'"{ROWS[name].get(column, "")}"' for column in columns)
    file = site.export(row, header=",".join(f'"{column}"' for column in columns))
    mapping = (EXAMPLES / f"directory-{name}.toml").read_text("utf-8")
    mapped, _ = await site.load(file, mapping)
    [person] = (await site.people()).values()
    assert (person.municipality_id, person.unit_id, mapped.unknown) == ("nes", "nes-helse", {})
    if name == "entra":
        assert (person.roles, person.language) == ({Role.EMPLOYEE, Role.ANNOUNCER}, "nn")
    else:
        assert (person.id, person.email) == ("17", None)


@pytest.mark.parametrize("name", ROWS)
async def test_a_mark_of_the_example_refuses_a_pupil(tmp_path: Path, name: str) -> None:
    site = Import(tmp_path, organisation=ORGANISATION)
    columns = columns_of(name)
    mark = {
        "entra": {"UserPrincipalName": "a@laering.nes.kommune.example"},
        "ad": {"DistinguishedName": "CN=A,OU=Elever"},
    }
    given = {**ROWS[name], **mark[name]}
    row = ",".join(f'"{given.get(column, "")}"' for column in columns)
    mapped, _ = await site.load(
        site.export(row, header=",".join(columns)), (EXAMPLES / f"directory-{name}.toml").read_text("utf-8")
    )
    assert (len(mapped.pupils), await site.people()) == (1, {})


def test_the_nightly_unit_is_as_closed_as_the_others() -> None:
    nightly, other = (
        directives((EXAMPLES / f"{name}.service").read_text()) for name in ("heia-directory", "heia-work")
    )
    own = {"Description", "After", "Wants", "Type", "ExecStart", "TimeoutStartSec", "Restart", "RestartSec"}
    own |= {"TimeoutStopSec", "WantedBy"}
    calls = [each for each in other["SystemCallFilter"] if each != "setpriority"]
    kept = {name: values for name, values in other.items() if name not in own} | {"SystemCallFilter": calls}
    assert {name: values for name, values in nightly.items() if name not in own} == kept
