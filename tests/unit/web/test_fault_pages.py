"""What goes wrong is a page in the reader's language to people, and stays short for scripts and machines."""

from collections.abc import AsyncIterator
from io import BytesIO

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web

from bot.app.clock import SystemRandomSource
from bot.app.ops.health import FAULT_PAGE, Metrics, edge
from bot.channels.web.chat.channel import WebChannel
from bot.channels.web.page import FAULTS, READER_TEXTS, LocaleChooser
from bot.channels.web.parts import WebParts
from bot.channels.web.signin.signer import OriginRule
from bot.content.catalogue import load_catalogue
from bot.ports import StoreUnavailable
from bot.signin.sessions import Sessions
from dialogs.core.person import Role
from knowledge.article.article import Language
from tests.e2e.browser.desk_stage import DeskStage
from tests.e2e.browser.stage import KEY, ORGANISATION
from tests.unit.web.conftest import HeldClock
from tests.unit.web.test_desk import Browser

TEXTS = load_catalogue()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PAGE = {"Accept": "text/html,application/xhtml+xml;q=0.9"}


async def missing(_: web.Request) -> web.Response:
    raise web.HTTPNotFound


async def large(_: web.Request) -> web.Response:
    raise web.HTTPRequestEntityTooLarge(max_size=1, actual_size=2)


async def failed(request: web.Request) -> web.Response:
    request[READER_TEXTS] = TEXTS[Language.NN]
    raise RuntimeError("ours")


async def away(_: web.Request) -> web.Response:
    raise StoreUnavailable("away")


async def session_away(_: web.Request) -> web.Response:
    raise web.HTTPServiceUnavailable


@pytest_asyncio.fixture
async def address(clock: HeldClock) -> AsyncIterator[str]:
    parts = WebParts(
        channel=WebChannel(clock=clock, key=KEY),
        sessions=DeskStage(clock=clock).sessions,
        locale=LocaleChooser(texts=TEXTS),
        origin=OriginRule(allowed=frozenset()),
        clock=clock,
        rng=SystemRandomSource(),
        find_person=lambda _: None,  # type: ignore[arg-type, return-value]
        organisation=lambda: ORGANISATION,
    )
    app = web.Application(middlewares=[edge(Metrics(), lambda *_: None)])
    app[FAULT_PAGE] = parts.fault_page
    handlers = {"/missing": missing, "/large": large, "/failed": failed, "/away": away, "/session": session_away}
    app.add_routes([web.get(path, handler) for path, handler in handlers.items()])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("path", "status"),
    [("/missing", 404), ("/nowhere", 404), ("/large", 413), ("/away", 503), ("/session", 503)],
)
async def test_a_fault_is_a_page_in_the_language_of_the_browser(address: str, path: str, status: int) -> None:
    async with ClientSession() as http:
        for language in ("nb", "en"):
            answer = await http.get(address + path, headers={**PAGE, "Accept-Language": language})
            page = await answer.text()
            assert (answer.status, answer.content_type) == (status, "text/html")
            assert TEXTS[Language(language)](FAULTS[status]) in page
            assert f'<html lang="{language}">' in page
        answer = await http.get(address + path, headers={"Accept": "application/json"})
        assert (answer.status, answer.content_type == "text/html") == (status, False)


async def test_a_program_error_is_a_page_in_the_language_of_the_person_that_met_it(address: str) -> None:
    async with ClientSession() as http:
        answer = await http.get(f"{address}/failed", headers={**PAGE, "Accept-Language": "en"})
        page = await answer.text()
        assert (answer.status, TEXTS[Language.NN]("desk.fault.failed") in page, "ours" in page) == (500, True, False)


async def test_too_large_a_form_is_a_page_of_the_desk_with_its_menu(clock: HeldClock) -> None:
    stage = DeskStage(clock=clock)
    await stage.start()
    async with Browser(stage) as browser:
        editor = await stage.holder_of(Role.EDITOR)
        await browser.enter(editor)
        body = BytesIO(b"verb=article.start&title=" + b"x" * 2**21)
        answer = await browser.ask("POST", "/desk/articles", data=body, headers=FORM)
        page = await answer.text()
        assert (answer.status, stage.content.texts[editor.language]("desk.fault.too_large") in page) == (413, True)
        assert 'href="/desk/articles"' in page
    await stage.stop()


async def test_the_desk_says_that_the_database_is_away_when_it_cannot_read_the_session(
    clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = DeskStage(clock=clock)
    await stage.start()
    async with Browser(stage) as browser:
        await browser.enter(await stage.holder_of(Role.EDITOR))

        async def unreachable(*_: object, **__: object) -> None:
            raise StoreUnavailable("away")

        monkeypatch.setattr(Sessions, "valid_session", unreachable)
        answer = await browser.ask("GET", "/desk/articles", headers={"Accept-Language": "nn"})
        assert (answer.status, TEXTS[Language.NN]("desk.fault.away") in await answer.text()) == (503, True)
    await stage.stop()
