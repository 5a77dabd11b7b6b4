"""Nobody sees or does what is not theirs to see or do, whatever their cards say: over every button there is."""

import asyncio
import csv
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final

import aiohttp
import pytest
import pytest_asyncio

import knowledge
from bot.app.maintenance import JOB_VERBS
from dialogs.router import TIMERS, VERBS
from tests.e2e.caller import PageCaller, TeamsCaller
from tests.e2e.program import Program
from tests.fakes.connector import Connector
from tests.sentences import UNKNOWN

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKER, NEAREST, ANNOUNCER, CONTACT = "p020", "p021", "p023", "p024"
REVIEWER: Final = "p206"  # decides on programs in their municipality
COLLEAGUE: Final = "p191"  # of the same municipality, with no part in anything
HURDAL: Final = ("p025", "p089", "p090", "p104", "p105", "p110", "p111", "p112")
PROGRESS: Final = "Oppdatert kl."
"""Stands on the card of a sent announcement, which comes by itself a minute after it was sent."""
SLOT: Final = re.compile(r"\"slot\": \"([^\"]*)\"")
WORDS: Final = ("Kaffemaskinen i tredje", "Ring vaktmesteren", "Den står ved trappa", "Det gikk i sikringen", "Zettlr")
NEWS: Final = "Vi er i gang med å rette feilen"
PRESSED: Final = (*sorted(VERBS.keys() - {"privacy.erase_now"}), *TIMERS, *JOB_VERBS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A line of the sample people."""

    person_id: str
    name: str
    municipality: str
    roles: str
    email: str


def sample() -> list[Registered]:
    with (Path(knowledge.__file__).parent / "content" / "people.csv").open(encoding="utf-8") as lines:
        names = Registered.__dataclass_fields__
        return [Registered(**{name: row[name] for name in names}) for row in csv.DictReader(lines)]


PEOPLE: Final = sample()


def names_in(heard: str, *, besides: str) -> set[str]:
    """Return the people of other municipalities than ``besides`` who are named."""
    strangers = [one for one in PEOPLE if one.municipality != besides]
    named = {one.name for one in strangers if re.search(rf"{re.escape(one.name)}(?!\d)", heard)}
    return named | {one.email for one in strangers if one.email in heard}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What goes on in Nes, and the ids of all of it."""

    pages: dict[str, PageCaller]
    ids: dict[str, tuple[str, ...]]

    async def quiet(self) -> dict[str, int]:
        """Return in how many slots each page in Nes has been shown something, when all is said."""
        # An announcement's progress changes in its slot by itself, a minute after it was sent.
        for page in self.pages.values():
            await page.ping()
        return {id_: len({*SLOT.findall("\n".join(page.heard))}) for id_, page in self.pages.items()}

    async def state(self) -> str:
        """Return what those in Nes see of their questions, drafts and applications."""
        told: list[str] = []
        for verb, id_ in (("handoff.mine", ASKER), ("announce.mine", ANNOUNCER), ("software.list", CONTACT)):
            page = self.pages[id_]
            before = len(page.heard)
            await page.press(verb)
            new = [each for each in page.heard[before:] if '"card"' in each and PROGRESS not in each]
            told += [json.dumps(json.loads(each)["message"]) for each in new]
        assert all(any(words in each for each in told) for words in (WORDS[0], WORDS[4], "Utkast"))
        # Lists begin with what was changed last.
        shown = sorted(re.findall(r'"(?:text|title|verb|value)": "[^"]*"', "\n".join(told)))
        return "\n".join(shown).replace(json.dumps("Sendes nå")[1:-1], "Sendt")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(heia: Program, http: aiohttp.ClientSession) -> AsyncIterator[Scene]:
    people = (ASKER, NEAREST, ANNOUNCER, CONTACT, REVIEWER, "p193", "p201", "p202", COLLEAGUE)
    pages = {id_: await PageCaller.of(http, heia.url, id_) for id_ in people}
    asker, helper, announcer = pages[ASKER], pages[NEAREST], pages[ANNOUNCER]
    for question in (WORDS[0], "Skriveren hoster"):
        await asker.say(UNKNOWN)
        await asker.press("handoff.start")
        preview = await asker.finds("handoff.send")
        await asker.press("handoff.send", {**preview, "question": question, "no_suggestion": "false"})
        await helper.hears(question)
    first = (await helper.finds("handoff.accept"))["handoff_id"]
    await helper.press("handoff.accept", {"handoff_id": first})
    await asker.hears("har tatt")
    await helper.say(WORDS[1])
    await asker.hears(WORDS[1])
    await asker.press("handoff.focus", {"handoff_id": first})
    await asker.say(WORDS[2])
    await helper.hears(WORDS[2])
    await helper.press("handoff.resolve", {"handoff_id": first, "answer": WORDS[3], "share": "true"})
    await asker.hears(WORDS[3])  # ten seconds later, when it cannot be undone any more
    await helper.press("handoff.suggest", {"handoff_id": first, "question": WORDS[0], "answer": WORDS[3]})
    await pages["p201"].hears(WORDS[3])
    await asker.press("software.send", {"program": WORDS[4], "reason": WORDS[4]})
    await pages[REVIEWER].hears(WORDS[4])
    await asker.press("ambassador.send", {"motive": WORDS[2], "topics": ""})
    await announcer.press("announce.new")
    draft = await announcer.finds("announce.preview")
    await announcer.press("announce.preview", {**draft, "title_nb": "Nede", "body_nb": NEWS, "confirm": "true"})
    await announcer.press("announce.send", await announcer.finds("announce.send"))
    await asker.hears(NEWS)
    await announcer.press("announce.new")
    draft = await announcer.finds("announce.preview")
    await announcer.press("announce.preview", {**draft, "title_nb": "Utkast", "body_nb": NEWS})
    await announcer.finds("announce.send")
    await announcer.hears("Sendt")
    everything = "\n".join(each for page in pages.values() for each in page.heard)
    found = {
        name: tuple(sorted(set(re.findall(rf'"{name}": "([^"]+)"', everything))))
        for name in ("handoff_id", "question_id", "announcement_id", "application_id", "suggestion_id")
    }
    assert all(found.values()), found
    yield Scene(
        pages=pages,
        ids={**found, "person_id": (ASKER, NEAREST, CONTACT), "article_id": ("rollout-when", "help-centre")},
    )
    for page in pages.values():
        await page.close()


def attempts(ids: dict[str, tuple[str, ...]]) -> list[dict[str, str]]:
    """Return data for every id there is, each beside one of every other kind."""
    rows = zip_longest(*(values[:6] for values in ids.values()))
    full = [dict(zip(ids, row, strict=True)) for row in rows]
    filler = {name: values[0] for name, values in ids.items()}
    return [
        {
            **{name: value or filler[name] for name, value in row.items()},
            "edition": str(number),
            "colleague_id": NEAREST,
            "colleague": "Ansatt Helse Nord 1",
            "substitute_id": CONTACT,
            "verdict": "approved",
            "word": "ja",
            "why": "ja",
            "words": "hei der",
            "answer": "hei der",
            "question": "hei der",
            "rating": "1",
            "title_nb": "Kapret",
            "body_nb": "Kapret",
            "municipalities": "nes",
            "roles": "",
            "list": "p020\nansatt.helse.nord.1@nes.example",
            "municipality": "nes",
            "unit": "nes-helse-hjemme-nord",
            "topic": "teams",
            "topics": "teams",
            "day": "2026-12-24",
            "time": "10:00",
        }
        for number, row in enumerate(full)
    ]


async def press_everything(page: PageCaller, scene: Scene, verbs: Sequence[str] = PRESSED) -> None:
    for verb in verbs:
        for data in attempts(scene.ids):
            answer = await page.press(verb, data)
            assert answer["type"] == "pressed", (verb, data, answer)


def shown(page: PageCaller) -> str:
    """Return everything the page was ever shown, its own words left out."""
    return "\n".join(each for each in (json.dumps(json.loads(one), ensure_ascii=False) for one in page.heard))


async def test_no_button_shows_or_changes_anything_of_another_municipality(
    heia: Program, http: aiohttp.ClientSession, scene: Scene
) -> None:
    before, told = await scene.quiet(), await scene.state()
    before = await scene.quiet()
    for id_ in HURDAL:
        page = await PageCaller.of(http, heia.url, id_)
        for line in ("mine spørsmål", "status", "hvem er min ambassadør", "mine data", "ny kunngjøring", UNKNOWN):
            await page.say(line)
        await press_everything(page, scene)
        heard = shown(page)
        assert names_in(heard, besides="hurdal") == set(), id_
        for words in (*WORDS, NEWS):
            assert words not in heard, (id_, words)
        await page.close()
    assert await scene.quiet() == before
    assert await scene.state() == told


async def test_a_guest_sees_and_changes_nothing_until_placed_and_nothing_of_others_then(
    heia: Program, scene: Scene
) -> None:
    before = await scene.quiet()
    guest = await PageCaller.guest(heia.url)
    await press_everything(guest, scene, [verb for verb in PRESSED if verb != "profile.municipality"])
    heard = shown(guest)
    assert names_in(heard, besides="nobody") == set()
    await guest.press("profile.municipality", {"municipality": "hurdal"})
    await guest.press("profile.unit", {"unit": "hurdal-helse-hjemme-ost"})
    await guest.say("hvem er min ambassadør")
    await press_everything(guest, scene)
    heard = shown(guest)
    assert names_in(heard, besides="hurdal") == set()
    for words in (*WORDS, NEWS):
        assert words not in heard, words
    await guest.close()
    assert await scene.quiet() == before


async def test_a_colleague_of_the_same_municipality_reads_no_ones_questions(scene: Scene) -> None:
    told = await scene.state()
    await press_everything(scene.pages[COLLEAGUE], scene)
    heard = shown(scene.pages[COLLEAGUE])
    for words in WORDS:
        assert words not in heard, words
    assert NEWS in heard
    assert await scene.state() == told


async def test_an_employee_decides_nothing_not_even_of_their_own(scene: Scene) -> None:
    told = await scene.state()
    before = {id_: seen for id_, seen in (await scene.quiet()).items() if id_ != ASKER}
    deciding = [verb for verb in PRESSED if verb.split(".")[0] in {"announce", "editor"}]
    deciding += ["software.decide", "software.open", "ambassador.approve", "ambassador.decline", "ambassador.save"]
    deciding += [*TIMERS, "ambassador.coverage", "ambassador.pause", "ambassador.leave", "ambassador.absence"]
    deciding += ["ambassador.substitute", "ambassador.cancel_absence"]
    await press_everything(scene.pages[ASKER], scene, [verb for verb in deciding if verb != "announce.confirm"])
    after = {id_: seen for id_, seen in (await scene.quiet()).items() if id_ != ASKER}
    # The state above was asked for from these pages once.
    assert {id_: after[id_] - seen for id_, seen in before.items() if after[id_] != seen} == {}
    assert await scene.state() == told


async def test_a_chat_in_teams_is_as_closed_as_a_page(
    heia: Program, http: aiohttp.ClientSession, connector: Connector, scene: Scene
) -> None:
    told = await scene.state()
    before = await scene.quiet()
    stranger = TeamsCaller(http, heia.messages, connector, "00000000-0000-0000-0000-000000000025")
    answers = [await stranger.press(verb, data) for verb in PRESSED for data in attempts(scene.ids)[:3]]
    heard = "\n".join((*answers, *await stranger.heard()))
    assert names_in(heard, besides="hurdal") == set()
    for words in (*WORDS, NEWS):
        assert words not in heard
    assert await scene.quiet() == before
    assert await scene.state() == told


async def test_cards_in_a_group_show_nobodys_own_things(
    heia: Program, http: aiohttp.ClientSession, connector: Connector, scene: Scene
) -> None:
    asker = TeamsCaller(http, heia.messages, connector, "00000000-0000-0000-0000-000000000020")
    asker.conversation = "19:group"
    place = {"id": "19:group", "conversationType": "groupChat", "tenantId": "00000000-0000-4000-8000-000000000001"}
    answers: list[str] = []
    for verb in (each for each in PRESSED if each not in {"handoff.withdraw", "software.withdraw"}):
        status, body = await asker.post(asker.pressing(verb, attempts(scene.ids)[0], conversation=place))
        assert status == 200, body
        answers.append(body)
    heard = "\n".join((*answers, *await asker.heard()))
    for words in WORDS:
        assert words not in heard, words


async def test_two_at_once_are_two_people(heia: Program, http: aiohttp.ClientSession) -> None:
    pages = await asyncio.gather(*(PageCaller.of(http, heia.url, id_) for id_ in HURDAL))
    await asyncio.gather(*(page.press("profile.show") for page in pages))
    for id_, page in zip(HURDAL, pages, strict=True):
        assert page.person_id == id_
        await page.close()
