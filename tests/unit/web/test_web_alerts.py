"""The page to which e-mails link: it shows the choice, and its button alone ends it."""

import pytest

from dialogs.core.alert import ALERTS_PATH
from dialogs.core.event import Pressed
from tests.e2e.browser.stage import Stage
from tests.unit.web.conftest import Client, SetUp
from tests.unit.web.test_web_sessions import link_in

ME = "ansatt-1"
OFF = Pressed(verb="profile.alerts_off")


async def signed_in(set_up: SetUp) -> tuple[Stage, Client]:
    stage, client = await set_up(dev=False)
    stage.alerted.add(ME)
    await link_in(client)
    stage.inbox.received.clear()
    return stage, client


async def test_looking_changes_nothing_and_the_button_turns_it_off(set_up: SetUp) -> None:
    stage, client = await signed_in(set_up)
    for method in ("GET", "HEAD"):
        assert (await client.ask(method, ALERTS_PATH)).status == 200
    text = await (await client.ask("GET", ALERTS_PATH)).text()
    assert "Heia sender deg en e-post" in text
    assert f'<form method="post" action="{ALERTS_PATH}"><button' in text
    assert stage.inbox.received == []
    answer = await client.ask("POST", ALERTS_PATH)
    assert (answer.status, answer.headers["Location"]) == (303, ALERTS_PATH)
    [incoming] = stage.inbox.received
    assert (incoming.what, incoming.sender.person_id, incoming.from_page) == (OFF, ME, True)


async def test_without_the_choice_there_is_no_button(set_up: SetUp) -> None:
    _, client = await set_up(dev=False)
    await link_in(client)
    text = await (await client.ask("GET", ALERTS_PATH)).text()
    assert "Heia sender deg ingen e-post" in text
    assert "<button" not in text


async def test_a_page_of_another_site_turns_nothing_off(set_up: SetUp) -> None:
    stage, client = await signed_in(set_up)
    answer = await client.ask("POST", ALERTS_PATH, headers={"Origin": "https://elsewhere.example"})
    assert answer.status == 403
    assert stage.inbox.received == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_a_sign_in_there_is_nothing_to_turn_off(set_up: SetUp, method: str) -> None:
    stage, client = await set_up(dev=False)
    answer = await client.ask(method, ALERTS_PATH)
    assert (answer.status, answer.headers["Location"]) == (303, "/chat")
    assert stage.inbox.received == []
