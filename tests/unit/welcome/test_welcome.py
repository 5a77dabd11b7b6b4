"""The first meeting and the last."""

from dataclasses import replace
from itertools import product

import pytest

from dialogs.ambassadors.feature import VERBS as AMBASSADOR_VERBS
from dialogs.core.event import Scope
from dialogs.core.message import Card
from dialogs.core.person import Address, Person
from dialogs.handoff.feature import TIMERS, VERBS
from dialogs.welcome.flow import arrive, left, welcome
from knowledge.article.article import Language
from tests.channels import TEAMS, WEB
from tests.learned import sample_content
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import asked, organisation, person
from tests.unit.handoff.scene import stage as town


@pytest.fixture
def stage() -> Stage:
    scene = Stage(organisation(), verbs={"arrive": arrive, "left": left}, timers=TIMERS)
    scene.put(Person(id="nina", name="Nina", created_at=TUESDAY), replace(person("kari", "nord"), registered=True))
    return scene


def test_a_person_is_welcomed_once(stage: Stage) -> None:
    assert stage.press("nina", "arrive").changed
    assert not stage.press("nina", "arrive").changed
    assert stage.slots("nina") == ["welcome/nina"]


def test_the_welcome_says_what_is_stored_and_how_to_delete_it(stage: Stage) -> None:
    stage.press("nina", "arrive")
    shown, texts = stage.shown("nina", "welcome/nina"), stage.texts("nina")
    assert texts("welcome.stored") in shown
    assert "mine data" in shown
    assert stage.buttons("nina", "welcome/nina") == [
        "profile.place",
        "ask.suggest",
        "profile.language",
        "privacy.notice",
    ]


def test_the_first_visit_shows_fifty_words_at_most() -> None:
    for language in Language:
        scene = town(verbs={**VERBS, "arrive": arrive})
        scene.put(Person(id="nina", name="", language=language, language_chosen=True, created_at=TUESDAY))
        scene.press("nina", "arrive")
        card = scene.posts[("nina", "welcome/nina")].card
        assert card is not None
        assert visible_words(card) <= 50, language


def test_the_first_visit_of_who_is_deep_in_an_organisation_shows_fifty_words_at_most() -> None:
    organisation = sample_content().organisation
    content = replace(town().content, organisation=organisation)
    for unit, language in product(organisation.units(), Language):
        placed = replace(person("p", unit.id), municipality_id=organisation.path(unit.id)[-1].id)
        card = welcome(content, content.texts[language], placed).card
        assert card is not None
        assert visible_words(card) <= 50, (unit.id, language)


def visible_words(card: Card) -> int:
    texts = [element.get("text") or " ".join(one["title"] for one in element["actions"]) for element in card["body"]]
    return len(" ".join(texts).split())


def test_who_is_in_the_registry_is_greeted_with_their_unit(stage: Stage) -> None:
    stage.press("kari", "arrive")
    assert "Hjemmetjenesten Nord, Lillevik kommune" in stage.shown("kari", "welcome/kari")
    assert "profile.place" not in stage.buttons("kari", "welcome/kari")


def test_an_offer_that_waited_is_below_the_welcome_and_can_be_taken_there() -> None:
    scene = town(verbs={**VERBS, **AMBASSADOR_VERBS, "arrive": arrive})
    handoff_id = asked(scene)
    scene.press("ana", "arrive")
    offer, welcome, desk = scene.slots("ana")
    assert (offer, welcome) == (f"handoff/{handoff_id}/offer", "welcome/ana")
    assert "handoff.accept" in scene.buttons("ana", desk)
    scene.press("ana", "handoff.accept", slot=desk, handoff_id=handoff_id)
    assert "handoff.accept" not in scene.buttons("ana", offer) + scene.buttons("ana", desk)
    scene.press("bo", "arrive")
    assert scene.slots("bo") == ["welcome/bo"], "nothing waits for Bo"


def test_a_contacts_first_visit_ends_with_the_question_that_waits() -> None:
    scene = town(verbs={**VERBS, **AMBASSADOR_VERBS, "arrive": arrive})
    handoff_id = asked(scene)
    for helper in ("ana", "bo", "cato"):
        scene.press(helper, "handoff.decline", handoff_id=handoff_id)
    scene.press("kim", "arrive")
    *_, welcome, last = scene.slots("kim")
    assert welcome == "welcome/kim"
    assert "handoff.accept" in scene.buttons("kim", last)
    scene.press("kim", "handoff.accept", slot=last, handoff_id=handoff_id)
    assert "handoff.accept" not in scene.buttons("kim", last)


@pytest.mark.parametrize("scope", [Scope.GROUP, Scope.TEAM])
def test_a_group_gets_a_short_hello_and_nobody_counts_as_welcomed(stage: Stage, scope: Scope) -> None:
    outcome = stage.press("nina", "arrive", scope=scope)
    assert not outcome.changed
    assert stage.shown("conversation:c-nina", "welcome/group") == stage.texts("nina")("welcome.group")


def test_leaving_closes_that_channel_and_no_other(stage: Stage) -> None:
    teams = Address(channel=TEAMS)
    stage.put(person("ola", "skole").reached_at(teams))
    stage.press("ola", "left")
    addresses = stage.get(Person, "ola").addresses
    assert (addresses[WEB].reachable, addresses[TEAMS].reachable) == (False, True)


def test_a_group_that_removes_the_bot_closes_nobodys_chat(stage: Stage) -> None:
    assert not stage.press("kari", "left", scope=Scope.GROUP).changed


def test_leaving_unknown_does_nothing(stage: Stage) -> None:
    assert not stage.press("", "left").changed
