"""What a page shows around the conversation: who reads one's words, whether they have arrived, what one can do."""

import uuid
from dataclasses import replace

from bot.ports import DeliveryStatus, Incoming, Key, Settled, Turn
from bot.records.codec import decode
from dialogs.core.event import Pressed, Said
from dialogs.core.message import Message
from dialogs.core.person import Role
from dialogs.core.session import Session
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff.relay import relay_slot
from knowledge.article.article import Language
from tests.channels import WEB
from tests.e2e.browser.relay import store, talking
from tests.e2e.browser.stage import Stage
from tests.unit.web.conftest import NOON, SetUp

ME = "ansatt-1"
HELPER = "ambassador-1"
NAME = "Ambassadør Helse Nord"


async def settle(stage: Stage, person_id: str, slot: str) -> None:
    """Let a message that is on its way arrive."""
    delivery = await stage.store.find_delivery(person_id, slot)
    assert delivery is not None
    arrived = Settled(
        delivery_id=delivery.id,
        lease_token=delivery.lease_token or "",
        version=delivery.version,
        status=DeliveryStatus.SENT,
        at=stage.clock.now(),
        channel=WEB,
        reference={"landed_at": stage.clock.now().isoformat()},
    )
    await stage.store.settle([arrived])


async def test_a_page_knows_who_reads_what_is_written_and_when_that_ends_on_another(set_up: SetUp) -> None:
    async def stop(incoming: Incoming) -> Turn | None:
        if isinstance(incoming.what, Pressed):
            await store(stage, Session(id=ME, changed_at=NOON))
        return None

    stage, client = await set_up()
    before = await client.page(ME)
    assert before.hello["state"]["to"] == ""
    await talking(stage)
    await stage.post(ME, "handoff/h1/accepted/1", Message(text="Jeg hjelper deg."))
    assert (await before.hear("state"))["to"] == NAME
    page, theirs = await client.page(ME), await client.page(HELPER)
    assert page.hello["state"]["to"] == NAME
    assert theirs.hello["state"]["to"] == ""
    stage.inbox.answer = stop
    await page.say({"type": "press", "id": str(uuid.uuid4()), "verb": "handoff.stop", "data": {}})
    for each in (page, before):
        assert (await each.hear("state"))["to"] == ""


async def test_the_owner_of_a_question_has_its_actions_where_they_write_and_the_asker_has_none(set_up: SetUp) -> None:
    stage, client = await set_up()
    await talking(stage)
    await store(stage, Session(id=HELPER, talking_in="h1", changed_at=NOON))
    theirs, mine = await client.page(HELPER), await client.page(ME)
    assert theirs.hello["state"]["to"]
    assert theirs.hello["state"]["actions"] == [
        {"title": "Løst", "verb": "handoff.resolve_card", "data": {"handoff_id": "h1"}},
        {"title": "Gi videre", "verb": "handoff.pass_card", "data": {"handoff_id": "h1"}},
        {"title": "Gi tilbake", "verb": "handoff.release", "data": {"handoff_id": "h1"}},
    ]
    assert mine.hello["state"]["to"] == NAME
    assert mine.hello["state"]["actions"] == []
    await store(stage, Session(id=HELPER, changed_at=NOON))
    await stage.post(HELPER, "handoff/h1/offer", Message(text="Gitt videre."))
    assert (await theirs.hear("state"))["actions"] == []


async def test_words_to_a_colleague_are_delivered_when_they_are_in_the_colleagues_chat(set_up: SetUp) -> None:
    async def relay(incoming: Incoming) -> Turn | None:
        if isinstance(incoming.what, Said):
            [stored] = (await stage.store.get([Key(kind=WebUtterance.KIND, id=incoming.what.stored_as or "")])).values()
            slot = relay_slot("h1", 1) if incoming.what.utterance == "Hei" else None
            await store(stage, replace(decode(WebUtterance, stored), handoff_id="h1", slot=slot))
            if slot:
                await stage.post(HELPER, slot, Message(text="Hei"), settle=False)
        return None

    stage, client = await set_up()
    await talking(stage)
    stage.inbox.answer = relay
    page = await client.page(ME)
    frame = {"type": "say", "id": str(uuid.uuid4()), "text": "Hei"}
    await page.say(frame)
    await page.hear("ack")
    assert [each for each in await page.everything() if each["type"] == "state" and each["delivered"]] == []
    again = await client.page(ME)
    assert again.hello["state"]["delivered"] is None, "not settled yet"
    await settle(stage, HELPER, relay_slot("h1", 1))
    for each in (page, again):
        assert (await each.hear("state"))["delivered"] == {"id": frame["id"], "to": NAME}
    held = {"type": "say", "id": str(uuid.uuid4()), "text": "holdes tilbake"}
    await page.say(held)
    assert (await page.hear("state"))["delivered"] is None


async def test_the_menu_is_that_of_the_help_and_of_the_persons_roles_and_language(set_up: SetUp) -> None:
    stage, client = await set_up()
    plain = (await client.page(ME)).hello["state"]["menu"]
    assert "min ambassadør" in plain
    assert "køen min" not in plain
    stage.roles[ME] = frozenset({Role.AMBASSADOR})
    assert "køen min" in (await client.page(ME)).hello["state"]["menu"]
    stage.languages[ME] = Language.EN
    assert "my queue" in (await client.page(ME)).hello["state"]["menu"]


async def test_the_way_to_the_desk_is_for_those_with_pages_there(set_up: SetUp) -> None:
    stage, client = await set_up(desk_roles=frozenset({Role.EDITOR}))
    assert not (await client.page(ME)).hello["state"]["desk"]
    stage.roles[ME] = frozenset({Role.EDITOR})
    assert (await client.page(ME)).hello["state"]["desk"]
