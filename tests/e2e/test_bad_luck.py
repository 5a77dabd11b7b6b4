"""Pressed twice at once, handed in twice, pressed too late, killed in the middle: one effect, and nothing lost."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer

from tests.e2e.caller import PageCaller, TeamsCaller
from tests.e2e.forked import program
from tests.e2e.program import Program
from tests.fakes.connector import Connector, ConnectorServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKER, NEAREST, ANNOUNCER = "p020", "p021", "p023"
AT_ONCE: Final = 8
STRANGER: Final = "00000000-0000-4000-9000-000000000777"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def connector() -> AsyncIterator[Connector]:
    async with TestServer(ConnectorServer().app) as server, Connector(str(server.make_url(""))) as hand:
        yield hand


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heia(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    async with program(Path(tmp_path_factory.mktemp("heia"))) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest.fixture
def asker(http: aiohttp.ClientSession, heia: Program, connector: Connector) -> TeamsCaller:
    return TeamsCaller(http, heia.messages, connector, "00000000-0000-0000-0000-000000000020")


@pytest_asyncio.fixture(loop_scope="module")
async def helper(http: aiohttp.ClientSession, heia: Program) -> AsyncIterator[PageCaller]:
    page = await PageCaller.of(http, heia.url, NEAREST)
    yield page
    await page.close()


async def previewed(asker: TeamsCaller) -> dict[str, str]:
    """Open a preview and return what its buttons carry."""
    await asker.press("handoff.start")
    found = re.findall(r'"handoff_id": "([^"]+)"', (await asker.heard())[-1])
    return {"handoff_id": found[-1]}


async def sent(asker: TeamsCaller, helper: PageCaller, question: str) -> dict[str, str]:
    """Send a question to the nearest; return what its buttons carry."""
    preview = await previewed(asker)
    await asker.press("handoff.send", {**preview, "question": question})
    await helper.hears(question)
    return preview


async def test_an_activity_handed_in_again_and_again_is_handled_once(asker: TeamsCaller, connector: Connector) -> None:
    before = len(await asker.heard())
    activity = asker.activity(text="hei")
    answers = await asyncio.gather(*(asker.post(activity) for _ in range(AT_ONCE)))
    assert {status for status, _ in answers} == {200}
    assert len(await asker.heard()) == before + 1
    await asker.post(activity)
    assert len(await asker.heard()) == before + 1
    elsewhere = {**activity["conversation"], "id": "a:other"}
    await asker.post({**activity, "conversation": elsewhere})
    assert len((await connector.messages())["a:other"]) == 1


async def test_a_button_pressed_many_times_at_once_sends_one_question(asker: TeamsCaller, helper: PageCaller) -> None:
    preview = await previewed(asker)
    presses = [asker.pressing("handoff.send", {**preview, "question": "Hvem har nøkkelen?"}) for _ in range(AT_ONCE)]
    answers = await asyncio.gather(*(asker.post(each) for each in (*presses, *presses)))
    assert {status for status, _ in answers} == {200}
    await helper.hears("Hvem har nøkkelen?")
    assert helper.slots("Hvem har nøkkelen?") == {f"handoff/{preview['handoff_id']}/offer"}
    await asker.press("handoff.withdraw", preview)


@pytest.mark.parametrize(
    ("other", "outcomes"),
    [
        ("handoff.accept", {"hjelper deg nå"}),
        ("handoff.decline", {"hjelper deg nå", "Sendt til"}),
        ("handoff.withdraw", {"trakk spørsmålet"}),
    ],
)
async def test_whoever_presses_at_the_same_time_all_see_one_outcome(
    asker: TeamsCaller, helper: PageCaller, other: str, outcomes: set[str]
) -> None:
    question = f"Samtidig med {other}?"
    preview = await sent(asker, helper, question)
    second = asker.press(other, preview) if other == "handoff.withdraw" else helper.press(other, preview)
    await asyncio.gather(helper.press("handoff.accept", preview), second, helper.press("handoff.accept", preview))
    await asker.press("handoff.mine")
    listed = json.loads((await asker.heard())[-1])["summary"]
    [standing] = re.findall(rf"{re.escape(question)}: (.*)", listed)
    [outcome] = [each for each in outcomes if each in standing]
    news = [each for each in await asker.heard() if f"handoff/{preview['handoff_id']}/accepted/" in each]
    assert len(news) <= 1
    assert outcome != "Sendt til" or not news
    await asker.press("handoff.withdraw", preview)
    assert (await helper.press("handoff.accept", preview))["notice"]


async def test_a_card_of_yesterday_says_how_things_stand_and_does_nothing(
    asker: TeamsCaller, helper: PageCaller
) -> None:
    preview = await sent(asker, helper, "Hvor er stigen?")
    await asker.press("handoff.withdraw", preview)
    for verb in ("handoff.accept", "handoff.decline", "handoff.resolve", "handoff.pass_card", "handoff.release"):
        answer = await helper.press(verb, {**preview, "answer": "Her"})
        assert answer["notice"], verb
    for verb in ("handoff.send", "handoff.edit", "handoff.confirm", "handoff.reopen", "handoff.rate", "handoff.cancel"):
        await asker.press(verb, {**preview, "question": "Hvor er saksa?", "rating": "5", "words": "Hvor?"})
    await helper.ping()
    assert not helper.slots("Hvor er saksa?")
    assert not [each for each in await asker.heard() if "Her" in each and preview["handoff_id"] in each]


async def test_an_announcement_sent_many_times_at_once_comes_once_and_a_recalled_one_is_over(
    http: aiohttp.ClientSession, heia: Program
) -> None:
    announcer, reader = await PageCaller.of(http, heia.url, ANNOUNCER), await PageCaller.of(http, heia.url, ASKER)
    await announcer.press("announce.new")
    draft = await announcer.finds("announce.preview")
    given = {**draft, "title_nb": "Heisen står", "body_nb": "Bruk trappa.", "confirm": "true"}
    await announcer.press("announce.preview", given)
    button = await announcer.finds("announce.send")
    await asyncio.gather(*(announcer.press("announce.send", button) for _ in range(AT_ONCE)))
    await reader.hears("Bruk trappa.")
    await announcer.hears("Sendt")
    await reader.ping()
    assert len(reader.slots("Bruk trappa.")) == 1
    confirm = await reader.finds("announce.confirm")
    await asyncio.gather(*(reader.press("announce.confirm", confirm) for _ in range(AT_ONCE)))
    correct = await announcer.finds("announce.correct")
    old = await announcer.press("announce.corrected", {**correct, "edition": "0", "title_nb": "x", "body_nb": "y"})
    assert old["notice"]
    recall = await announcer.finds("announce.recall")
    await announcer.press("announce.recall", recall)
    really = await announcer.finds("announce.recalled")
    await asyncio.gather(*(announcer.press("announce.recalled", really) for _ in range(AT_ONCE)))
    await reader.hears('"type": "gone"')
    for verb in ("announce.confirm", "announce.ask"):
        assert (await reader.press(verb, confirm))["notice"], verb
    for verb in ("announce.send", "announce.corrected", "announce.resend", "announce.chase", "announce.edit"):
        assert (await announcer.press(verb, {**button, "title_nb": "x", "body_nb": "y"}))["notice"], verb
    await reader.ping()
    assert not reader.slots('"y"')
    await announcer.close()
    await reader.close()


async def test_somebody_unknown_finds_their_place_and_a_colleague_whatever_dies(
    http: aiohttp.ClientSession, heia: Program, connector: Connector
) -> None:
    stranger = TeamsCaller(http, heia.messages, connector, STRANGER, name="Vikar Helse")
    await stranger.say("hei")
    await stranger.press("handoff.start")
    await stranger.hears("profile.municipality")
    place: dict[str, Any] = {"municipality": "nes", "then_verb": "handoff.start"}
    await stranger.press("profile.municipality", place)
    await heia.restart()
    await stranger.press("profile.unit", {"unit": "nes-helse-hjemme-nord", "then_verb": "handoff.start"})
    preview = await previewed(stranger)
    await heia.restart()
    press = stranger.pressing("handoff.send", {**preview, "question": "Hvor er nøkkelskapet?"})
    answers = await asyncio.gather(*(stranger.post(press) for _ in range(AT_ONCE)), return_exceptions=True)
    assert (200, answers[0][1]) == answers[0]  # type: ignore[index]
    asked = re.findall(r"Sendt til ([^,]+),", json.loads(await stranger.hears("Sendt til"))["summary"])
    helper = await PageCaller.of(http, heia.url, await heia.person_named(asked[0]))
    await helper.hears("Hvor er nøkkelskapet?")
    await helper.close()
    await heia.restart()
    assert (await stranger.post(press))[0] == 200
    before = len(await stranger.heard())
    await stranger.press("handoff.mine")
    since = "".join((await stranger.heard())[before:])  # what was under way at the kill may come after the list
    assert set(re.findall(r'"handoff_id": "([^"]+)"', since)) == {preview["handoff_id"]}
    helper = await PageCaller.of(http, heia.url, helper.person_id)
    await helper.hears("Hvor er nøkkelskapet?")  # shown just before the kill, it may not have been settled
    entries = [
        each for each in helper.hello["entries"] if "Hvor er nøkkelskapet?" in json.dumps(each, ensure_ascii=False)
    ]
    assert len({each["slot"] for each in entries} | helper.slots("Hvor er nøkkelskapet?")) == 1
    await helper.press("handoff.accept", preview)
    await stranger.hears("har tatt spørsmålet")
    refused = await stranger.press("profile.municipality", {"municipality": "hurdal"})
    assert "hurdal-" not in refused
    await helper.close()
    assert "failed" not in heia.log


async def test_a_guest_keeps_their_conversation_over_a_kill(heia: Program) -> None:
    guest = await PageCaller.guest(heia.url)
    await guest.say("hei")
    await heia.restart()
    assert guest._own is not None
    page = await PageCaller.open(guest._own, heia.url, None)
    assert page.person_id == guest.person_id
    assert '"text": "hei"' in page.heard[0]
    await page.close()
    await guest.close()
