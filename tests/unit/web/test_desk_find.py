"""One search over the reader's pages, within their rights, and a menu in parts."""

import re
from collections.abc import AsyncIterator
from typing import Final

import pytest_asyncio

from bot.channels.web.desk.table import PAGES
from bot.channels.web.desk.visit import PageGroup
from dialogs.announce.audience import Audience
from dialogs.announce.model import Announcement, AnnouncementState, Wording
from dialogs.core.audit import AuditEntry
from dialogs.core.person import Person, Role
from knowledge.article.article import Language
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.web.conftest import HeldClock
from tests.unit.web.test_desk import Browser, entries_by

PLACE: Final = "nes"
_SECTION: Final = re.compile(r'<h2 [^>]* id="found-\d+">([^<]+)</h2>(.*?)</section>', re.DOTALL)


@pytest_asyncio.fixture
async def desk(clock: HeldClock) -> AsyncIterator[DeskStage]:
    stage = DeskStage(clock=clock)
    await stage.start()
    at = clock.now()
    for place in (PLACE, "ullensaker"):
        await stage.put(
            Announcement(
                id=f"announcement-{place}",
                author_id="x",
                municipality_id=place,
                desk=f"announce/desk/announcement-{place}",
                state=AnnouncementState.SENT,
                wordings={Language.NB: Wording(title=f"Signal i {place}", body="tekst")},
                audience=Audience(municipality_ids=frozenset({place})),
                created_at=at,
                changed_at=at,
            )
        )
        for role in Role:
            await stage.put(
                Person(
                    id=f"only-{role}-{place}",
                    name=f"Signalmann {role}",
                    municipality_id=place,
                    roles=frozenset({Role.EMPLOYEE, role}),
                    registered=True,
                    created_at=at,
                )
            )
    yield stage
    await stage.stop()


async def found(browser: Browser, words: str) -> dict[str, str]:
    """Return the parts of the result by the titles of their pages."""
    sent = await browser.send("/desk", "desk.search", form=await browser.form_id("/desk"), q=words)
    assert sent.status == 400, "a page without a search takes none"
    answer = await browser.ask(
        "POST", "/desk/search", data={"form": await browser.form_id("/desk"), "verb": "desk.search", "q": words}
    )
    assert answer.status == 303
    assert words not in answer.headers["Location"]
    page = await browser.text(answer.headers["Location"])
    assert len(page.encode()) < 60_000
    return dict(_SECTION.findall(page))


async def test_a_search_shows_of_each_page_what_the_reader_may_open(desk: DeskStage) -> None:
    texts = desk.content.texts[Language.NB]
    announcements, people = texts("desk.announcements.title"), texts("desk.people.title")
    programs, privacy = texts("desk.programs.title"), texts("desk.privacy.title")
    expected: dict[Role, set[str]] = {
        Role.ANNOUNCER: {announcements},
        Role.APPROVER: {announcements},
        Role.ADMIN: {announcements, people, programs},
        Role.CONTACT: {people, programs},
        Role.REVIEWER: {programs},
        Role.LEADER: {programs},
        Role.EDITOR: {programs},
        Role.DPO: {programs, privacy},
    }
    for role in Role:
        async with Browser(desk) as browser:
            await browser.ask("GET", f"/desk?as=only-{role}-{PLACE}")
            sections = await found(browser, "signal")
            allowed = expected.get(role, set()) | {texts("desk.directory.title"), texts("desk.articles.title")}
            assert set(sections) <= allowed, role
            assert {announcements, people, privacy} & set(sections) == {announcements, people, privacy} & allowed, role
            assert "ullensaker" not in "".join(sections.values()), role
            for path in re.findall(r'href="([^"]+)"', "".join(sections.values())):
                assert (await browser.ask("GET", path.replace("&amp;", "&"))).status == 200, (role, path)


async def test_an_officers_search_of_the_registry_is_recorded_and_others_search_none(desk: DeskStage) -> None:
    for role, recorded in ((Role.DPO, True), (Role.EDITOR, False)):
        reader = await desk.find_person(f"only-{role}-{PLACE}")
        assert reader is not None
        async with Browser(desk) as browser:
            await browser.enter(reader)
            await found(browser, "signalmann")
        entries: list[AuditEntry] = await entries_by(desk, reader)
        assert ("privacy.searched" in {entry.act for entry in entries}) is recorded


async def test_nothing_found_is_said_and_an_empty_search_shows_the_form(desk: DeskStage) -> None:
    async with Browser(desk) as browser:
        await browser.ask("GET", f"/desk?as=only-{Role.EDITOR}-{PLACE}")
        assert 'type="search"' in await browser.text("/desk/search")
        answer = await browser.ask(
            "POST", "/desk/search", data={"form": await browser.form_id("/desk"), "verb": "desk.search", "q": "xqzw"}
        )
        assert "Fant ingenting om «xqzw»" in await browser.text(answer.headers["Location"])


async def test_the_menu_has_a_part_for_every_page_and_shows_none_that_is_empty(desk: DeskStage) -> None:
    assert {page.title for page in PAGES if page.listed and page.group is None} == {"desk.start.title"}
    assert {page.group for page in PAGES if page.listed} == {None, *PageGroup}
    async with Browser(desk) as browser:
        await browser.ask("GET", f"/desk?as=only-{Role.EMPLOYEE}-{PLACE}")
        shown = re.findall(r'<li class="desk-group"><p>([^<]+)', await browser.text("/desk"))
        texts = desk.content.texts[Language.NB]
        assert shown == [texts("desk.group.help"), texts("desk.group.courses")]
