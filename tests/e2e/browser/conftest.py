"""The stage, and what the browser tests ask of a page."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import BrowserContext, Page

from tests.e2e.browser.stage import Stage


@pytest_asyncio.fixture(loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    set_up = Stage()
    await set_up.start()
    yield set_up
    await set_up.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """A page whose scripts may not fail, and which may ask nobody but the stage."""
    opened = await context.new_page()
    # What unfolds slowly moves away from under the pointer of a test on a busy machine.
    await opened.emulate_media(reduced_motion="reduce")
    faults: list[str] = []
    strangers: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    opened.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    opened.on("request", lambda request: None if "//127.0.0.1:" in request.url else strangers.append(request.url))
    yield opened
    assert faults == []
    assert [url for url in strangers if not url.startswith("data:")] == []
