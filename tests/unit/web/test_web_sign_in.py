"""The ways in, and the headers that keep others out."""

import asyncio
import filecmp
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from yarl import URL

import bot.channels.web as home
from bot.channels.locale import preferred
from bot.channels.web.chat.conversation import SIGNED_OUT
from bot.channels.web.signin.signer import COOKIE, Signer
from bot.ports import Key, Stored, StoreUnavailable
from bot.records.codec import decode
from dialogs.core.audit import AuditEntry
from knowledge.article.article import Language
from tests import designsystemet
from tests.e2e.browser.stage import KEY
from tests.unit.web.conftest import Client, HeldClock, SetUp

ME = "ansatt-1"
STATIC = Path(home.__file__).parent / "static"
MODULES = Path(__file__).parents[3] / "node_modules"


async def enter(client: Client, token: str) -> int:
    return (await client.ask("POST", "/chat/enter", data={"token": token})).status


async def test_a_link_signs_in_once(set_up: SetUp) -> None:
    stage, client = await set_up(dev=False)
    link = await stage.link(ME)
    token = link.partition("token=")[2]
    for _ in range(3):
        looked_at = await client.ask("GET", link)
        assert looked_at.status == 200
        assert "Ansatt Skole Vest" in await looked_at.text()
    answer = await client.ask("POST", "/chat/enter", data={"token": token})
    assert (answer.status, answer.headers["Location"]) == (303, "/chat")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=43200" in cookie
    page = await client.page_with(None)
    key = page.hello["person"].pop("key")
    assert page.hello["person"] == {"id": ME, "name": "Ansatt Skole Vest", "way": "link"}
    assert key == Signer(KEY).browser_key(ME), "names what the person wrote in this browser"
    assert key != Signer(KEY).browser_key("ansatt-2")
    assert await enter(client, token) == 403
    [entry] = [decode(AuditEntry, stored) for stored in await stage.store.find(AuditEntry.KIND, f"by:{ME}")]
    assert (entry.act, entry.subject) == ("web.entered", ME)


async def test_a_link_ends_in_time_and_must_be_whole(set_up: SetUp, clock: HeldClock) -> None:
    stage, client = await set_up(dev=False, link_for=timedelta(hours=2))
    token = (await stage.link(ME)).partition("token=")[2]
    assert await enter(client, token[:-1]) == 403
    assert await enter(client, "") == 403
    clock.at += timedelta(hours=2)
    assert await enter(client, token) == 403
    assert (await client.ask("GET", f"/chat/enter?token={token}")).status == 403
    assert (await client.ask("GET", "/chat/enter")).status == 403


async def test_a_session_token_is_no_link_and_a_link_no_session(set_up: SetUp) -> None:
    stage, client = await set_up()
    badge = await client.badge(ME)
    assert await enter(client, badge) == 403
    socket = await client.dial({"type": "open", "token": (await stage.link(ME)).partition("token=")[2]})
    await socket.receive(timeout=5)
    assert socket.close_code == 4401


async def test_another_sites_form_signs_nobody_in_or_out(set_up: SetUp) -> None:
    stage, client = await set_up(dev=False, allow_guests=True)
    token = (await stage.link(ME)).partition("token=")[2]
    for origin in ("https://example.org", "null", ""):
        for path in ("/chat/enter", "/chat/guest", "/chat/leave"):
            answer = await client.ask("POST", path, data={"token": token}, headers={"Origin": origin})
            assert answer.status == 403
            assert "Set-Cookie" not in answer.headers
    assert await enter(client, token) == 303


async def test_the_cookie_is_secure_and_bound_to_the_host_away_from_this_machine(set_up: SetUp) -> None:
    _, client = await set_up(dev=False, allow_guests=True)
    public = {"Host": "heia.example.no", "Origin": "https://heia.example.no"}
    cookie = (await client.ask("POST", "/chat/guest", headers=public)).headers["Set-Cookie"]
    assert cookie.startswith("__Host-heia-chat=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


async def test_behind_a_proxy_the_public_origin_counts(set_up: SetUp) -> None:
    _, client = await set_up(dev=False, allow_guests=True, origins=frozenset({"https://heia.example.no"}))
    assert (await client.ask("POST", "/chat/guest")).status == 403
    answer = await client.ask("POST", "/chat/guest", headers={"Origin": "https://heia.example.no"})
    assert answer.status == 200
    assert "Secure" in answer.headers["Set-Cookie"]


async def test_signing_out_ends_the_session_of_the_browser(set_up: SetUp) -> None:
    _, client = await set_up(dev=False, allow_guests=True)
    await client.ask("POST", "/chat/guest")
    assert (await client.ask("POST", "/chat/leave")).status == 200
    socket = await client.dial({"type": "open"})
    await socket.receive(timeout=5)
    assert socket.close_code == 4401


async def test_signing_out_ends_every_copy_of_the_cookie(set_up: SetUp) -> None:
    stage, client = await set_up(dev=False)
    async with Client(stage) as first:
        await enter(first, (await stage.link(ME)).partition("token=")[2])
        [copy] = [cookie.value for cookie in first.http.cookie_jar if cookie.key == COOKIE]
    await enter(client, (await stage.link(ME)).partition("token=")[2])
    elsewhere = await client.page_with(None)
    await elsewhere.hear("arrived")
    async with Client(stage) as thief:
        thief.http.cookie_jar.update_cookies({COOKIE: copy}, URL(client.origin))
        open_page = await thief.page_with(None)
        async with Client(stage) as own:
            own.http.cookie_jar.update_cookies({COOKIE: copy}, URL(client.origin))
            assert (await own.ask("POST", "/chat/leave")).status == 200
        assert await open_page.ended() is not None
        socket = await thief.dial({"type": "open"})
        await socket.receive(timeout=5)
        assert socket.close_code == SIGNED_OUT
    assert await elsewhere.everything() == [], "another session goes on"
    assert (await client.page_with(None, again=True)).hello["person"]["id"] == ME


@pytest.mark.parametrize("way", ["link", "guest"])
async def test_signing_in_anew_ends_the_session_the_browser_had(set_up: SetUp, way: str) -> None:
    stage, client = await set_up(dev=False, allow_guests=True)
    await enter(client, (await stage.link(ME)).partition("token=")[2])
    [copy] = [cookie.value for cookie in client.http.cookie_jar if cookie.key == COOKIE]
    async with Client(stage) as thief:
        thief.http.cookie_jar.update_cookies({COOKIE: copy}, URL(client.origin))
        open_page = await thief.page_with(None)
        if way == "link":
            await enter(client, (await stage.link(ME)).partition("token=")[2])
        else:
            assert (await client.ask("POST", "/chat/guest")).status == 200
        assert await open_page.ended() is not None
        socket = await thief.dial({"type": "open"})
        await socket.receive(timeout=5)
        assert socket.close_code == SIGNED_OUT
    [now] = [cookie.value for cookie in client.http.cookie_jar if cookie.key == COOKIE]
    assert now != copy
    assert (await client.page_with(None)).hello["person"]["way"] == way


async def test_a_link_of_no_use_leaves_the_session_there_is(set_up: SetUp) -> None:
    stage, client = await set_up(dev=False)
    await enter(client, (await stage.link(ME)).partition("token=")[2])
    await client.ask("POST", "/chat/enter", data={"token": "made-up"})
    assert (await client.page_with(None)).hello["person"]["id"] == ME


async def test_a_page_that_opens_while_its_session_ends_is_closed(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, client = await set_up(dev=False)
    await enter(client, (await stage.link(ME)).partition("token=")[2])
    [copy] = [cookie.value for cookie in client.http.cookie_jar if cookie.key == COOKIE]
    opening, ended = asyncio.Event(), asyncio.Event()
    get = stage.store.get

    async def slow(keys: Sequence[Key]) -> Mapping[Key, Stored]:
        found = await get(keys)
        if not opening.is_set():
            opening.set()
            await ended.wait()
        return found

    monkeypatch.setattr(stage.store, "get", slow)
    socket = await client.dial({"type": "open", "token": copy, "again": True})
    async with asyncio.timeout(5):
        await opening.wait()
    assert (await client.ask("POST", "/chat/leave")).status == 200
    ended.set()
    while not socket.closed:
        await socket.receive(timeout=5)
    assert socket.close_code is not None


async def test_signing_out_says_so_when_the_store_is_away(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away() -> None:
        raise StoreUnavailable("away")

    stage, client = await set_up(dev=False, allow_guests=True)
    await client.ask("POST", "/chat/guest")
    monkeypatch.setattr(stage.store, "ping", away)
    answer = await client.ask("POST", "/chat/leave")
    assert answer.status == 503
    assert not client.http.cookie_jar.filter_cookies(URL(client.origin)), "this browser forgets it all the same"


@pytest.mark.parametrize("way", ["look", "link", "guest", "choice"])
async def test_signing_in_says_so_when_the_store_is_away(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable("away")

    stage, client = await set_up(allow_guests=True)
    link = await stage.link(ME)
    token = link.partition("token=")[2]
    await client.ask("POST", "/chat/guest")
    monkeypatch.setattr(stage.store, "get", away)
    monkeypatch.setattr(stage.store, "commit", away)
    match way:
        case "look":
            answer = await client.ask("GET", link)
        case "link":
            answer = await client.ask("POST", "/chat/enter", data={"token": token})
        case "guest":
            answer = await client.ask("POST", "/chat/guest")
        case _:
            answer = await client.ask("POST", "/chat/session", json={"as": ME})
    assert answer.status == 503
    assert "Set-Cookie" not in answer.headers
    assert (await answer.json())["error"]


async def test_nobody_is_chosen_and_no_guest_let_in_unless_asked_for(set_up: SetUp) -> None:
    _, client = await set_up(dev=False)
    assert (await client.ask("GET", "/chat/people")).status == 404
    assert (await client.ask("POST", "/chat/session", json={"as": ME})).status == 404
    assert (await client.ask("POST", "/chat/guest")).status == 404


async def test_developer_mode_is_for_this_machine_only(set_up: SetUp) -> None:
    _, client = await set_up()
    token = await client.badge(ME)
    for host in ("heia.example.no", "192.0.2.7:3978", "localhost.example.no"):
        headers = {"Host": host, "Origin": f"http://{host}"}
        assert (await client.ask("GET", "/chat/people", headers=headers)).status == 403
        assert (await client.ask("POST", "/chat/session", json={"as": ME}, headers=headers)).status == 403
        socket = await client.dial({"type": "open", "token": token}, **headers)
        await socket.receive(timeout=5)
        assert socket.close_code == 4401


async def test_choosing_needs_json_of_our_own_page(set_up: SetUp) -> None:
    _, client = await set_up()
    foreign = {"Origin": "https://example.org"}
    assert (await client.ask("POST", "/chat/session", json={"as": ME}, headers=foreign)).status == 403
    assert (await client.ask("POST", "/chat/session", data={"as": ME})).status == 415
    assert (await client.ask("POST", "/chat/session", json={"as": "ingen"})).status == 404
    kind = {"Content-Type": "application/json"}
    for body in (b"", b"{", b"[]", b"7", b'{"as": 7}', b'{"as": ""}', b'{"as": "a", "b": 1}', b"\xff\xfe"):
        assert (await client.ask("POST", "/chat/session", data=body, headers=kind)).status == 400


async def test_people_are_found_by_name_place_and_role(set_up: SetUp) -> None:
    _, client = await set_up()

    async def found(query: str) -> list[str]:
        answer = await (await client.ask("GET", f"/chat/people?{query}")).json()
        return [one["id"] for one in answer["people"]]

    assert len(await found("")) == 4
    assert await found("q=NORD+helse") == ["ambassador-1"]
    assert await found("q=bibliotek") == ["ansatt-2"]
    assert await found("role=announcer") == ["announcer-1"]
    assert await found("q=vest&role=announcer") == []


@pytest.mark.parametrize("path", ["/chat", "/chat/enter", "/chat/people", "/chat/static/main.js", "/chat/static/no"])
async def test_every_answer_carries_the_guards(set_up: SetUp, path: str) -> None:
    _, client = await set_up()
    headers = (await client.ask("GET", path)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/chat", "text/html"),
        ("/chat/enter?token=x", "text/html"),
        ("/chat/people", "application/json"),
        ("/chat/static/main.js", "text/javascript"),
        ("/chat/static/page.css", "text/css"),
        ("/chat/static/icon.svg", "image/svg+xml"),
        ("/chat/static/no", "text/plain"),
    ],
)
async def test_every_answer_names_its_kind_and_charset(set_up: SetUp, path: str, kind: str) -> None:
    _, client = await set_up()
    answer = await client.ask("GET", path)
    assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"


async def test_the_intranet_may_embed_the_page_when_it_is_named(set_up: SetUp) -> None:
    _, client = await set_up(frame_ancestors=("https://intranett.example.no",))
    headers = (await client.ask("GET", "/chat")).headers
    assert "frame-ancestors https://intranett.example.no" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers


async def test_the_page_holds_no_script_or_style_of_its_own(set_up: SetUp) -> None:
    _, client = await set_up()
    page = await (await client.ask("GET", "/chat")).text()
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert all("src=" in tag for tag in page.split("<script")[1:])


@pytest.mark.parametrize(
    "path",
    ["../page.py", "..%2fpage.py", "%2e%2e/page.py", "vendor%2f..%2f..%2fpage.py", "/etc/passwd", "vendor", ""],
)
async def test_nothing_but_static_files_is_served(set_up: SetUp, path: str) -> None:
    _, client = await set_up()
    assert (Path(home.__file__).parent / "static" / unquote(path)).exists(), "a path that leads nowhere proves nothing"
    address = URL(f"{client.origin}/chat/static/{path}", encoded=True)  # otherwise the client resolves the dots
    async with client.http.get(address) as answer:
        assert answer.status in (400, 403, 404)


async def test_static_files_come_small_and_are_asked_for_once(set_up: SetUp) -> None:
    _, client = await set_up()
    path = "/chat/static/vendor/adaptivecards.min.js"
    answer = await client.ask("GET", path)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert (await answer.read()) == (STATIC / "vendor/adaptivecards.min.js").read_bytes()
    again = await client.ask("GET", path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("adaptivecards.min.js", "adaptivecards/dist/adaptivecards.min.js"),
        ("adaptivecards.min.js.LICENSE.txt", "adaptivecards/dist/adaptivecards.min.js.LICENSE.txt"),
        ("adaptivecards.LICENSE.txt", "adaptivecards/LICENSE"),
        ("swiper.LICENSE.txt", "swiper/LICENSE"),
        ("markdown-it.min.js", "markdown-it/dist/markdown-it.min.js"),
        ("markdown-it.LICENSE.txt", "markdown-it/LICENSE"),
        ("linkify-it.LICENSE.txt", "linkify-it/LICENSE"),
        ("mdurl.LICENSE.txt", "mdurl/LICENSE"),
        ("uc.micro.LICENSE.txt", "uc.micro/LICENSE.txt"),
        ("entities.LICENSE.txt", "entities/LICENSE"),
        ("punycode.js.LICENSE.txt", "punycode.js/LICENSE-MIT.txt"),
        ("designsystemet.LICENSE.txt", "@digdir/designsystemet-css/LICENSE"),
    ],
)
def test_vendored_files_are_those_of_the_locked_packages(ours: str, theirs: str) -> None:
    assert filecmp.cmp(STATIC / "vendor" / ours, MODULES / theirs, shallow=False)


def test_the_vendored_style_sheet_is_made_of_the_locked_package() -> None:
    assert designsystemet.SHEET.read_bytes() == designsystemet.bundle(), "python -m tests.designsystemet"


def test_nothing_is_vendored_that_is_not_compared() -> None:
    assert len(list((STATIC / "vendor").iterdir())) == 13


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", Language.NB),
        ("de", Language.NB),
        ("nn-NO,nb;q=0.9", Language.NN),
        ("de,en-GB;q=0.8,no;q=0.9", Language.NB),
        ("en-US,en;q=0.9", Language.EN),
        ("nb;q=x,en;q=0.1", Language.EN),
    ],
)
def test_before_sign_in_the_browsers_language_counts(header: str, language: Language) -> None:
    assert preferred(header) is language
