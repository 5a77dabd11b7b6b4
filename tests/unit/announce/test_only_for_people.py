"""Announcements are for people somebody vouches for: a guest, or one the registry no longer knows, reads none."""

from dataclasses import replace

import pytest

from dialogs.announce.model import Announcement, Confirmation
from dialogs.core.person import Person
from dialogs.core.question import Question
from dialogs.core.session import Session
from tests.unit.announce.town import Town, person

GUEST = "guest-1"
LEFT = "left"
SECRET = "Kodeordet er kveldsmat"


@pytest.fixture
def town() -> Town:
    """Return a town with a guest and a former colleague, both of whom say they work in the north."""
    town = Town()
    town.put(person(GUEST, "nord"), person(LEFT, "nord", object_id=None, tenant_id=None))
    return town


def sent(town: Town, **fields: str) -> Announcement:
    return town.send(body_nb=SECRET, body_nn=SECRET, **fields)


def read_by(town: Town, who: str) -> str:
    return " ".join(town.shown(who, slot) for slot in town.slots(who))


AUDIENCES = ({}, {"units": "nord"}, {"roles": "employee"}, {"languages": "nb"}, {"list": f"{GUEST}\n{LEFT}\nnils"})


@pytest.mark.parametrize("who", [GUEST, LEFT])
@pytest.mark.parametrize("audience", AUDIENCES, ids=str)
def test_typing_status_shows_no_announcement(town: Town, who: str, audience: dict[str, str]) -> None:
    sent(town, **audience)
    town.press("nils", "status.show")
    assert SECRET in read_by(town, "nils")
    town.press(who, "status.show")
    assert read_by(town, who)
    assert SECRET not in read_by(town, who)


@pytest.mark.parametrize("who", [GUEST, LEFT])
def test_the_buttons_of_an_announcement_do_nothing_for_one_who_knows_its_id(town: Town, who: str) -> None:
    one = sent(town, confirm="true")
    for verb in ("announce.ask", "announce.confirm", "announce.report", "announce.open"):
        town.press(who, verb, announcement_id=one.id, edition=one.edition)
    assert SECRET not in read_by(town, who)
    assert "Teams er nede" not in read_by(town, who)
    assert town.all(Confirmation) == []
    assert town.find(Session, who) is None


def test_a_conversation_about_an_announcement_from_before_goes_on_without_it(town: Town) -> None:
    one = sent(town)
    town.put(Session(id=GUEST, announcement_id=one.id, changed_at=town.now))
    town.say(GUEST, "Når er det oppe igjen?")
    assert "Teams er nede" not in read_by(town, GUEST)
    assert [question.announcement_id for question in town.all(Question)] == [None]


@pytest.mark.parametrize("who", [GUEST, LEFT])
def test_coming_into_the_audience_later_brings_nothing(town: Town, who: str) -> None:
    town.put(replace(town.get(Person, who), unit_id="skole"))
    sent(town, units="nord", joiners="true")
    town.press("nils", "status.follow.teams")
    town.send(body_nb=SECRET, body_nn=SECRET, topic="teams", joiners="true")
    town.press(who, "profile.unit", unit="nord")
    town.press(who, "profile.language", language="nn")
    town.press(who, "status.follow.teams")
    town.press(who, "status.save", topics="teams,outlook")
    assert SECRET not in read_by(town, who)


def test_one_who_is_verified_and_chose_the_unit_reads_on(town: Town) -> None:
    town.put(person("ny", "nord", registered=False))
    sent(town)
    town.press("ny", "status.show")
    assert SECRET in read_by(town, "ny")
