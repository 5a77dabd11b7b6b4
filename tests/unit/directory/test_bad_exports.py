"""A bad export is refused as a whole, with the reason and its place, in bounded time."""

import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.directory.export_file import decoded
from bot.directory.file_rows import Unreadable
from bot.directory.last_run import age_fault, origin_of
from bot.directory.mapped_rows import MOST_UNKNOWN
from bot.directory.plan import RegistryPlan
from dialogs.provisioning.model import DirectoryRun
from tests.unit.cli.registry_scene import NOON
from tests.unit.directory.conftest import ENTRA, HEADER, ORGANISATION, Import, entra, object_id


def book(path: Path, *rows: tuple[object, ...], merge: str = "") -> Path:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    workbook.save(path)
    return path


async def test_two_people_with_one_identity_or_one_id_are_refused(site: Import) -> None:
    file = site.export(entra(1), entra(2), entra(1, DisplayName="En annen"))
    assert await site.faults(file) == [(4, "Id", "fault-duplicate-id", object_id(1))]
    numbered = ENTRA.replace("[columns]", '[columns]\nid = "MobilePhone"')
    file = site.export(entra(1, MobilePhone="17"), entra(2, MobilePhone="17"))
    assert await site.faults(file, numbered) == [(3, "MobilePhone", "fault-duplicate-id", "17")]


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.77, 0.9])
async def test_half_a_file_is_refused(site: Import, kept: float) -> None:
    whole = site.export(*(entra(number) for number in range(60)))
    await site.load(whole)
    data = whole.read_bytes()
    whole.write_bytes(data[: int(len(data) * kept)])
    assert [each[2] for each in await site.faults(whole)] == ["fault-unreadable"]


async def test_half_a_file_that_ends_with_a_row_is_held_by_the_guard(site: Import) -> None:
    await site.load(site.export(*(entra(number) for number in range(60))))
    planned = (await site.planned(site.export(*(entra(number) for number in range(30))))).planned
    assert isinstance(planned, RegistryPlan)
    assert planned.removes_too_many(0.25)
    assert planned.losing_too_many(0.25) == ("nes",)


async def test_a_municipality_that_is_missing_is_held_by_the_guard_though_few_of_all_would_leave(site: Import) -> None:
    mapping = ENTRA.replace('municipality = "nes"', "").replace("[columns]", '[columns]\nmunicipality = "MobilePhone"')
    mapping += '[units.eidsvoll]\n"Oppvekst og utdanning" = "eidsvoll-skole"\n'
    nes = [entra(number, MobilePhone="nes") for number in range(100)]
    await site.load(site.export(*nes, *(entra(number, MobilePhone="eidsvoll") for number in range(100, 112))), mapping)
    planned = (await site.planned(site.export(*nes), mapping)).planned
    assert isinstance(planned, RegistryPlan)
    assert not planned.removes_too_many(0.25)
    assert planned.losing_too_many(0.25) == ("eidsvoll",)


TEXT = "\r\n".join((HEADER, entra(1, DisplayName="Bjørn Ærlig Åsen")))
GOOD = {
    "utf-8": TEXT.encode(),
    "utf-8 with a mark": TEXT.encode("utf-8-sig"),
    "utf-16 of PowerShell": TEXT.encode("utf-16"),
    "cp1252 of Excel": TEXT.encode("cp1252"),
    "semicolons": TEXT.replace('","', '";"').replace(",", ";").encode(),
    "tabs": TEXT.replace('","', '"\t"').replace(",", "\t").encode(),
}


@pytest.mark.parametrize("form", GOOD)
async def test_usual_encodings_and_separators_are_recognised(site: Import, form: str) -> None:
    file = site.folder / "export.csv"
    file.write_bytes(GOOD[form])
    await site.load(file)
    assert [*(await site.people())] == ["Bjørn Ærlig Åsen"]


BAD = {
    "changed twice": TEXT.encode().decode("cp1252").encode(),
    "console": TEXT.encode("cp865"),
    "console of Windows": TEXT.encode("cp850"),
    "utf-16 without a mark": TEXT.encode("utf-16-le"),
    "ASCII of Windows PowerShell": TEXT.encode("ascii", errors="replace"),
    "a letter lost before": TEXT.replace("ø", "\ufffd").encode(),
    "half a letter": TEXT[: TEXT.index("ø") + 1].encode()[:-1],
    "half a letter of utf-16": TEXT.encode("utf-16")[:-1],
}


@pytest.mark.parametrize("form", BAD)
async def test_letters_that_were_changed_are_refused(site: Import, form: str) -> None:
    file = site.folder / "export.csv"
    file.write_bytes(BAD[form])
    assert {each[2] for each in await site.faults(file)} == {"fault-unreadable"}


def test_a_named_encoding_is_taken_at_its_word() -> None:
    assert decoded("ø".encode("cp865"), "cp865") == "ø"
    assert decoded("\ufeffø".encode(), "UTF-8") == "ø"
    with pytest.raises(Unreadable, match="utf-8"):
        decoded("ø".encode("cp1252"), "utf-8")


async def test_a_workbook_with_titles_dates_and_formulas_elsewhere_is_read(site: Import) -> None:
    columns = HEADER.split(",")
    row = [*entra(1).replace('"', "").split(",")]
    row[columns.index("MobilePhone")] = "=HYPERLINK(1)"
    file = book(
        site.folder / "export.xlsx",
        ("Ansatte i Nes kommune", None, None),
        (),
        (*columns, "Ansatt fra", None),
        (*row, datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None), date(2021, 1, 1)),
        merge="A1:J1",
    )
    await site.load(file)
    assert [*(await site.people())] == ["Ansatt 1"]


async def test_a_formula_or_a_date_where_a_value_belongs_is_refused_with_its_heading(site: Import) -> None:
    row = entra(1).replace('"', "").split(",")
    place = HEADER.split(",").index("DisplayName")
    file = book(site.folder / "export.xlsx", tuple(HEADER.split(",")), (*row[:place], "=A1", *row[place + 1 :]))
    assert await site.faults(file) == [(2, "DisplayName", "fault-formula", "=A1")]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (HEADER.replace("Department", "Avdeling"), [(1, "Department", "fault-missing-column", "")]),
        (HEADER.replace("Department", ""), [(1, "Department", "fault-missing-column", "")]),
        (HEADER.replace("MobilePhone", "department"), [(1, "Department", "fault-duplicate-column", "Department")]),
        (",,,", None),
    ],
)
async def test_a_header_that_does_not_fit_is_refused(
    site: Import, header: str, found: list[tuple[int, str, str, str]] | None
) -> None:
    faults = await site.faults(site.export(entra(1), header=header))
    assert faults == found if found is not None else {each[2] for each in faults} == {"fault-missing-column"}


async def test_headings_that_nobody_asked_for_may_be_there_twice(site: Import) -> None:
    await site.load(site.export(entra(1) + ",x,y", header=f"{HEADER},Note,Note"))
    assert [*(await site.people())] == ["Ansatt 1"]


@pytest.mark.parametrize("text", ["", "\n\n", HEADER + "\n"])
async def test_a_file_without_people_is_refused(site: Import, text: str) -> None:
    file = site.folder / "export.csv"
    file.write_text(text, "utf-8")
    assert len(await site.faults(file)) == 1


@pytest.mark.full
async def test_a_column_of_thousands_of_values_is_not_taken_for_departments(site: Import) -> None:
    rows = [entra(number, f"Ansatt {number}") for number in range(5 * MOST_UNKNOWN)]
    found = await site.planned(site.export(*rows))
    assert isinstance(found.planned, tuple)
    assert [each.fault.value for each in found.planned] == [
        f"more than {MOST_UNKNOWN:,} different unknown values in Department: is it the right column?"[:80]
    ]
    assert len(found.people.unknown) == MOST_UNKNOWN  # what could be stored stays small


async def test_a_cell_of_fifty_thousand_groups_is_refused_in_no_time(site: Import) -> None:
    begun = time.process_time()
    file = site.export(entra(1, JobTitle=";".join(f"gruppe {number}" for number in range(50_000))))
    faults = await site.faults(file)
    assert [each[2] for each in faults] == ["fault-unreadable"]
    assert time.process_time() - begun < 60  # quadratic work would take minutes


async def test_a_person_without_any_id_is_refused(site: Import) -> None:
    assert await site.faults(site.export(entra(1, Id=""))) == [(2, "Id", "fault-missing", "")]


async def test_an_id_that_keys_of_the_bot_contain_is_refused(site: Import) -> None:
    numbered = ENTRA.replace("[columns]", '[columns]\nid = "MobilePhone"')
    faults = await site.faults(site.export(entra(1, MobilePhone="web"), entra(2, MobilePhone="nes")), numbered)
    assert [each[1:3] for each in faults] == [("MobilePhone", "fault-reserved-id")] * 2


@pytest.mark.parametrize(
    ("name", "dated", "older"),
    [("export-2026-11-20.csv", datetime(2026, 11, 20, tzinfo=UTC), "newer"),
     ("export-2025-11-24.csv", datetime(2025, 11, 24, tzinfo=UTC), "newer"),
     ("export-2026-11-23.csv", datetime(2026, 11, 23, tzinfo=UTC), ""),
     ("export-2026-11-24.csv", datetime(2026, 11, 24, tzinfo=UTC), ""),
     ("export-2027-11-24.csv", datetime(2027, 11, 24, tzinfo=UTC), "future")],
)  # fmt: skip
def test_a_file_older_than_the_last_one_is_refused(site: Import, name: str, dated: datetime, older: str) -> None:
    mapping = site.mapping(ENTRA + '[file]\ndate_in_name = "export-%Y-%m-%d.csv"\n')
    file = site.export(entra(1)).rename(site.folder / name)
    origin = origin_of(file, site.folder / "directory.toml", mapping, ORGANISATION)
    assert (origin.dated, origin.run_id) == (dated, "nes")
    last = DirectoryRun(id="nes", file_dated=datetime(2026, 11, 23, tzinfo=UTC), ran_at=NOON)
    fault = age_fault(origin, last, mapping, at=NOON)
    assert older in fault if older else not fault


def test_without_a_last_one_a_file_may_be_a_month_old_by_when_it_was_written(site: Import) -> None:
    mapping = site.mapping()
    file = site.export(entra(1))
    for days, taken in ((1, True), (30, True), (32, False), (365, False)):
        os.utime(file, times=((NOON - timedelta(days=days)).timestamp(),) * 2)
        origin = origin_of(file, site.folder / "directory.toml", mapping, ORGANISATION)
        assert (age_fault(origin, None, mapping, at=NOON) == "") is taken, days
