"""An export of Entra or Active Directory becomes people of the registry, by a mapping and without editing."""

import pytest

from bot.settings.model import BadSettings
from dialogs.core.person import Role, account_person_id
from knowledge.organisation.organisation import Organisation
from tests.unit.cli.registry_scene import TENANT
from tests.unit.directory.conftest import ENTRA, HEADER, Import, entra, object_id

AD = """
municipality = "nes"
[columns]
id = "EmployeeID"
name = {join = ["GivenName", "Surname"]}
unit = ["Department", "Office"]
email = "EmailAddress"
[file]
empty = ["-"]
"""


async def test_an_export_of_entra_is_imported_as_it_is(site: Import) -> None:
    rows = [
        entra(1, Mail="ansatt.1@nes.example", PreferredLanguage="nn-NO"),
        entra(2, "Helse og mestring", JobTitle="Kommunikasjonsrådgiver"),
        entra(3, "IKT-avdelingen"),
        entra(4, AccountEnabled="False"),
        entra(5, UserType="guest"),
    ]
    mapped, _ = await site.load(site.export(*rows))
    people = await site.people()
    assert {name: each.unit_id for name, each in people.items()} == {
        "Ansatt 1": "nes-skole",
        "Ansatt 2": "nes-helse",
        "Ansatt 3": "nes-it",
    }
    assert (people["Ansatt 1"].email, people["Ansatt 1"].language) == ("ansatt.1@nes.example", "nn")
    assert people["Ansatt 2"].email == "ansatt2@nes.example"
    assert people["Ansatt 2"].roles == {Role.EMPLOYEE, Role.ANNOUNCER}
    assert mapped.skipped == 2


async def test_who_teams_sign_in_or_scim_met_first_is_the_same_person(site: Import) -> None:
    await site.load(site.export(entra(1)))
    [person] = (await site.people()).values()
    assert person.account == (TENANT, object_id(1))
    # The id that Teams, a sign-in with Entra and SCIM would have given.
    assert person.id == account_person_id(TENANT, object_id(1))


async def test_an_identity_goes_before_an_id_so_that_nobody_is_there_twice(site: Import) -> None:
    await site.load(site.export(entra(1)))
    numbered = ENTRA.replace("[columns]", '[columns]\nid = "MobilePhone"')
    _, planned = await site.load(site.export(entra(1, MobilePhone="e-17")), numbered)
    assert planned.empty
    assert [*(await site.people())] == ["Ansatt 1"]


async def test_an_export_of_active_directory_joins_columns_and_tries_them_in_order(site: Import) -> None:
    rows = ["17,Kari,Ansatt,-,Vormsund skole,kari@nes.example", "18,Ola,,IT,,"]
    await site.load(site.export(*rows, header="EmployeeID,GivenName,Surname,Department,Office,EmailAddress"), AD)
    people = await site.people()
    assert {name: (each.id, each.unit_id) for name, each in people.items()} == {
        "Kari Ansatt": ("17", "nes-vormsund-skole"),
        "Ola": ("18", "nes-it"),
    }


async def test_an_unknown_department_is_counted_and_its_people_stay(site: Import) -> None:
    await site.load(site.export(entra(1), entra(2)))
    mapped, planned = await site.load(site.export(entra(1, "Ny avdeling"), entra(2, "Ny avdeling"), entra(3, "Annet")))
    assert [(each.field, each.value, number) for each, number in mapped.unknown.items()] == [
        ("unit", "Ny avdeling", 2),
        ("unit", "Annet", 1),
    ]
    assert (mapped.unplaced, planned.people.removals) == (3, ())
    assert {each.unit_id for each in (await site.people()).values()} == {None}


async def test_an_empty_department_leaves_people_where_they_are(site: Import) -> None:
    await site.load(site.export(entra(1, "Helse")))
    mapped, planned = await site.load(site.export(entra(1, "")))
    assert planned.empty
    assert not mapped.unknown


async def test_of_an_unknown_municipality_nobody_comes_and_nobody_goes(site: Import) -> None:
    mapping = ENTRA.replace('municipality = "nes"', "").replace("[columns]", '[columns]\nmunicipality = "MobilePhone"')
    await site.load(
        site.export(entra(1, MobilePhone="Nes"), entra(2, "Skole", MobilePhone="Eidsvoll kommune")), mapping
    )
    people = await site.people()
    assert [each.unit_id for each in people.values()] == ["nes-skole", "eidsvoll-skole"]
    rows = [
        entra(1, MobilePhone="Konsernet"),
        entra(2, "Skole", MobilePhone="Eidsvoll"),
        entra(3, MobilePhone="Konsernet"),
    ]
    mapped, planned = await site.load(site.export(*rows), mapping)
    assert planned.empty
    assert [(each.field, each.value, number) for each, number in mapped.unknown.items()] == [
        ("municipality", "Konsernet", 2)
    ]


async def test_a_file_of_one_municipality_leaves_the_others_alone(site: Import) -> None:
    await site.load(site.export(entra(1)))
    other = ENTRA.replace('"nes"', '"eidsvoll"').replace("nes-skole", "eidsvoll-skole")
    other = other[: other.index('"Helse')] + other[other.index("[roles]") :]
    await site.load(site.export(entra(2)), other)
    assert {each.municipality_id for each in (await site.people()).values()} == {"nes", "eidsvoll"}


async def test_a_unit_says_the_municipality_where_no_column_does(site: Import) -> None:
    mapping = ENTRA.replace('municipality = "nes"', "").replace("[roles]", '"Grunnskole" = "eidsvoll-skole"\n[roles]')
    await site.load(site.export(entra(1), entra(2, "Grunnskole")), mapping)
    assert [each.municipality_id for each in (await site.people()).values()] == ["nes", "eidsvoll"]


async def test_the_same_department_is_another_unit_in_another_municipality(site: Import) -> None:
    mapping = ENTRA.replace('municipality = "nes"', "").replace("[columns]", '[columns]\nmunicipality = "MobilePhone"')
    mapping += '[units.eidsvoll]\n"Oppvekst og utdanning" = "eidsvoll-skole"\n'
    await site.load(site.export(entra(1, MobilePhone="nes"), entra(2, MobilePhone="eidsvoll")), mapping)
    assert [each.unit_id for each in (await site.people()).values()] == ["nes-skole", "eidsvoll-skole"]


@pytest.mark.parametrize(
    ("office", "company", "unit"),
    [("Vormsund", "", "nes-vormsund-skole"), ("", "Undervisning", "nes-skole"), ("Rådhuset", "Stab", "nes-it"),
     ("Rådhuset", "Undervisning", None), ("Ukjent", "", None)],
)  # fmt: skip
async def test_building_and_sector_place_whom_no_department_does(
    site: Import, office: str, company: str, unit: str | None
) -> None:
    mapping = ENTRA.replace("[columns]", '[columns]\nsite = "MobilePhone"\nsector = "PreferredLanguage"')
    mapping += '[sites]\n"Vormsund" = "nes-vormsund"\n"Rådhuset" = "nes-raadhus"\n'
    mapping += '[sectors]\n"Undervisning" = "school"\n"Stab" = "administration"\n'
    await site.load(site.export(entra(1, "", MobilePhone=office, PreferredLanguage=company)), mapping)
    [person] = (await site.people()).values()
    assert person.unit_id == unit


async def test_a_role_that_the_export_does_not_give_is_not_taken(site: Import) -> None:
    await site.load(site.export(entra(1, JobTitle="Kommunikasjonssjef")))
    mapping = ENTRA.replace('"Kommunikasjons*" = "announcer"', '"Redaktør" = "editor"')
    await site.load(site.export(entra(1, JobTitle="Redaktør")), mapping)
    assert (await site.people())["Ansatt 1"].roles == {Role.EMPLOYEE, Role.ANNOUNCER, Role.EDITOR}
    await site.load(site.export(entra(1)), mapping)
    assert (await site.people())["Ansatt 1"].roles == {Role.EMPLOYEE, Role.ANNOUNCER}


async def test_a_column_makes_no_ambassador_and_the_list_of_ambassadors_does(site: Import) -> None:
    with pytest.raises(BadSettings, match=r"roles: IKT-rådgiver: ambassador comes from the registry; .* \(line 19\)"):
        site.mapping(ENTRA.replace('"Kommunikasjons*" = "announcer"', '"IKT-rådgiver" = "ambassador"'))
    listed, other = (account_person_id(TENANT, object_id(number)) for number in (1, 2))
    ambassadors = site.folder / "ambassadors.csv"
    ambassadors.write_text(f"person_id,capacity\n{listed},5\n", "utf-8")
    export = site.export(entra(1), entra(2))
    _, planned = await site.load(export, ambassadors=ambassadors)
    assert planned.helpers[listed].capacity == 5
    assert other not in planned.helpers
    _, planned = await site.load(export)
    assert {*planned.helpers} == {listed}, "whoever is one stays one"
    assert (await site.people())["Ansatt 1"].roles == {Role.EMPLOYEE, Role.AMBASSADOR}
    assert (await site.people())["Ansatt 2"].roles == {Role.EMPLOYEE}
    assert planned.empty


async def test_people_of_a_unit_that_is_gone_follow_it_to_the_next(site: Import) -> None:
    before, _ = Organisation.parse(
        "municipalities:\n  - id: nes\n    names: {nb: Nes}\n    units:\n"
        "      - {id: nes-omsorg, names: {nb: Omsorg}}\n      - {id: nes-pleie, names: {nb: Pleie}}\n"
        "      - {id: nes-arkiv, names: {nb: Arkiv}}\n"
    )
    old = Import(site.folder, site.store, before)
    mapping = ENTRA[: ENTRA.index("[units]")] + "[skip]\n"
    await old.load(site.export(entra(1, "Omsorg"), entra(2, "Pleie"), entra(3, "Arkiv")), mapping)
    mapping += '[moved]\n"nes-pleie" = "nes-pleie-og-helse"\n"nes-pleie-og-helse" = "nes-helse"\n'
    mapped, _ = await site.load(site.export(entra(1, ""), entra(2, ""), entra(3, "")), mapping)
    people = await site.people()
    # The first by `formerly` in the organisation file, the second by [moved]; the third has no rule and is listed.
    assert [each.unit_id for each in people.values()] == ["nes-helse", "nes-helse", None]
    assert [(each.value, number) for each, number in mapped.unknown.items()] == [("nes-arkiv", 1)]


async def test_headings_are_found_below_titles_and_regardless_of_capitals(site: Import) -> None:
    file = site.export(entra(1), header="Ansatte i Nes kommune\r\n\r\n" + HEADER.upper())
    await site.load(file)
    assert [*(await site.people())] == ["Ansatt 1"]
