"""Identity numbers are kept nowhere, whatever field they are typed into; words, names and addresses are in no log."""

import asyncio
import csv
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import aiohttp
import pytest
import pytest_asyncio

import knowledge
from dialogs.router import VERBS
from tests.e2e.caller import PageCaller, TeamsCaller
from tests.e2e.program import Program
from tests.fakes.connector import Connector

pytestmark = pytest.mark.asyncio(loop_scope="module")

ID, D_NUMBER = "01017050040", "41017050034"
WRITTEN: Final = (ID, "010170 50040", "nr 3 01017050040", f"fnr{D_NUMBER}", "410170-50034")
TRACE: Final = re.compile(rb"[04]10170\D{0,6}500[34][04].{0,80}")
ASKER, NEAREST, ANNOUNCER, ADMIN = "p020", "p021", "p023", "p202"
MARK: Final = "zvkaffemaskinen"
FIELDS: Final = (
    *("question", "words", "answer", "title_nb", "body_nb", "title_nn", "body_nn", "links", "list", "reason"),
    *("program", "word", "why", "motive", "tip", "colleague", "then_x", "then_verb", "topic", "topics", "day", "time"),
    *("handoff_id", "question_id", "announcement_id", "application_id", "suggestion_id", "person_id", "colleague_id"),
    *("module_id", "step", "choice", "plan_id", "theme", "page"),
    *("article_id", "substitute_id", "course_id", "municipality", "unit", "units", "municipalities", "language"),
)


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def nothing_is_told(heia: Program, http: aiohttp.ClientSession, connector: Connector) -> AsyncIterator[None]:
    """After every test here: no number is kept or sent, and neither words nor people are in the log or the metrics."""
    yield
    for file in heia.folder.joinpath("data").rglob("*"):
        if file.is_file():
            assert TRACE.findall(file.read_bytes()) == [], file.name
    for activities in (await connector.messages()).values():
        assert TRACE.findall(repr(activities).encode()) == []
    async with http.get(f"{heia.url}/metrics") as answer:
        told = heia.log + await answer.text()
    assert "heia_requests" in told
    assert TRACE.findall(told.encode()) == []
    assert MARK not in told.lower()
    with (Path(knowledge.__file__).parent / "content" / "people.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            assert row["name"] not in told
            assert row["email"] not in told


async def test_a_number_is_masked_wherever_people_write(
    heia: Program, http: aiohttp.ClientSession, connector: Connector
) -> None:
    asker, helper = await PageCaller.of(http, heia.url, ASKER), await PageCaller.of(http, heia.url, NEAREST)
    for number in WRITTEN:
        words = f"{MARK} {number}"
        await asker.say(words)
        await asker.press("handoff.start")
        preview = await asker.finds("handoff.send")
        await asker.press("handoff.send", {**preview, "question": words, "no_suggestion": "false"})
        await helper.press("handoff.accept", preview)
        await helper.hears("[•")
        await helper.say(words)
        await helper.press("handoff.search", {**preview, "words": words})
        await asker.press("handoff.focus", preview)
        await asker.say(words)
        await helper.press("handoff.ask_network", preview)
        await helper.press("handoff.resolve", {**preview, "answer": words, "share": "true"})
        await helper.press("handoff.suggest", {**preview, "question": words, "answer": words})
        await asker.press("handoff.reopen", {**preview, "words": words})
        await helper.press("handoff.resolve", {**preview, "answer": words})
        await asker.press("handoff.confirm", preview)
        await asker.press("handoff.rate", {**preview, "rating": "5", "words": words})
        await asker.press("software.send", {"program": words, "reason": words})
        await asker.press("ambassador.send", {"motive": words})
        await helper.press("ambassador.tip", {"tip": words})
        await helper.press("handoff.stop")
        await asker.press("handoff.stop")
    heard = "\n".join((*asker.heard, *helper.heard))
    assert heard.count("[\\u2022") > 5 * len(WRITTEN)
    assert TRACE.findall(heard.encode()) == []
    await asker.close()
    await helper.close()


async def test_a_number_stays_out_of_announcements(heia: Program, http: aiohttp.ClientSession) -> None:
    announcer, reader = await PageCaller.of(http, heia.url, ANNOUNCER), await PageCaller.of(http, heia.url, ASKER)
    await announcer.press("announce.new")
    draft = await announcer.finds("announce.preview")
    for number in WRITTEN:
        for field in ("title_nb", "body_nb", "title_en", "body_en", "links", "list"):
            given = {"title_nb": "Nede", "body_nb": MARK, "title_en": "Down", "body_en": MARK}
            given[field] = f"{number} | https://nes.example/{number}" if field == "links" else number
            await announcer.press("announce.preview", {**draft, **given})
            await announcer.press("announce.send", draft)
    await announcer.press("announce.preview", {**draft, "title_nb": "Nede", "body_nb": MARK})
    sent = await announcer.finds("announce.send")
    await announcer.press("announce.send", sent)
    await reader.hears(MARK)
    now = {**sent, "edition": str(int(sent["edition"]))}
    for number in WRITTEN:
        await announcer.press(
            "announce.corrected", {**now, "title_nb": "Nede", "body_nb": f"{MARK} {number}", "sure": "true"}
        )
    assert TRACE.findall("\n".join(reader.heard).encode()) == []
    await announcer.close()
    await reader.close()


async def test_a_number_in_any_field_of_any_button_is_kept_nowhere(
    heia: Program, http: aiohttp.ClientSession, connector: Connector
) -> None:
    everyone = [await PageCaller.of(http, heia.url, id_) for id_ in (ASKER, NEAREST, ANNOUNCER, ADMIN, "p024", "p201")]
    guest = await PageCaller.guest(heia.url)
    for verb in sorted(VERBS.keys() - {"privacy.erase_now"}):
        data = {name: f"{MARK} {WRITTEN[place % len(WRITTEN)]}" for place, name in enumerate(FIELDS)}
        for page in (*everyone, guest):
            await page.press(verb, data)
        await guest.press(verb, dict.fromkeys(FIELDS, ID))
    for page in (*everyone, guest):
        await page.close()


async def test_a_busy_day_leaves_no_words_in_the_log(
    heia: Program, http: aiohttp.ClientSession, connector: Connector
) -> None:
    names = ("Ansatt Helse Nord 1", "ansatt.helse.nord.1@nes.example", MARK)
    callers = [
        TeamsCaller(http, heia.messages, connector, f"00000000-0000-0000-0000-{n:012}", name=names[n % 3])
        for n in (20, 21, 22, 25, 900, 901)
    ]
    await asyncio.gather(*(caller.say(f"{MARK} {name}") for caller in callers for name in names))
    for caller in callers:
        status, _ = await caller.post_raw(f'{{"text": "{MARK}"}}'.encode())
        assert status == 400
        elsewhere = caller.activity(text=MARK, serviceUrl=f"https://{MARK}.example/")
        assert (await caller.post(elsewhere))[0] == 403
        nobody = {"id": "29:x", "name": MARK}
        assert (await caller.post({**caller.activity(text=MARK), "from": nobody}))[0] == 403
        gone = caller.activity(text=MARK, serviceUrl="http://127.0.0.1:1/")
        await caller.post(gone)
    page = await PageCaller.of(http, heia.url, ASKER)
    await page.socket.send_str(f'{{"type": "say", "text": "{MARK}"')
    await page.say(MARK)
    await page.close()
