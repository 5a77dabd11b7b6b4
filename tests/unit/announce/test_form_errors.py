"""A refused form of the chat is shown again as it was written, with each error below its field."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from dialogs.announce.model import Announcement
from tests.sound import faults_of
from tests.unit.announce.town import TEXTS, Town


@pytest.fixture
def town() -> Town:
    return Town()


def flat(elements: list[Mapping[str, Any]], *, visible: bool = True) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """Yield the elements of a card in order, those of parts inside, and whether they are visible."""
    for element in elements:
        seen = visible and element.get("isVisible", True)
        yield element, seen
        yield from flat(element.get("items", []), visible=seen)


def errors_of(card: Mapping[str, Any]) -> dict[str, str]:
    """Return the visible errors by the field above them; those above all fields by an empty name."""
    errors: dict[str, str] = {}
    field = ""
    for element, visible in flat(card["body"]):
        if str(element["type"]).startswith("Input."):
            field = str(element["id"])
        if element.get("style") == "attention" and element["type"] == "Container" and visible:
            errors[field] = element["items"][0]["text"]
    return errors


def value_of(card: Mapping[str, Any], field: str) -> str:
    [value] = [element["value"] for element, _ in flat(card["body"]) if element.get("id") == field]
    return str(value)


def card_in(town: Town, slot: str) -> Mapping[str, Any]:
    card = town.posts["anja", slot].card
    assert card is not None
    assert not faults_of(card)
    return card


def test_a_refused_draft_keeps_what_was_written_and_names_the_fields(town: Town) -> None:
    fresh = town.begin()
    written = {
        "title_nb": "Nede",
        "body_nb": "",
        "expires": "2020-01-01",
        "link1_nb": "Les",
        "link1_url": "http://x.no",
    }
    outcome = town.act("announce.preview", fresh, **written, joiners="true", channels_only="true")
    assert not outcome.changed
    card = card_in(town, fresh.desk)
    errors = errors_of(card)
    assert set(errors) == {"", "body_nb", "link1_url", "expires"}, "also in the folded part, which is open now"
    assert errors["expires"] == town.texts("anja")("announce.fault.ended")
    for name, value in {**written, "joiners": "true"}.items():
        assert value_of(card, name) == value
    assert town.now_is(fresh).wordings == {}


def test_unknown_people_stand_at_the_list(town: Town) -> None:
    fresh = town.begin()
    town.act("announce.preview", fresh, **TEXTS, list="nils\nfinnes@ikke.example")
    card = card_in(town, fresh.desk)
    assert set(errors_of(card)) == {"list"}
    assert value_of(card, "list") == "nils\nfinnes@ikke.example"


def test_a_form_that_is_too_long_for_a_card_stays_as_the_page_has_it(town: Town) -> None:
    fresh = town.begin()
    before = town.posts["anja", fresh.desk]
    outcome = town.act("announce.preview", fresh, **TEXTS, list="\n".join(f"x{number}@y.no" for number in range(2000)))
    assert outcome.notices
    assert town.posts["anja", fresh.desk] == before


def test_the_next_form_has_no_error(town: Town) -> None:
    fresh = town.begin()
    town.act("announce.preview", fresh, title_nb="Nede", body_nb="")
    assert not town.act("announce.preview", fresh, **TEXTS).notices
    town.act("announce.edit", town.now_is(fresh))
    assert errors_of(card_in(town, fresh.desk)) == {}


def test_a_masked_number_does_not_come_back_with_the_form(town: Town) -> None:
    fresh = town.begin()
    town.act("announce.preview", fresh, **{**TEXTS, "body_nb": "Ring 13097248022."})
    assert "13097248022" not in repr(card_in(town, fresh.desk))
    assert "body_nb" in errors_of(card_in(town, fresh.desk))


def corrected(town: Town, sent: Announcement, **written: str) -> str:
    """Press the button of the form for a correction; return the form's slot."""
    town.act("announce.correct", sent)
    slot = town.slots("anja")[-1]
    data = {"announcement_id": sent.id, "edition": sent.edition}
    assert not town.press("anja", "announce.corrected", slot=slot, **data, **written).changed
    return slot


def test_a_refused_correction_keeps_what_was_written_too(town: Town) -> None:
    sent = town.send(units="nord")
    slot = corrected(town, sent, title_nb="Rettet", body_nb="", expires="2020-01-01")
    card = card_in(town, slot)
    assert set(errors_of(card)) == {"body_nb", "expires"}
    assert value_of(card, "title_nb") == "Rettet"


def test_on_a_page_of_the_desk_the_page_shows_the_form(town: Town) -> None:
    fresh = town.begin()
    before = town.shown("anja", fresh.desk)
    data = {"announcement_id": fresh.id, "edition": str(fresh.edition)}
    outcome = town.press_on_page("anja", "announce.preview", **data, title_nb="Nede", body_nb="")
    assert outcome.notices
    assert town.shown("anja", fresh.desk) == before
