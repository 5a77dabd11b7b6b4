"""Every page that links lead to, by the eyes of every role: accessible, as wide as the screen, light, without script.

A new page is looked at as soon as a link leads to it. A page of the table that no link of the demo reaches fails here.
"""

import asyncio
import csv
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page

from bot.channels.web.desk.table import PAGES
from dialogs.core.person import Role
from tests.e2e.browser.axe import HEIGHT, WIDE, unfit
from tests.e2e.forked import program
from tests.e2e.program import Program

ROOT = Path(__file__).parents[2]
EDITOR_OF_ALL = "p291"
# Pages that stand beside the desk, and what is shown in place of a page.
BESIDE = ("/privacy", "/signin/sessions", "/signin/again", "/chat/alerts", "/chat/enter", "/none", "/desk/none")
LARGEST_BYTES = 60_000
LEAST_PAGES = 50
# Pages of the table that no link of the demo leads to; every one but the downloads has an own test.
UNLINKED = {
    "/desk/announcements/{id:[A-Za-z0-9_-]+}/image": "an image",
    "/desk/announcements/{id:[A-Za-z0-9_-]+}/preview": "part of a page, for its script",
    "/desk/announcements/{id:[A-Za-z0-9_-]+}/report.csv": "a download",
    "/desk/announcements/{id:[A-Za-z0-9_-]+}/send": "follows a filled form: test_desk_announcements",
    "/desk/articles/+export": "a download",
    "/desk/articles/{key:[A-Za-z0-9_-]+(?:@[A-Za-z0-9_-]+)?}/live": "part of a page, for its script",
    "/desk/articles/{key:[A-Za-z0-9_-]+(?:@[A-Za-z0-9_-]+)?}/preview": "part of a page, for its script",
    "/desk/articles/{key:[A-Za-z0-9_-]+(?:@[A-Za-z0-9_-]+)?}/unsaved": "what its script keeps",
    "/desk/classes/{id:[A-Za-z0-9_-]+}.ics": "a download",
    "/desk/privacy/record.html": "a download",
    "/desk/programs/+export": "a download",
    "/desk/timeline/{id:[A-Za-z0-9_-]+}": "no milestone of the demo is the desk's: test_desk_timeline",
    "/desk/unanswered/{id:[A-Za-z0-9_-]+}": "the demo has no theme: test_desk_unanswered",
}
PATTERNS = {page.path: web.UrlDispatcher().add_resource(page.path) for page in PAGES}
# Of a form without a button nothing is sent while scripts are off.
MUTE_FORMS = """[...document.querySelectorAll('form')].filter(form =>
    !form.querySelector("button[type=submit], button:not([type]), input[type=submit]")).map(form => form.outerHTML)"""
LINKS = """[...document.querySelectorAll('a[href]')].filter(link =>
    link.origin === location.origin && !link.hasAttribute('download')).map(link => link.pathname + link.search)"""
# A card cuts what is wider than itself.
CUT = """[...document.querySelectorAll('.ds-card *')].filter(element => element.getBoundingClientRect().right >
    element.closest('.ds-card').getBoundingClientRect().right + 1).map(element => `cut: ${element.outerHTML}`)"""
# What a role may do on a page, and the lists it sees: a page that differs in these is another to look at.
SHAPE = """[...document.querySelectorAll('input[name=verb], main button[value], caption, main h2')].map(element =>
    element.value || element.localName).filter((value, place, all) => all.indexOf(value) === place).join(' ')"""


def kind_of(address: str) -> str:
    """Return the path that the page has in the table, else its own, and the names of its query."""
    parts = urlsplit(address)
    path = next((known for known, resource in PATTERNS.items() if fits(resource, parts.path)), parts.path)
    return " ".join([path, *sorted(parse_qs(parts.query))])


def fits(resource: web.Resource, path: str) -> bool:
    shape = resource.get_info()
    return shape.get("path") == path or ("pattern" in shape and bool(shape["pattern"].fullmatch(path)))


@dataclass
class Crawl:
    """What was found by following the links of every person."""

    looked_at: set[tuple[str, str]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    @property
    def reached(self) -> set[str]:
        return {kind.split()[0] for kind, _ in self.looked_at}

    async def follow(self, page: Page, url: str, starts: tuple[str, ...]) -> None:
        """Look at each kind of page that links lead to from ``starts``."""
        waiting, seen = list(starts), set[str]()
        while waiting:
            path = waiting.pop(0)
            kind = kind_of(path)
            if kind in seen or not kind.startswith(("/desk", *BESIDE)):
                continue
            seen.add(kind)
            answer = await page.context.request.get(f"{url}{path}")
            if "text/html" not in answer.headers["content-type"]:
                continue
            await page.goto(f"{url}{path}")
            waiting += await page.evaluate(LINKS)
            await self._look(page, kind, len(await answer.body()))

    async def _look(self, page: Page, kind: str, size: int) -> None:
        shape = kind, await page.evaluate(SHAPE)
        if shape in self.looked_at:
            return
        self.looked_at.add(shape)
        faults = [*await unfit(page), *await page.evaluate(MUTE_FORMS), *await page.evaluate(CUT)]
        if kind.startswith("/desk") and size > LARGEST_BYTES:
            faults.append(f"{size} bytes")
        if await page.locator("h1").count() != 1:
            faults.append("not one heading of the first level")
        self.faults += [f"{page.url}: {fault}" for fault in faults]


@pytest_asyncio.fixture(loop_scope="session")
async def heia(tmp_path: Path) -> AsyncIterator[Program]:
    """The demo with an invented year, so that the lists are full."""
    async with program(tmp_path) as started:
        await started.stop()
        year = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("heia")), "demo", "year", "--people", "1500",
            env={"HEIA_DATA_DIR": str(tmp_path / "data")}, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert await year.wait() == 0
        await started.start()
        yield started


def people() -> list[str]:
    """Return a sample person of every role, and the editor of the articles for everyone."""
    with (ROOT / "knowledge/content/people.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["person_id"], row["roles"].split(";")) for row in csv.DictReader(file)]
    return list(dict.fromkeys([*(next(id_ for id_, roles in rows if role in roles) for role in Role), EDITOR_OF_ALL]))


async def begin_work(page: Page, url: str) -> list[str]:
    """Begin an announcement and a draft where the person may, and search; return where that leads."""
    led = []
    heading = page.locator("h1")
    await page.goto(f"{url}/desk/announcements")
    await heading.wait_for()
    begin = page.locator("form:has([value='announce.new']) button")
    if await begin.count():
        async with page.expect_navigation():
            await begin.click()
        led.append(urlsplit(page.url).path)
    await page.goto(f"{url}/desk/articles?q=bytter+passord")
    await heading.wait_for()
    article = page.locator("main th a").first
    if await article.count():
        await article.click()
        await page.wait_for_url("**/desk/articles/*")
        save = page.get_by_role("button", name="Lagre utkast")
        if await save.count():
            await page.locator("#answer_nb").fill("Spør **lederen**.")
            async with page.expect_navigation():
                await save.click()
    await page.goto(f"{url}/desk")
    search = page.locator(".desk-find input[type=search]")
    await search.fill("passord")
    await search.press("Enter")
    await page.wait_for_url("**/desk/search*")
    return [*led, page.url.removeprefix(url)]


async def crawl(browser: Browser, heia: Program) -> Crawl:
    crawled = Crawl()
    for number, person in enumerate(people()):
        context = await browser.new_context(
            locale="nb-NO", viewport={"width": WIDE, "height": HEIGHT}, reduced_motion="reduce"
        )
        page = await context.new_page()
        await page.goto(f"{heia.url}/desk?as={person}")
        begun = await begin_work(page, heia.url)
        await crawled.follow(page, heia.url, ("/desk", *begun, *(() if number else BESIDE)))
        await context.close()
    return crawled


async def test_every_page_that_links_lead_to_is_accessible_fits_and_is_light(browser: Browser, heia: Program) -> None:
    crawled = await crawl(browser, heia)
    assert crawled.faults == []
    assert len(crawled.looked_at) >= LEAST_PAGES
    assert sorted(set(PATTERNS) - crawled.reached) == sorted(UNLINKED)
