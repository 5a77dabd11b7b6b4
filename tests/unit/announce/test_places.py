"""Which places an announcement may be for, where there are more of them than a card holds."""

import json
from dataclasses import replace

import pytest

from dialogs.announce.model import Announcement
from dialogs.core.card import Element
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import LocalisedName, Municipality, Site, Unit
from tests.snapshot.seen import MAX_BYTES
from tests.unit.announce.town import Town

SCHOOLS = 400


@pytest.fixture
def town() -> Town:
    """Lillevik with 400 schools, each with a class called Natt and a building, and the other 356 municipalities."""
    stage = Town()
    known = stage.content.organisation
    units = [unit for unit in known.units() if unit.parent_id is not None]
    for number in range(SCHOOLS):
        school = f"skole-{number}"
        units.append(_unit(school, "skole", f"Åsen {number:03} oppvekstsenter"))
        units.append(_unit(f"{school}-natt", school, "Natt"))
    towns = [Municipality(id=f"by-{number}", names=LocalisedName(nb=f"Byen {number} kommune")) for number in range(354)]
    sites = [
        Site(id=f"bygg-{number}", municipality_id="lillevik", names=LocalisedName(nb=f"Bygg {number}"))
        for number in range(SCHOOLS)
    ]
    organisation = Organisation.from_units(
        municipalities=[*known.municipalities.values(), *towns], units=units, sites=[*known.sites.values(), *sites]
    )
    stage.content = replace(stage.content, organisation=organisation)
    return stage


def _unit(id_: str, parent: str, name: str) -> Unit:
    return Unit(id=id_, municipality_id="lillevik", parent_id=parent, names=LocalisedName(nb=name))


def form_of(town: Town, who: str) -> Element:
    town.press(who, "announce.new")
    [draft] = town.all(Announcement)
    shown = town.posts[who, draft.desk].card
    assert shown is not None
    return shown


@pytest.mark.parametrize("who", ["anja", "drude"])
def test_the_form_of_a_large_organisation_fits_into_a_card(town: Town, who: str) -> None:
    shown = json.dumps(form_of(town, who), ensure_ascii=False)
    assert len(shown.encode()) <= MAX_BYTES
    assert '"named"' in shown


def test_of_too_many_units_the_upper_levels_are_offered(town: Town) -> None:
    shown = json.dumps(form_of(town, "anja"), ensure_ascii=False)
    assert '"skole"' in shown
    assert '"skole-7"' not in shown


def test_a_unit_and_a_building_are_named(town: Town) -> None:
    draft = town.draft("anja", named=" åsen 007  oppvekstsenter\n\nBygg 3 ")
    assert draft.audience.unit_ids == {"skole-7"}
    assert draft.audience.site_ids == {"bygg-3"}
    assert '"skole-7"' in json.dumps(form_again(town, draft)), (
        "what is chosen stays in the list, to be taken away again"
    )


def form_again(town: Town, draft: Announcement) -> Element:
    town.act("announce.edit", draft)
    shown = town.posts["anja", draft.desk].card
    assert shown is not None
    return shown


def test_what_several_places_are_called_is_asked_back_and_told_apart_by_what_is_above(town: Town) -> None:
    outcome, draft = town.fill("anja", named="Natt")
    [notice] = outcome.notices
    assert "Åsen 000 oppvekstsenter > Natt" in notice
    assert draft.audience.unit_ids == frozenset()
    assert town.draft("anja", named="Åsen 009 oppvekstsenter > Natt").audience.unit_ids == {"skole-9-natt"}


@pytest.mark.parametrize("name", ["Brygge", "Åsen 999 oppvekstsenter", "Helse > Skole"])
def test_places_that_are_not_there_or_not_ones_own_are_refused(town: Town, name: str) -> None:
    outcome, draft = town.fill("anja", named=name)
    assert name in outcome.notices[0]
    assert draft.edition == 0


def test_who_writes_to_all_names_municipalities_and_their_units(town: Town) -> None:
    draft = town.draft("drude", named="Byen 7 kommune\nLillevik kommune > Skole")
    assert draft.audience.municipality_ids == {"by-7"}
    assert draft.audience.unit_ids == {"skole"}
