"""History: what the store has, as the page must show it."""

from datetime import timedelta

from bot.channels.web.chat import history
from bot.channels.web.chat.history import CarriedOver
from bot.ports import Commit, Landed, PostWrite
from bot.records.codec import write_of
from dialogs.core import card
from dialogs.core.decision import Put
from dialogs.core.message import Message
from dialogs.core.person import Address
from dialogs.core.web_utterance import WebUtterance
from tests.channels import TEAMS, WEB
from tests.e2e.browser.stage import Stage
from tests.unit.web.conftest import NOON, HeldClock, SetUp

ME = "ansatt-1"


async def said(stage: Stage, id: str, text: str) -> None:
    utterance = WebUtterance(said_id=id, person_id=ME, text=text, at=stage.clock.now())
    await stage.store.commit(Commit(at=stage.clock.now(), records=(write_of(Put(record=utterance), {}),)))


async def read(stage: Stage, carried: CarriedOver | None = None) -> list[str]:
    pushes = await history.read_history(stage.store, stage.channel.formatter, ME, carried or CarriedOver())
    return [
        push["text"] if push["type"] == "said" else push["message"]["text"] for push in pushes if push["type"] != "gone"
    ]


async def test_own_words_and_messages_stand_in_time_order(set_up: SetUp, clock: HeldClock) -> None:
    stage, _ = await set_up()
    for number in range(3):
        await said(stage, str(number), f"spør {number}")
        await stage.post(ME, f"s{number}", Message(text=f"svar {number}"))
        clock.at += timedelta(seconds=1)
    await stage.post(ME, "s0", Message(text="svar 0, rettet"))
    assert await read(stage) == ["spør 0", "svar 0, rettet", "spør 1", "svar 1", "spør 2", "svar 2"]


async def test_a_message_owed_an_update_shows_the_update_and_one_to_be_removed_is_not_shown(set_up: SetUp) -> None:
    stage, _ = await set_up()
    await stage.post(ME, "a", Message(text="gammel"))
    await stage.post(ME, "b", Message(text="skal bort"))
    posts = (
        PostWrite(recipient=ME, slot="a", message=Message(text="ny"), due_at=NOON),
        PostWrite(recipient=ME, slot="b", message=None, due_at=NOON),
        PostWrite(recipient=ME, slot="c", message=Message(text="ikke kommet fram"), due_at=NOON),
    )
    await stage.store.commit(Commit(at=NOON, posts=posts))
    assert await read(stage) == ["ny"]


async def test_what_landed_in_another_channel_is_not_shown(set_up: SetUp) -> None:
    stage, _ = await set_up()
    await stage.post(ME, "web", Message(text="her"))
    await stage.post(ME, "teams", Message(text="der"), channel=TEAMS)
    assert await read(stage) == ["her"]


async def test_a_card_whose_act_goes_on_here_is_shown_and_stays_until_the_page_closes(set_up: SetUp) -> None:
    stage, _ = await set_up()
    sends = card.press("Send", "announce.send", announcement_id="a")
    folded = card.reveal("Mer", card.card([card.paragraph("x")], [sends]))
    await stage.post(ME, "utkast", Message(text="utkast", card=card.card([], [folded])), channel=TEAMS)
    await stage.post(ME, "annet", Message(text="annet", card=card.card([], [card.press("Vis", "x.y")])), channel=TEAMS)
    page = CarriedOver({"announce.send"})
    assert await read(stage) == []
    assert await read(stage, page) == ["utkast"]
    await stage.post(ME, "utkast", Message(text="sendt"), channel=TEAMS)
    assert await read(stage, page) == ["sendt"]
    assert await read(stage, CarriedOver({"announce.send"})) == []


async def test_a_delayed_message_stands_where_it_landed_and_stays_there_when_updated(
    set_up: SetUp, clock: HeldClock
) -> None:
    stage, _ = await set_up()
    [delivery] = await stage.store.commit(
        Commit(at=NOON, posts=(PostWrite(recipient=ME, slot="a", message=Message(text="sent"), due_at=NOON),))
    )
    clock.at += timedelta(hours=1)
    first = await stage.channel.send(delivery, Address(channel=WEB), Message(text="sent"))
    assert isinstance(first, Landed)
    clock.at += timedelta(hours=1)
    second = await stage.channel.update(delivery, first.reference, Message(text="rettet"))
    assert isinstance(second, Landed)
    assert second.reference == first.reference == {"landed_at": (NOON + timedelta(hours=1)).isoformat()}


async def test_only_the_newest_hundred_are_read_and_no_older_words_with_them(set_up: SetUp, clock: HeldClock) -> None:
    stage, _ = await set_up()
    await said(stage, "old", "for lenge siden")
    for number in range(101):
        clock.at += timedelta(seconds=1)
        await stage.post(ME, f"s{number}", Message(text=str(number)))
    assert await read(stage) == [str(number) for number in range(1, 101)]
