"""The frame of the desk: who gets in, what a form does, and what is shown of it."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app.clock import SystemRandomSource
from bot.channels.web.desk import privacy
from bot.channels.web.desk.table import PAGES, show_start
from bot.channels.web.desk.visit import EVERYONE, DeskPage, Visit
from bot.export.bundle import Downloads
from bot.images.files import FileImages
from bot.ports import Store
from bot.records.codec import decode
from dialogs.core.audit import AuditEntry
from dialogs.core.content import StepUp
from dialogs.core.data_request import DataRequest, DataRequestKind, DataRequestState
from dialogs.core.decision import Reply, do
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking
from dialogs.core.speaker import Viewer
from dialogs.provisioning.model import ScimUser
from dialogs.router import VERBS
from knowledge.article.article import Language
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.web.conftest import Client, HeldClock
from tests.unit.web.test_web_entrance import lillevik, provider_sign_in

OF_ADMINS = frozenset({Role.ADMIN})


def refused_view(viewer: Viewer) -> Asking[None]:
    yield from ()
    viewer.require(Role.DPO)


def missing_view(viewer: Viewer) -> Asking[None]:
    yield from ()
    raise viewer.not_found("article.no_such")


async def show_missing(visit: Visit) -> aiohttp.web.StreamResponse:
    await visit.view(missing_view)
    return visit.render("start.html")


async def show_refused(visit: Visit) -> aiohttp.web.StreamResponse:
    await visit.view(refused_view)
    return visit.render("start.html")


TEST_PAGES = (
    DeskPage(path="/desk", title="desk.start.title", roles=EVERYONE, show=show_start),
    DeskPage(
        path="/desk/things",
        title="desk.start.title",
        roles=OF_ADMINS,
        show=show_start,
        verbs=frozenset({"handoff.pass", "removals.approve"}),
    ),
    DeskPage(path="/desk/officers", title="desk.start.title", roles=OF_ADMINS, show=show_refused),
    DeskPage(path="/desk/missing", title="desk.start.title", roles=OF_ADMINS, show=show_missing),
    *(page for page in privacy.PAGES if page.path in {"/desk/privacy/audit", "/desk/privacy/requests"}),
)


class Browser(Client):
    """A client that reads pages and sends their forms."""

    stage: DeskStage

    async def enter(self, person: Person) -> None:
        assert (await self.ask("GET", f"/desk?as={person.id}")).status == 303

    async def text(self, path: str) -> str:
        return await (await self.ask("GET", path)).text()

    async def form_id(self, path: str) -> str:
        found = re.search(r'name="form" value="([^"]+)"', await self.text(path))
        assert found is not None
        return found[1]

    async def send(self, path: str, verb: str, *, form: str = "", **data: str) -> aiohttp.ClientResponse:
        sent = {"form": form or await self.form_id(path), "verb": verb, **data}
        return await self.ask("POST", path, data=sent)


async def entries_by(stage: DeskStage, person: Person) -> list[AuditEntry]:
    return [decode(AuditEntry, each) for each in await stage.store.find(AuditEntry.KIND, f"by:{person.id}")]


SetUpDesk = Callable[..., Awaitable[tuple[DeskStage, Browser]]]


@pytest.fixture
async def desk(clock: HeldClock) -> AsyncIterator[SetUpDesk]:
    started: list[tuple[DeskStage, Browser]] = []

    async def start(**settings: Any) -> tuple[DeskStage, Browser]:
        stage = DeskStage(clock=clock, pages=TEST_PAGES, **settings)
        await stage.start()
        browser = Browser(stage)
        await browser.__aenter__()
        started.append((stage, browser))
        return stage, browser

    yield start
    for stage, browser in started:
        await browser.__aexit__(None, None, None)
        await stage.stop()


async def test_without_a_session_the_desk_says_so(desk: SetUpDesk) -> None:
    _, browser = await desk()
    answer = await browser.ask("GET", "/desk")
    assert answer.status == 401
    assert "Du er ikke logget inn" in await answer.text()


async def test_with_providers_the_way_leads_to_the_sign_in_and_back(desk: SetUpDesk) -> None:
    origin = "http://127.0.0.1"
    async with aiohttp.ClientSession() as http:
        _, browser = await desk(
            dev=False, providers=provider_sign_in(http, lillevik("http://127.0.0.1:9"), origin=origin)
        )
        answer = await browser.ask("GET", "/desk/things?page=2")
        assert (answer.status, answer.headers["Location"]) == (303, "/signin?next=%2Fdesk%2Fthings")
        late = await browser.ask("POST", "/desk/things?next=//elsewhere.example", data={})
        assert late.status == 401, "and a form is not sent again"
        page = await late.text()
        assert 'href="/signin?next=%2Fdesk%2Fthings" target="_blank" rel="noopener"' in page
        assert "elsewhere" not in page


async def test_a_guest_is_not_let_in(desk: SetUpDesk) -> None:
    _, browser = await desk(allow_guests=True)
    assert (await browser.ask("POST", "/chat/guest", json={})).status == 200
    assert (await browser.ask("GET", "/desk")).status == 401


async def test_outside_developer_mode_nobody_acts_as_another(desk: SetUpDesk) -> None:
    stage, browser = await desk(dev=False)
    person = await stage.holder_of(Role.ADMIN)
    assert (await browser.ask("GET", f"/desk?as={person.id}")).status == 401


async def test_a_page_is_for_its_roles_and_named_only_to_them(desk: SetUpDesk) -> None:
    stage, browser = await desk()
    await browser.enter(await stage.holder_of(Role.ADMIN))
    assert 'href="/desk/things"' in await browser.text("/desk")
    assert (await browser.ask("GET", "/desk/things")).status == 200
    plain = Person(id="plain", name="Ansatt", registered=True, created_at=stage.clock.now())
    await stage.put(plain)
    await browser.enter(plain)
    assert 'href="/desk/things"' not in await browser.text("/desk")
    refused = await browser.ask("GET", "/desk/things")
    assert refused.status == 403
    assert "Du har ikke tilgang til denne siden" in await refused.text()
    assert (await browser.send("/desk", "handoff.pass")).status == 400, "and no form goes around it"


async def test_a_view_checks_the_role_itself(desk: SetUpDesk) -> None:
    stage, browser = await desk()
    admin = await stage.holder_of(Role.ADMIN)
    await browser.enter(admin)
    answer = await browser.ask("GET", "/desk/officers")
    page = await answer.text()
    assert answer.status == 403
    assert "rolle som gjelder dette" in page
    assert 'href="/desk/things"' in page, "the menu is there"


async def test_what_is_missing_is_404_with_the_menu_and_its_language_can_be_changed(desk: SetUpDesk) -> None:
    stage, browser = await desk()
    await browser.enter(await stage.holder_of(Role.ADMIN))
    for path, told in (("/desk/missing", "Artikkelen finnes ikke"), ("/desk/nowhere", "Siden finnes ikke")):
        answer = await browser.ask("GET", path)
        page = await answer.text()
        assert (answer.status, told in page, 'href="/desk/things"' in page) == (404, True, True)
        changed = await browser.send(path, "profile.language", language="nb")
        assert (changed.status, changed.headers["Location"]) == (303, f"{path}#notice")
    assert (await browser.send("/desk/nowhere", "handoff.pass")).status == 400


async def test_what_a_form_did_is_said_once_on_the_next_page_and_not_in_the_chat(desk: SetUpDesk) -> None:
    stage, browser = await desk()
    person = await stage.holder_of(Role.ADMIN)
    await browser.enter(person)
    answer = await browser.send("/desk/things?q=x", "profile.language", language="nn")
    assert (answer.status, answer.headers["Location"]) == (303, "/desk/things?q=x#notice")
    page = await browser.text("/desk/things?q=x")
    assert 'data-color="success"' in page
    assert 'lang="nn"' in page
    assert "desk-notice" not in await browser.text("/desk/things")
    changed = await stage.find_person(person.id)
    assert changed is not None
    assert (changed.language, changed.addresses, changed.last_channel) == (Language.NN, {}, None)
    assert stage.delivered == []


async def test_a_form_pressed_twice_acts_once(desk: SetUpDesk) -> None:
    stage, browser = await desk()
    person = await stage.holder_of(Role.ADMIN)
    await browser.enter(person)
    form = await browser.form_id("/desk")
    await asyncio.gather(*(browser.send("/desk", "profile.language", form=form, language="en") for _ in range(2)))
    await browser.send("/desk", "profile.language", form=form, language="nn")
    assert "has been sent already" in await browser.text("/desk")
    changed = await stage.find_person(person.id)
    assert changed is not None
    assert changed.language is Language.EN


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
async def test_a_form_from_elsewhere_is_refused(desk: SetUpDesk, origin: str) -> None:
    stage, browser = await desk()
    person = await stage.holder_of(Role.ADMIN)
    await browser.enter(person)
    sent = {"form": await browser.form_id("/desk"), "verb": "profile.language", "language": "en"}
    for path in ("/desk", "/desk/leave"):
        assert (await browser.ask("POST", path, data=sent, headers={"Origin": origin})).status == 403
    unchanged = await stage.find_person(person.id)
    assert unchanged is not None
    assert unchanged.language is person.language


@pytest.mark.parametrize(
    "sent",
    [
        {"verb": "profile.language"},
        {"verb": "profile.language", "form": "form-1"},
        {"verb": "privacy.show", "form": f"form-{'0' * 32}"},
        {"form": f"form-{'0' * 32}"},
    ],
)
async def test_a_form_that_no_page_made_is_refused(desk: SetUpDesk, sent: dict[str, str]) -> None:
    stage, browser = await desk()
    await browser.enter(await stage.holder_of(Role.ADMIN))
    assert (await browser.ask("POST", "/desk/things", data=sent)).status == 400
    assert (await browser.ask("POST", "/desk/things", json=sent)).status == 415


@pytest.mark.parametrize("charset", ["utf-7", "raw_unicode_escape", "martian"])
async def test_a_form_in_another_encoding_is_refused(desk: SetUpDesk, charset: str) -> None:
    stage, browser = await desk()
    await browser.enter(await stage.holder_of(Role.ADMIN))
    sent = f"form=form-{'0' * 32}&verb=profile.language&language=en&motive=+2AA-".encode()
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    answer = await browser.ask("POST", "/desk/things", data=sent, headers={"Content-Type": kind})
    assert answer.status == 415


async def test_a_refusal_of_the_flow_is_shown_as_one(desk: SetUpDesk) -> None:
    stage, browser = await desk()
    await browser.enter(await stage.holder_of(Role.ADMIN))
    await browser.send("/desk/things", "handoff.pass", handoff_id="handoff-1", colleague_id="p001")
    assert 'data-color="danger" role="alert"' in await browser.text("/desk/things")


async def test_an_act_that_needs_a_recent_sign_in_leads_there_and_back(desk: SetUpDesk, clock: HeldClock) -> None:
    stage, browser = await desk(step_up=StepUp(max_age=timedelta(hours=1), address="https://heia.example/chat"))
    await browser.enter(await stage.holder_of(Role.ADMIN))
    clock.at += timedelta(hours=2)
    await browser.send("/desk/things", "removals.approve", municipality="eidsvoll")
    page = await browser.text("/desk/things")
    assert 'href="/signin/again?next=%2Fdesk%2Fthings"' in page
    assert 'data-color="danger"' in page


async def test_what_a_flow_replies_is_text_on_the_page(desk: SetUpDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def reply(event: Event, content: Any) -> Any:
        yield from ()
        return do(Reply(slot="x", message=Message(text="<b>Hei</b>")))

    monkeypatch.setitem(VERBS, "handoff.pass", reply)  # type: ignore[arg-type]
    stage, browser = await desk()
    await browser.enter(await stage.holder_of(Role.ADMIN))
    await browser.send("/desk/things", "handoff.pass")
    page = await browser.text("/desk/things")
    assert "&lt;b&gt;Hei&lt;/b&gt;" in page
    assert 'data-color="info"' in page
    assert stage.delivered == []


async def test_a_notice_is_for_its_person_and_cannot_be_invented(desk: SetUpDesk) -> None:
    stage, browser = await desk()
    first, second = await stage.holder_of(Role.ADMIN), await stage.holder_of(Role.DPO)
    await browser.enter(first)
    await browser.send("/desk", "profile.language", language="nn")
    await browser.enter(second)
    assert "desk-notice" not in await browser.text("/desk")
    browser.http.cookie_jar.update_cookies({"heia-notice": "eyJ0ZXh0IjoieCJ9.x"})
    assert "desk-notice" not in await browser.text("/desk")


async def test_signing_out_ends_the_session(desk: SetUpDesk) -> None:
    stage, browser = await desk()
    await browser.enter(await stage.holder_of(Role.ADMIN))
    cookies = {each.key: each.value for each in browser.http.cookie_jar}
    answer = await browser.ask("POST", "/desk/leave")
    assert "Du er logget ut av Heia" in await answer.text()
    assert (await browser.ask("GET", "/desk")).status == 401
    assert (await browser.ask("GET", "/desk", cookies=cookies)).status == 401, "not only the cookie is gone"


async def test_every_answer_is_for_this_browser_alone_and_runs_no_script_of_its_own(desk: SetUpDesk) -> None:
    stage, browser = await desk()
    await browser.enter(await stage.holder_of(Role.ADMIN))
    for method, path in (("GET", "/desk"), ("HEAD", "/desk"), ("GET", "/desk/none"), ("GET", "/desk/officers")):
        answer = await browser.ask(method, path)
        assert answer.headers["Cache-Control"] == "no-store", path
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?! [^>]*src=)|<style| style=| on[a-z]+=", await answer.text())
    assert (await browser.ask("GET", "/desk/none")).status == 404


def test_every_page_has_a_title_a_lead_and_verbs_that_exist() -> None:
    texts = DeskStage().content.texts
    for page in PAGES:
        assert page.verbs <= VERBS.keys(), page.path
        for language in Language:
            assert texts[language](page.title)
            assert not page.listed or texts[language](page.lead)
    assert len({page.path for page in PAGES}) == len(PAGES)


async def test_every_view_refuses_an_employee_whatever_the_table_of_pages_says(clock: HeldClock) -> None:
    """A page in the table with the wrong roles still shows nothing."""
    closed = [replace(page, roles=EVERYONE) for page in PAGES if Role.EMPLOYEE not in page.roles]
    stage = DeskStage(clock=clock, pages=closed)
    await stage.start()
    plain = Person(id="plain", name="Ansatt", municipality_id="eidsvoll", registered=True, created_at=clock.now())
    await stage.put(plain)
    async with Browser(stage) as browser:
        assert (await browser.ask("GET", f"{closed[0].path}?as=plain")).status == 303
        for page in closed:
            answer = await browser.ask("GET", re.sub(r"{[^}]*}", "x", page.path))
            assert answer.status in {403, 404}, page.path
    await stage.stop()


async def test_searching_for_a_person_and_looking_one_up_are_recorded(desk: SetUpDesk) -> None:
    stage, browser = await desk()
    officer = await stage.holder_of(Role.DPO)
    person = await stage.holder_of(Role.EDITOR, municipality_id=officer.municipality_id)
    await browser.enter(officer)

    async def search(path: str, **inputs: str) -> None:
        found = await browser.send(path, "desk.search", **inputs)
        assert (await browser.ask("GET", found.headers["Location"])).status == 200

    await search("/desk/privacy/audit", act="announce")
    assert await entries_by(stage, officer) == []
    await search("/desk/privacy/requests", who="ingen slik")
    await search("/desk/privacy/audit", person=person.id)
    acts = {(each.act, each.subject, each.about_person) for each in await entries_by(stage, officer)}
    assert acts == {
        ("privacy.searched", officer.municipality_id, False),
        ("privacy.looked_up", person.id, True),
    }


async def test_no_proxy_keeps_the_data_that_an_officer_takes_out(
    desk: SetUpDesk, clock: HeldClock, tmp_path: Path
) -> None:
    async def find_person(person_id: str) -> Person | None:
        return await stage.find_person(person_id)

    def downloads(store: Store) -> Downloads:
        return Downloads(
            store=store,
            images=FileImages(tmp_path),
            find_person=find_person,
            content=lambda: stage.content,
            clock=clock,
            rng=SystemRandomSource(),
        )

    stage, browser = await desk(downloads=downloads)
    officer = await stage.holder_of(Role.DPO)
    request = DataRequest(
        id="request-1",
        kind=DataRequestKind.EXPORT,
        person_id=officer.id,
        municipality_id=officer.municipality_id or "",
        state=DataRequestState.CONFIRMED,
        received_at=clock.now(),
        due_at=clock.now(),
        registered_by=officer.id,
    )
    await stage.put(request)
    await browser.enter(officer)
    answer = await browser.send("/desk/privacy/requests", "officer.export", request_id="request-1")
    await answer.read()
    assert answer.status == 200
    kept = {name: answer.headers[name] for name in ("Content-Type", "Cache-Control", "X-Accel-Buffering")}
    assert kept == {"Content-Type": "application/zip", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def test_the_desk_is_closed_while_a_removal_waits(desk: SetUpDesk) -> None:
    stage, browser = await desk()
    person = await stage.holder_of(Role.ADMIN)
    await browser.enter(person)
    form = await browser.form_id("/desk/things")
    at = stage.clock.now()
    account = ScimUser(
        id="u",
        person_id=person.id,
        municipality_id=person.municipality_id or "",
        user_name="u",
        resource={},
        waiting=True,
        created_at=at,
        changed_at=at,
    )
    await stage.put(account)
    answer = await browser.ask("GET", "/desk/things")
    assert (answer.status, stage.content.texts[person.language]("profile.suspended") in await answer.text()) == (
        403,
        True,
    )
    assert (await browser.send("/desk/things", "profile.language", form=form, language="en")).status == 403
    await stage.put(replace(account, waiting=False))
    assert (await browser.ask("GET", "/desk/things")).status == 200
