"""Searches for people on the desk, which no address tells, and the budget of pages."""

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import unquote_plus

import pytest

from bot.budget import Rate, TurnBudget, TurnRates
from bot.channels.web.desk.seal import VALID_FOR, SearchSeal
from bot.channels.web.desk.table import PAGES
from dialogs.core.person import Person, Role
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.web.conftest import NOON, HeldClock
from tests.unit.web.test_desk import Browser

KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.fixture
async def stage(clock: HeldClock) -> AsyncIterator[DeskStage]:
    budget = TurnBudget(TurnRates(person=Rate(burst=8, per_minute=6)), clock=clock)
    stage = DeskStage(clock=clock, turns=budget)
    await stage.start()
    yield stage
    await stage.stop()


async def member_of(stage: DeskStage, admin: Person) -> Person:
    return await stage.holder_of(Role.AMBASSADOR, municipality_id=admin.municipality_id)


async def test_a_search_for_a_person_is_sealed_in_the_address_and_shows_the_person(stage: DeskStage) -> None:
    admin = await stage.holder_of(Role.ADMIN)
    person = await member_of(stage, admin)
    async with Browser(stage) as browser:
        await browser.enter(admin)
        answer = await browser.send("/desk/people", "desk.search", q=person.name, state="")
        address = answer.headers["Location"]
        assert (answer.status, address.partition("?")[0]) == (303, "/desk/people")
        assert person.name not in unquote_plus(address)
        page = await browser.text(address)
        assert f'value="{person.name}"' in page
        assert "1 person<" in page
        assert 'href="/desk/people">Nullstill' in page
        assert (await browser.send("/desk/people", "desk.search", q=" ")).headers["Location"] == "/desk/people"


async def test_a_name_in_the_address_itself_searches_nothing(stage: DeskStage) -> None:
    admin = await stage.holder_of(Role.ADMIN)
    async with Browser(stage) as browser:
        await browser.enter(admin)
        for path in ("people", "directory"):
            assert 'value="ingen slik"' not in await browser.text(f"/desk/{path}?q=ingen+slik"), path


async def test_nobody_else_opens_the_search(stage: DeskStage) -> None:
    admin = await stage.holder_of(Role.ADMIN)
    person = await member_of(stage, admin)
    async with Browser(stage) as browser:
        await browser.enter(admin)
        address = (await browser.send("/desk/directory", "desk.search", q=person.name)).headers["Location"]
        assert f'value="{person.name}"' in await browser.text(address)
        await browser.enter(person)
        assert f'value="{person.name}"' not in await browser.text(address)


def test_pages_that_search_for_people_take_no_words_from_their_address() -> None:
    searching = {page.path: page.searched for page in PAGES if page.searched}
    assert {"/desk/people", "/desk/directory", "/desk/questions/{id}"} <= searching.keys()


@pytest.mark.parametrize(
    ("path", "person", "after", "keys"),
    [
        ("/desk/people", "p001", timedelta(minutes=1), (OTHER,)),
        ("/desk/people", "p002", timedelta(minutes=1), (KEY,)),
        ("/desk/directory", "p001", timedelta(minutes=1), (KEY,)),
        ("/desk/people", "p001", VALID_FOR, (KEY,)),
        ("/desk/people", "p001", -timedelta(hours=1), (KEY,)),
    ],
)
def test_a_search_opens_only_for_its_person_on_its_page_and_in_time(
    path: str, person: str, after: timedelta, keys: tuple[bytes, ...]
) -> None:
    sealed = SearchSeal((KEY,)).seal({"q": "Bok"}, person_id="p001", path="/desk/people", at=NOON)
    assert SearchSeal((OTHER, KEY)).unseal(sealed, person_id="p001", path="/desk/people", now=NOON) == {"q": "Bok"}
    assert SearchSeal(keys).unseal(sealed, person_id=person, path=path, now=NOON + after) == {}


@pytest.mark.parametrize("sealed", ["", "x", "å", "AAAA" * 40, "\udcff", "=" * 9])
def test_what_was_not_sealed_is_no_search(sealed: str) -> None:
    assert SearchSeal((KEY,)).unseal(sealed, person_id="p001", path="/desk/people", now=NOON) == {}


async def test_a_person_who_loads_page_after_page_is_asked_to_wait(stage: DeskStage, clock: HeldClock) -> None:
    admin = await stage.holder_of(Role.ADMIN)
    async with Browser(stage) as browser:
        await browser.enter(admin)
        seen = [(await browser.ask("GET", "/desk/coverage")).status for _ in range(9)]
        assert seen == [200] * 8 + [429]
        answer = await browser.ask("GET", "/desk/coverage")
        assert "last siden på nytt" in await answer.text()
        clock.at += timedelta(seconds=int(answer.headers["Retry-After"]))
        assert (await browser.ask("GET", "/desk/coverage")).status == 200
        await browser.enter(await member_of(stage, admin))
        assert (await browser.ask("GET", "/desk/directory")).status == 200, "others do not notice"
