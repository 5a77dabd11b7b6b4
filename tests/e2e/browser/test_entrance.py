"""The entrance page in a browser: by keyboard, on a small screen, in the dark, and all the way in and out."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.browser.axe import unfit
from tests.e2e.browser.stage import Stage
from tests.e2e.program import free_port
from tests.fakes.real_provider import SECRET, real_provider
from tests.unit.signin.conftest import provider_at
from tests.unit.web.test_web_entrance import provider_sign_in, storvik

LILLEVIK = "Logg inn med Lillevik kommune"


@pytest_asyncio.fixture(loop_scope="session")
async def entrance() -> AsyncIterator[Stage]:
    """A stage with two providers, of which one is real."""
    port, there = free_port(), free_port()
    origin = f"http://127.0.0.1:{port}"
    lillevik = provider_at(
        f"http://127.0.0.1:{there}",
        id="lillevik",
        names={"nb": "Lillevik kommune"},
        secret=SECRET,
        municipalities=["lillevik"],
        email_domains=["lillevik.example"],
        unknown="create",
    )
    async with aiohttp.ClientSession() as http:
        stage = Stage(
            dev=False,
            allow_guests=True,
            providers=provider_sign_in(http, lillevik, storvik(), origin=origin),
            public_origin=origin,
        )
        stage.port = port
        await stage.start()
        async with real_provider(
            port=there,
            redirect_uris=[f"{origin}/signin/lillevik/callback"],
            accounts={"kari": {"name": "Kari Nordmann"}},
            post_logout_redirect_uris=[f"{origin}/signin"],
        ):
            yield stage
        await stage.stop()


async def test_a_keyboard_leads_in_and_signing_out_leads_to_the_entrance(entrance: Stage, page: Page) -> None:
    await page.goto(entrance.url)
    await expect(page.get_by_role("heading", name="Logg inn i Heia")).to_be_visible()  # the chat leads here
    await page.get_by_role("link", name=LILLEVIK).focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("Name").fill("kari")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Skriv til Heia")).to_be_focused()
    assert page.url == entrance.url, "no code stays in the address"
    await page.get_by_role("button", name="Logg ut").click()
    await page.get_by_role("button", name="Yes").click()
    await expect(page.get_by_role("heading", name="Logg inn i Heia")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("heading", name="Kari")).to_have_count(0)


async def test_a_cancelled_sign_in_says_so(entrance: Stage, page: Page) -> None:
    await page.goto(f"{entrance.url.removesuffix('/chat')}/signin")
    await page.get_by_role("link", name=LILLEVIK).click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("alert")).to_contain_text("avbrutt")


async def test_an_address_leads_to_its_provider_and_a_guest_comes_in(entrance: Stage, page: Page) -> None:
    await page.goto(f"{entrance.url.removesuffix('/chat')}/signin")
    await page.get_by_label("E-postadressen din på jobben").fill("kari@lillevik.example")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Logg inn med")).to_have_count(1)
    await page.get_by_role("button", name="Skriv som gjest").click()
    await expect(page.get_by_label("Skriv til Heia")).to_be_visible()


async def test_the_entrance_meets_wcag_and_fits(entrance: Stage, page: Page) -> None:
    await page.goto(f"{entrance.url.removesuffix('/chat')}/signin?fault=left&provider=lillevik")
    await expect(page.get_by_role("alert")).to_be_visible()
    assert await unfit(page) == []
    heights = await page.evaluate(
        "[...document.querySelectorAll('button, input, .providers a, nav a')].map(e => e.offsetHeight)"
    )
    assert min(heights) >= 40
