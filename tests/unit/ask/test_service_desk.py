"""The service desk: read from the organisation file, shown on request."""

from dataclasses import replace

import pytest

from dialogs.ask.flow import VERBS
from dialogs.ask.menu import menu_of
from dialogs.core.person import Person, Role
from knowledge.article.article import Language
from knowledge.organisation.importers.fault import FaultKind
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import DutyHours, LocalisedName, Municipality, ServiceDesk
from tests.unit.driver import CATALOGUE, TUESDAY, Stage
from tests.unit.handoff.scene import person
from tests.unit.read_cards import words_of

FILE = """\
municipalities:
  - id: nes
    names: Nes kommune
    contact: {{role: Kontakt, address: kontakt@nes.example}}
    service_desk: {desk}
"""
FULL = (
    "{phone: '+47 00 00 00 01', page: 'https://it.nes.example/a', hours: {nb: 8–15, en: 8 to 3}, "
    "evening_duty: {phone: '000', hours: kveld}}"
)


def read(desk: str) -> tuple[Municipality, list[tuple[str, FaultKind]]]:
    organisation, faults = Organisation.parse(FILE.format(desk=desk))
    return organisation.municipalities["nes"], [(each.column, each.kind) for each in faults]


def test_all_fields_are_read() -> None:
    found, faults = read(FULL)
    assert faults == []
    assert found.service_desk == ServiceDesk(
        phone="+47 00 00 00 01",
        page="https://it.nes.example/a",
        hours=LocalisedName(nb="8–15", en="8 to 3"),
        evening_duty=DutyHours(phone="000", hours=LocalisedName(nb="kveld")),
    )


@pytest.mark.parametrize(
    ("desk", "faults"),
    [
        ("{phone: ring oss}", [("phone", FaultKind.BAD_VALUE), ("phone", FaultKind.MISSING)]),
        ("{page: 'http://it.nes.example/'}", [("page", FaultKind.BAD_VALUE), ("phone", FaultKind.MISSING)]),
        ("{page: 'https://it.nes.example/](x)', phone: '000'}", [("page", FaultKind.BAD_VALUE)]),
        ("{hours: 8–15}", [("phone", FaultKind.MISSING)]),
        ("{phone: '000', evening_duty: {hours: kveld}}", [("phone", FaultKind.MISSING)]),
        ("{phone: '000', fax: '1'}", [("fax", FaultKind.UNKNOWN_FIELD)]),
        ("000", [("service_desk", FaultKind.WRONG_TYPE)]),
    ],
)
def test_every_fault_is_reported_and_the_municipality_stays(desk: str, faults: list[tuple[str, FaultKind]]) -> None:
    found, reported = read(desk)
    assert sorted(reported) == sorted(faults)
    assert found.id == "nes"
    if found.service_desk is not None:
        assert (found.service_desk.phone, found.service_desk.page, found.service_desk.evening_duty) == (
            "000",
            None,
            None,
        )


@pytest.fixture
def scene() -> Stage:
    organisation, faults = Organisation.parse(FILE.format(desk=FULL))
    assert not faults
    return Stage(organisation, verbs=VERBS, timers={})


def test_the_action_shows_the_desk_of_ones_own_municipality(scene: Stage) -> None:
    scene.put(person("kari", "nes", municipality_id="nes"))
    scene.press("kari", "ask.service_desk")
    shown = scene.shown("kari", scene.slots("kari")[0])
    [slot] = scene.slots("kari")
    message = scene.posts["kari", slot]
    assert message.card is not None
    assert message.text.split("\n") == list(words_of(message.card["body"]))
    assert scene.buttons("kari", slot) == ["handoff.start"]
    for words in ("Nes kommune", "Ring +47 00 00 00 01, 8–15.", "Vakt: 000, kveld.", "https://it.nes.example/a"):
        assert words in shown


def test_without_a_desk_the_published_contact_is_named(scene: Stage) -> None:
    nes = replace(scene.content.organisation.municipalities["nes"], service_desk=None)
    scene.content = replace(scene.content, organisation=Organisation.from_units(municipalities=[nes], units=[]))
    scene.put(person("kari", "nes", municipality_id="nes"))
    scene.press("kari", "ask.service_desk")
    shown = scene.shown("kari", scene.slots("kari")[0])
    texts = scene.texts("kari")
    assert texts("service_desk.none", municipality="Nes kommune") in shown
    assert texts("service_desk.contact", contact="Kontakt", address="kontakt@nes.example") in shown


def test_without_a_desk_and_a_contact_it_is_said_that_none_is_published(scene: Stage) -> None:
    nes = replace(scene.content.organisation.municipalities["nes"], service_desk=None, contact=None)
    scene.content = replace(scene.content, organisation=Organisation.from_units(municipalities=[nes], units=[]))
    scene.put(person("kari", "nes", municipality_id="nes"))
    scene.press("kari", "ask.service_desk")
    none = scene.texts("kari")("service_desk.none", municipality="Nes kommune")
    assert none in scene.shown("kari", scene.slots("kari")[0])


def test_outsiders_get_the_public_address_only(scene: Stage) -> None:
    scene.put(Person(id="guest-1", name="", municipality_id="nes", unit_id="nes", created_at=TUESDAY))
    scene.press("guest-1", "ask.service_desk")
    shown = scene.shown("guest-1", scene.slots("guest-1")[0])
    assert "For deg som ikke er ansatt" in shown
    assert "00 00 00 01" not in shown


def test_the_menu_has_the_commands_that_the_help_of_a_role_names() -> None:
    texts = CATALOGUE[Language.NB]
    everyone, editor = menu_of(texts, ()), menu_of(texts, {Role.EDITOR})
    assert len(everyone) > 3
    assert len(set(everyone)) == len(everyone)
    assert all(f"«{command}»" in texts("ask.help") for command in everyone)
    assert set(everyone) < set(editor)
    assert all(command and "«" not in command for command in menu_of(CATALOGUE[Language.EN], {Role.EDITOR}))


def test_those_without_a_municipality_choose_one_first(scene: Stage) -> None:
    scene.put(Person(id="ny", name="Ny", created_at=TUESDAY))
    scene.press("ny", "ask.service_desk")
    [slot] = scene.slots("ny")
    assert slot.startswith("profile/")
    assert "00 00 00 01" not in scene.shown("ny", slot)
