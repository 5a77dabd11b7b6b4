"""Who may say where they work, and what the cards let them choose."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dialogs.core.event import Scope
from dialogs.core.person import Person
from dialogs.profile.cards import place_card
from dialogs.profile.flow import VERBS
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import LocalisedName, Unit
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import organisation, person


@pytest.fixture
def stage() -> Stage:
    scene = Stage(organisation(), verbs=VERBS, timers={})
    nina = Person(id="nina", name="Nina", object_id="nina-in-entra", created_at=TUESDAY)
    scene.put(nina, replace(person("kari", "nord"), registered=True))
    return scene


def test_a_newcomer_chooses_municipality_then_unit_in_one_card(stage: Stage) -> None:
    stage.press("nina", "profile.place")
    [slot] = stage.slots("nina")
    assert stage.buttons("nina", slot) == ["profile.municipality"]
    stage.press("nina", "profile.municipality", slot=slot, municipality="lillevik")
    assert "Hjemmetjenesten Nord (Helse)" in stage.shown("nina", slot)
    assert "Bryggen" not in stage.shown("nina", slot)
    stage.press("nina", "profile.unit", slot=slot, unit="nord")
    assert stage.slots("nina") == [slot]
    assert (stage.get(Person, "nina").municipality_id, stage.get(Person, "nina").unit_id) == ("lillevik", "nord")
    assert [(a.act, a.subject, a.by) for a in stage.audits] == [
        ("profile.municipality", "lillevik", "nina"),
        ("profile.unit", "nord", "nina"),
    ]


def test_a_unit_is_told_from_its_namesake(stage: Stage) -> None:
    units = [unit for unit in stage.content.organisation.units() if unit.parent_id is not None]
    for above in ("nord", "sor"):
        units.append(
            Unit(id=f"{above}-natt", municipality_id="lillevik", parent_id=above, names=LocalisedName(nb="Natt"))
        )
    units += [
        Unit(id=f"u{n}", municipality_id="lillevik", parent_id="skole", names=LocalisedName(nb=f"Skole {n}"))
        for n in range(12)
    ]
    towns = stage.content.organisation.municipalities.values()
    stage.content = replace(stage.content, organisation=Organisation.from_units(municipalities=towns, units=units))
    stage.press("nina", "profile.place")
    [slot] = stage.slots("nina")
    stage.press("nina", "profile.municipality", slot=slot, municipality="lillevik")
    assert "Helse › Hjemmetjenesten Nord › Natt" in stage.shown("nina", slot)
    assert "Helse › Hjemmetjenesten Sør › Natt" in stage.shown("nina", slot)
    assert "Skole 7 (Skole)" in stage.shown("nina", slot)


def _large(stage: Stage, number: int) -> None:
    """Let Lillevik have so many schools more, and Nina work there without a unit."""
    towns = stage.content.organisation.municipalities.values()
    units = [unit for unit in stage.content.organisation.units() if unit.parent_id is not None]
    units += [
        Unit(
            id=f"u{n}",
            municipality_id="lillevik",
            parent_id="skole",
            names=LocalisedName(nb=f"Åsen {n:03} oppvekstsenter"),
        )
        for n in range(number)
    ]
    stage.content = replace(stage.content, organisation=Organisation.from_units(municipalities=towns, units=units))
    stage.put(replace(stage.get(Person, "nina"), municipality_id="lillevik"))


@pytest.mark.parametrize(("number", "style"), [(2, "compact"), (100, "filtered")])
def test_among_many_units_one_types_part_of_the_name(stage: Stage, number: int, style: str) -> None:
    _large(stage, number)
    stage.press("nina", "profile.place")
    [slot] = stage.slots("nina")
    card = stage.posts["nina", slot].card
    assert card is not None
    [choice] = [element for element in card["body"] if element["type"] == "Input.ChoiceSet"]
    assert choice["style"] == style
    assert len(choice["choices"]) == 4 + number + 1


def test_among_more_units_than_a_card_holds_one_searches(stage: Stage) -> None:
    _large(stage, 2000)
    stage.press("nina", "profile.place", then_verb="handoff.start", then_question_id="q-1")
    [slot] = stage.slots("nina")
    assert stage.buttons("nina", slot) == ["profile.find", "profile.unit"]
    carried = {"then_verb": "handoff.start", "then_question_id": "q-1"}
    assert all(action["data"].items() >= carried.items() for _, _, action in stage.presses())
    assert stage.press("nina", "profile.find", slot=slot, words=" ").notice
    stage.press("nina", "profile.find", slot=slot, words="zzzzqq", **carried)
    assert "zzzzqq" in stage.shown("nina", slot)
    assert stage.buttons("nina", slot)[0] == "profile.find", "one can try other words at once"
    stage.press("nina", "profile.find", slot=slot, words="hjemetjensten nord", **carried)
    assert "Hjemmetjenesten Nord (Helse)" in stage.shown("nina", slot)
    assert len(json.dumps(stage.posts["nina", slot].card)) < 25_000
    assert stage.buttons("nina", slot) == ["profile.unit", "profile.place"]
    stage.press("nina", "profile.find", slot=slot, words="åsen 1234", **carried)
    assert stage.shown("nina", slot).index("Åsen 1234") < stage.shown("nina", slot).index("står ikke her")
    stage.press("nina", "profile.unit", slot=slot, unit="u1234", **carried)
    assert stage.get(Person, "nina").unit_id == "u1234"
    assert "handoff.start" in stage.buttons("nina", slot)


def test_an_identity_number_that_is_searched_for_is_not_shown_again(stage: Stage) -> None:
    _large(stage, 2000)
    stage.press("nina", "profile.find", words="zzqq 13097248022")
    assert "zzqq" in str(stage.posts)
    assert "13097248022" not in str(stage.posts)


def test_who_is_in_the_registry_searches_no_unit(stage: Stage) -> None:
    assert stage.press("kari", "profile.find", words="nord").notice == stage.texts("kari")("profile.from_registry")


def test_a_tenant_with_municipalities_of_its_own_lets_its_people_choose_among_those(stage: Stage) -> None:
    stage.content = replace(stage.content, homes={"tenant-a": frozenset({"storvik"})})
    stage.put(Person(id="nina", name="Nina", tenant_id="tenant-a", object_id="o", created_at=TUESDAY))
    stage.put(Person(id="guro", name="Guro", tenant_id="tenant-b", object_id="p", created_at=TUESDAY))
    stage.press("nina", "profile.place")
    [slot] = stage.slots("nina")
    assert "Storvik" in str(stage.posts[("nina", slot)].card)
    assert "Lillevik" not in str(stage.posts[("nina", slot)].card)
    outcome = stage.press("nina", "profile.municipality", slot=slot, municipality="lillevik")
    assert outcome.notice
    assert stage.get(Person, "nina").municipality_id is None
    stage.press("nina", "profile.municipality", slot=slot, municipality="storvik")
    assert stage.get(Person, "nina").municipality_id == "storvik"
    stage.press("guro", "profile.municipality", municipality="lillevik")
    assert stage.get(Person, "guro").municipality_id == "lillevik"


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("profile.municipality", {"municipality": "storvik"}),
        ("profile.unit", {"unit": "bryggen"}),
        ("profile.unit", {"unit": "sor"}),
    ],
)
def test_the_registry_alone_places_registered_people(stage: Stage, verb: str, data: dict[str, str]) -> None:
    before = stage.get(Person, "kari")
    outcome = stage.press("kari", verb, **data)
    assert stage.get(Person, "kari") == before
    assert outcome.notice == stage.texts("kari")("profile.from_registry")
    assert outcome.audits[0].details == (("refused", "true"),)


def test_registered_people_are_shown_their_profile_instead_of_the_choice(stage: Stage) -> None:
    stage.press("kari", "profile.place")
    [slot] = stage.slots("kari")
    assert stage.buttons("kari", slot) == ["profile.language", "privacy.show"]


def test_a_municipality_is_chosen_once(stage: Stage) -> None:
    stage.press("nina", "profile.municipality", municipality="lillevik")
    outcome = stage.press("nina", "profile.municipality", municipality="storvik")
    assert stage.get(Person, "nina").municipality_id == "lillevik"
    assert outcome.notice == stage.texts("nina")("profile.municipality_fixed")


def test_whoever_the_registry_knows_no_more_cannot_go_to_another_municipality(stage: Stage) -> None:
    """A session on the web page outlives the removal by some hours, and nobody vouches for its person any more."""
    stage.put(replace(person("nina", "nord"), municipality_id=None, unit_id=None))
    outcome = stage.press("nina", "profile.municipality", municipality="storvik")
    assert not outcome.changed
    assert outcome.notice == stage.texts("nina")("profile.from_registry")
    assert stage.audits[-1].details == (("refused", "true"),)


def test_the_unit_may_change_within_the_municipality_only(stage: Stage) -> None:
    stage.put(person("nina", "nord", object_id="nina-in-entra"))
    stage.press("nina", "profile.unit", unit="skole")
    assert stage.get(Person, "nina").unit_id == "skole"
    stage.press("nina", "profile.unit", unit="bryggen")
    assert stage.get(Person, "nina").unit_id == "skole"


@pytest.mark.parametrize("value", ["", "mars", "' OR 1=1", "x" * 10_000, {"a": 1}, None, ["lillevik"], 7])
@pytest.mark.parametrize(("verb", "name"), [("profile.municipality", "municipality"), ("profile.unit", "unit")])
def test_what_is_no_place_changes_nothing(stage: Stage, verb: str, name: str, value: Any) -> None:
    stage.put(Person(id="nina", name="Nina", municipality_id="lillevik", created_at=TUESDAY))
    outcome = stage.press("nina", verb, **{name: value})
    assert not outcome.changed
    assert outcome.notice


def test_choosing_the_same_twice_is_audited_once(stage: Stage) -> None:
    for _ in range(2):
        stage.press("nina", "profile.municipality", municipality="lillevik")
        stage.press("nina", "profile.unit", unit="nord")
    assert len(stage.audits) == 2


def test_whoever_finds_no_unit_belongs_to_the_municipality(stage: Stage) -> None:
    stage.press("nina", "profile.municipality", municipality="lillevik")
    stage.press("nina", "profile.unit", unit="lillevik")
    assert stage.get(Person, "nina").placed


def test_the_last_card_leads_back_to_what_the_person_was_doing(stage: Stage) -> None:
    nina = stage.get(Person, "nina")
    message = place_card(
        stage.content, stage.texts("nina"), person=nina, then_verb="handoff.start", then_data={"question_id": "q1"}
    )
    card = message.card
    assert card is not None
    carried = card["actions"][0]["data"]
    stage.press("nina", "profile.municipality", slot="profile/1", municipality="lillevik", **carried)
    card = stage.posts[("nina", "profile/1")].card
    assert card is not None
    stage.press("nina", "profile.unit", slot="profile/1", unit="nord", **card["actions"][0]["data"])
    card = stage.posts[("nina", "profile/1")].card
    assert card is not None
    assert card["actions"][0]["verb"] == "handoff.start"
    assert card["actions"][0]["data"] == {"question_id": "q1"}


def test_a_forged_way_back_cannot_break_the_card(stage: Stage) -> None:
    forged = {"then_verb": "x" * 500, "then_primary": "1", "then_checks": {"a": 1}}
    forged |= {"then_" + "n" * 9000: "y", "then_a b": "y"}
    forged |= {f"then_a{n}": "y" * 9000 for n in range(50)}
    stage.press("nina", "profile.municipality", slot="profile/1", municipality="lillevik", **forged)
    card = stage.posts[("nina", "profile/1")].card
    assert card is not None
    data = card["actions"][0]["data"]
    assert len(data) <= 11
    assert all(len(value) <= 200 for value in data.values())
    assert max(map(len, data)) <= 45
    assert "then_a b" not in data


@pytest.mark.parametrize("language", list(Language))
def test_a_chosen_language_is_answered_in_at_once(stage: Stage, language: Language) -> None:
    stage.press("nina", "profile.language", slot="profile/1", language=str(language))
    nina = stage.get(Person, "nina")
    assert (nina.language, nina.language_chosen) == (language, True)
    assert stage.texts("nina")("profile.language_now") in stage.shown("nina", "profile/1")


def test_the_language_can_follow_what_one_writes_again(stage: Stage) -> None:
    stage.press("nina", "profile.language", language="nn")
    stage.press("nina", "profile.language", language="follow")
    assert not stage.get(Person, "nina").language_chosen


def test_an_unknown_language_only_asks_again(stage: Stage) -> None:
    assert not stage.press("nina", "profile.language", language="de").changed


def test_in_a_group_the_profile_goes_to_the_persons_own_chat(stage: Stage) -> None:
    stage.press("kari", "profile.show", scope=Scope.TEAM)
    assert "Hjemmetjenesten Nord" in stage.shown("kari", stage.slots("kari")[0])
    [here] = stage.slots("conversation:c-kari")
    assert stage.shown("conversation:c-kari", here) == stage.texts("kari")("common.sent_privately")


def test_a_profile_asked_for_again_comes_below_not_into_the_old_card(stage: Stage) -> None:
    stage.press("kari", "profile.show")
    stage.press("kari", "profile.show")
    assert len(stage.slots("kari")) == 2


def test_a_page_says_in_the_new_language_that_its_language_changed(stage: Stage) -> None:
    outcome = stage.press_on_page("nina", "profile.language", language="nn")
    assert outcome.notice == "Sidene er no på nynorsk, og Heia svarar på nynorsk."
