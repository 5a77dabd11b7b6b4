"""A real browser for the tests that need one. They share one loop, because the browser lives longer than a test."""

from collections.abc import AsyncIterator, Generator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.e2e.chat import PATIENCE_MS
from tests.e2e.chromium import chromium
from tests.e2e.forked import program
from tests.e2e.program import Program
from tests.fakes.connector import Connector, ConnectorServer
from tests.needs import CHROMIUM, found, sentence

FOLDER = Path(__file__).parent
# A page may wait for the program while other tests keep both cores busy.
expect.set_options(timeout=PATIENCE_MS)
LOG_LINES = 60
BROWSER_FIXTURES = frozenset({"browser", "context", "page"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what uses the browser in the session's loop."""
    for item in items:
        # Pytest hands over the items of all folders, where a fixture of the same name may be another.
        if (
            FOLDER in item.path.parents
            and isinstance(item, pytest.Function)
            and BROWSER_FIXTURES & set(item.fixturenames)
        ):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the program's log beside a failure."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for each in item.funcargs.values():
            if isinstance(each, Program):
                report.sections.append(("log of the program", "\n".join(each.log.splitlines()[-LOG_LINES:])))
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = found(CHROMIUM)
    if path is None:
        pytest.fail(sentence([CHROMIUM]), pytrace=False)
    async with chromium(path) as launched:
        yield launched


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def profile(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A context with an empty page: it keeps the process that renders, whose start costs as much as a test."""
    opened = await browser.new_context(locale="nb-NO", viewport={"width": 1000, "height": 760})
    opened.set_default_timeout(5000)
    await opened.new_page()
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(profile: BrowserContext) -> AsyncIterator[BrowserContext]:
    """The context, emptied after the test; what pages keep of their own goes with the page."""
    yield profile
    for page in profile.pages[1:]:
        await page.close()
    await profile.clear_cookies()
    await profile.clear_permissions()
    await profile.set_offline(False)


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


# The program under attack, one a module: its log is kept at the lowest level, because what is told there is looked at.


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def connector() -> AsyncIterator[Connector]:
    async with TestServer(ConnectorServer().app) as server, Connector(str(server.make_url(""))) as hand:
        yield hand


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heia(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    async with program(Path(tmp_path_factory.mktemp("heia")), HEIA_LOG_LEVEL="debug") as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session
