"""What others write stays text, nothing is fetched from elsewhere, and only the right people get in."""

import json
import zipfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, Page, WebSocketRoute, expect

from bot.app.clock import SystemClock, SystemRandomSource
from bot.export.bundle import Downloads
from bot.images.files import FileImages
from bot.ports import Incoming, Store
from dialogs.core.card import card, heading, link, paragraph, press, write
from dialogs.core.event import Pressed
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from tests.e2e.browser.axe import violations
from tests.e2e.browser.relay import store, talking
from tests.e2e.browser.stage import Stage
from tests.sessions import end_all_sessions
from tests.unit.announce.town import Town

ME = "ansatt-1"
ATTACKS = [
    "<script>window.broken = 1</script>",
    "<img src=x onerror='window.broken = 1'>",
    "[klikk](javascript:window.broken=1)",
    "[klikk](data:text/html,<script>window.broken=1</script>)",
    "![bilde](https://example.org/spor.png)",
    "<a href='javascript:window.broken=1'>klikk</a>",
    "javascript:window.broken=1",
    "[a](<javascript:window.broken=1>)",
    "[x]: javascript:window.broken=1\n\n[x]",
    "<svg onload=window.broken=1>",
    "``<iframe src=//example.org>``",
    "<at><img src=x onerror=window.broken=1></at>",
]


async def opened(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.url}?as={ME}")
    await expect(page.get_by_label("Skriv til Heia")).to_be_visible()


async def harmless(page: Page) -> None:
    found = await page.evaluate(
        "[...document.querySelectorAll('#log :is(script, iframe, svg, img, [onerror], [onload], [onclick])')].length"
        " + [...document.querySelectorAll('#log a')].filter(a => !/^(https|mailto|tel):/.test(a.href)).length"
    )
    assert found == 0
    assert await page.evaluate("window.broken") is None


async def test_markup_in_words_and_cards_stays_text(stage: Stage, page: Page) -> None:
    await opened(stage, page)
    for number, attack in enumerate(ATTACKS):
        await stage.post(ME, f"text{number}", Message(text=attack, suggestions=(attack,)))
        body = [heading(attack), paragraph(attack), {"type": "FactSet", "facts": [{"title": attack, "value": attack}]}]
        inner = card(body, [link(attack, "javascript:window.broken=1")])
        await stage.post(ME, f"card{number}", Message(text="kort", card=inner))
        await page.get_by_label("Skriv til Heia").fill(attack)
        await page.keyboard.press("Enter")
    await stage.wait_for(lambda: len(stage.inbox.said()) == len(ATTACKS))
    await expect(page.locator(".entry.own")).to_have_count(len(ATTACKS))
    await harmless(page)
    await page.reload()
    await expect(page.locator(".entry.own")).to_have_count(len(ATTACKS))
    await harmless(page)


async def test_markup_in_the_name_of_who_reads_along_stays_text(stage: Stage, page: Page) -> None:
    await store(stage, Person(id="ambassador-1", name="".join(ATTACKS[:2]), created_at=stage.clock.now()))
    await talking(stage)
    await stage.post(ME, "handoff/h1/accepted/1", Message(text="Jeg hjelper deg."))
    await page.goto(f"{stage.url}?as={ME}")
    await page.locator("#words").fill("Hei")
    await page.locator("#words").press("Enter")
    await expect(page.locator("#recipient")).to_contain_text("img src=x onerror='window.broken = 1'")
    await harmless(page)
    await expect(page.locator("#recipient :is(script, img)")).to_have_count(0)


async def test_a_text_links_to_pages_of_heia_itself_also_without_https(stage: Stage, page: Page) -> None:
    own = stage.url.removesuffix("/chat")
    other = f"{own}@elsewhere.example/signin"
    await opened(stage, page)
    await stage.post(ME, "again", Message(text=f"[Logg inn på nytt]({own}/signin/again) eller [nei]({other})"))
    again = page.get_by_role("link", name="Logg inn på nytt")
    await expect(again).to_have_attribute("href", f"{own}/signin/again")
    await expect(page.locator("#log").get_by_role("link", name="nei")).to_have_count(0)


async def test_links_open_elsewhere_without_a_way_back_and_only_over_https(stage: Stage, page: Page) -> None:
    actions = [
        link("God", "https://example.org/"),
        link("Dårlig", "http://example.org/"),
        link("Verst", "javascript:1"),
    ]
    await stage.post(ME, "card", Message(text="kort", card=card([paragraph("[her](https://example.org)")], actions)))
    await opened(stage, page)
    inline = page.get_by_role("link", name="her")
    await expect(inline).to_have_attribute("rel", "noopener noreferrer")
    await expect(inline).to_have_attribute("target", "_blank")
    await page.evaluate(
        "void (window.open = (...args) => { window.asked = [...(window.asked ?? []), args]; return null; })"
    )
    for name in ("God", "Dårlig", "Verst"):
        await page.get_by_role("link", name=name).click()
    await expect(page.get_by_text("Lenken kan ikke åpnes herfra")).to_be_visible()
    assert await page.evaluate("window.asked") == [["https://example.org/", "_blank", "noopener,noreferrer"]]


async def test_unknown_parts_of_a_card_are_seen_as_text(stage: Stage, page: Page) -> None:
    body: list[dict[str, object]] = [
        {"type": "Image", "url": "https://example.org/spor.png", "altText": "Kart over bygget"},
        {"type": "Video", "title": "Film om passord"},
        {"type": "Chart.Donut", "fallback": {"type": "TextBlock", "text": "I stedet for diagram"}},
        {"type": "Rating"},
        {"type": "Carousel", "pages": [], "items": [{"type": "TextBlock", "text": "Side én"}]},
        {"type": "TextBlock", "text": "Hei <at>Ambassadør</at>", "wrap": False},
    ]
    actions = [{"type": "Action.Popover", "title": "Vis mer"}]
    whole = {**card(body), "version": "1.6", "actions": actions, "backgroundImage": "https://example.org/bak.png"}
    await stage.post(ME, "card", Message(text="kort", card=whole))
    await opened(stage, page)
    for text in ("Kart over bygget", "Film om passord", "I stedet for diagram", "Side én", "Hei Ambassadør"):
        await expect(page.get_by_text(text)).to_be_visible()
    await expect(page.get_by_text("Denne delen kan ikke vises her.")).to_be_visible()
    await page.get_by_role("button", name="Vis mer").click()
    await expect(page.get_by_text("Denne knappen virker bare i Teams.")).to_be_visible()
    assert stage.inbox.pressed() == []


async def test_a_card_that_is_no_card_is_shown_as_its_text(stage: Stage, page: Page) -> None:
    await stage.post(ME, "card", Message(text="Teksten i stedet", card={"type": "AdaptiveCard", "body": 7}))
    await opened(stage, page)
    await expect(page.get_by_text("Teksten i stedet")).to_be_visible()


async def test_a_sign_in_link_works_once_and_only_when_used_by_hand(page: Page, context: BrowserContext) -> None:
    stage = Stage(dev=False)
    await stage.start()
    address = stage.url.removesuffix("/chat") + await stage.link(ME)
    await page.goto(address)
    await page.goto(address)  # looking at it, as link scanners do, does not use it up
    await expect(page.get_by_text("logge inn som Ansatt Skole Vest")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name="Logg inn").click()
    await expect(page.get_by_label("Skriv til Heia")).to_be_visible()
    [cookie] = await context.cookies()
    assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Lax")
    await page.goto(address)
    await expect(page.get_by_text("Denne innloggingslenken kan ikke brukes")).to_be_visible()
    await page.get_by_role("link", name="Til Heia").click()
    await page.get_by_role("button", name="Logg ut").click()
    await expect(page.get_by_text("Logg inn for å snakke med Heia")).to_be_visible()
    assert await violations(page) == []
    await stage.stop()


async def test_the_page_of_who_has_left_closes_by_itself_and_no_link_opens_it_again(page: Page) -> None:
    stage = Stage(dev=False)
    await stage.start()
    unused = await stage.link(ME)
    await page.goto(stage.url.removesuffix("/chat") + await stage.link(ME))
    await page.get_by_role("button", name="Logg inn").click()
    await expect(page.get_by_label("Skriv til Heia")).to_be_visible()
    await page.get_by_label("Skriv til Heia").fill("Hvor er nøkkelen?")
    await page.keyboard.press("Enter")
    await expect(page.locator("#log").get_by_text("Hvor er nøkkelen?")).to_be_visible()
    await end_all_sessions(stage.sessions, ME, at=stage.clock.now())
    await expect(page.get_by_role("heading", name="Du er logget ut")).to_be_visible()
    for way_out in (page.get_by_role("button", name="Logg ut"), page.get_by_role("link", name="Innlogginger")):
        await expect(way_out).to_be_hidden()
    await expect(page.get_by_label("Skriv til Heia")).to_be_hidden()
    await expect(page.get_by_text("Hvor er nøkkelen?")).to_have_count(0)
    assert await violations(page) == []
    await page.goto(stage.url.removesuffix("/chat") + unused)
    await expect(page.get_by_text("hos den digitaliseringsansvarlige")).to_be_visible()
    await stage.stop()


async def test_signing_out_leaves_nothing_of_the_conversation_in_the_browser(page: Page) -> None:
    stage = Stage(dev=False)
    await stage.start()
    await page.goto(stage.url.removesuffix("/chat") + await stage.link(ME))
    await page.get_by_role("button", name="Logg inn").click()
    await expect(page.get_by_label("Skriv til Heia")).to_be_visible()
    await page.evaluate("() => sessionStorage.setItem('heia.unsent.someone', '[]')")
    await page.get_by_role("button", name="Logg ut").click()
    await expect(page.get_by_text("Logg inn for å snakke med Heia")).to_be_visible()
    assert await page.evaluate("() => [sessionStorage.length, localStorage.length]") == [0, 0]
    await stage.stop()


async def test_the_next_one_at_a_shared_machine_finds_nothing_of_what_was_being_written(
    page: Page, context: BrowserContext
) -> None:
    stage = Stage(dev=False, allow_guests=True)
    await stage.start()
    try:
        await stage.post(ME, "form", Message(text="Skjema", card=card([write("title", "Tittel")])))
        await page.goto(stage.url.removesuffix("/chat") + await stage.link(ME))
        await page.get_by_role("button", name="Logg inn").click()
        second = await context.new_page()
        for tab in (page, second):
            await tab.goto(stage.url)
            await tab.get_by_label("Tittel").fill("hemmelig skjema")
            await tab.get_by_label("Skriv til Heia").fill("hemmelig utkast")
        await second.get_by_role("button", name="Logg ut").click()
        await expect(page.get_by_role("heading", name="Du er logget ut")).to_be_visible()
        await expect(second.get_by_role("button", name="Skriv som gjest")).to_be_visible()
        assert await page.evaluate("JSON.stringify({...sessionStorage})") == "{}"
        assert await second.evaluate("JSON.stringify({...sessionStorage})") == "{}"
        await page.get_by_role("button", name="Skriv som gjest").click()
        await expect(page.get_by_label("Skriv til Heia")).to_have_value("")
        assert "hemmelig" not in await page.content()
    finally:
        await stage.stop()


async def test_a_draft_outlives_the_session_for_its_person_alone(page: Page) -> None:
    stage = Stage(dev=False)
    await stage.start()
    words = page.get_by_label("Skriv til Heia")
    try:
        for person, shown in ((ME, ""), (ME, "mitt utkast"), ("ambassador-1", "")):
            await page.goto(stage.url.removesuffix("/chat") + await stage.link(person))
            await page.get_by_role("button", name="Logg inn").click()
            await expect(page.get_by_role("button", name="Logg ut")).to_be_visible()
            await expect(words).to_have_value(shown)
            if person == ME:
                await words.fill("mitt utkast")
                await end_all_sessions(stage.sessions, ME, at=stage.clock.now())
                await expect(page.get_by_role("heading", name="Du er logget ut")).to_be_visible()
                assert "mitt utkast" not in await page.content()
                assert ME not in await page.evaluate("JSON.stringify({...sessionStorage})")
        assert "mitt" not in await page.evaluate("JSON.stringify({...sessionStorage})")
        assert stage.inbox.said() == []
    finally:
        await stage.stop()


async def test_a_tab_never_speaks_for_who_signed_in_elsewhere_meanwhile(page: Page, context: BrowserContext) -> None:
    async def reach(socket: WebSocketRoute) -> None:
        if away:
            await socket.close()
        else:
            socket.connect_to_server()

    away: list[bool] = []
    await page.route_web_socket("**/chat/socket", reach)
    stage = Stage(dev=False)
    await stage.start()
    try:
        await stage.post(ME, "mine", Message(text="Bare til den ansatte"))
        await page.goto(stage.url.removesuffix("/chat") + await stage.link(ME))
        await page.get_by_role("button", name="Logg inn").click()
        await expect(page.locator("#log").get_by_text("Bare til den ansatte")).to_be_visible()
        links = await stage.link("ambassador-1")
        second = await context.new_page()
        await second.goto(stage.url.removesuffix("/chat") + links)
        away.append(True)
        await stage.stop()
        await page.get_by_label("Skriv til Heia").fill("i mitt navn")
        await page.keyboard.press("Enter")
        await page.get_by_label("Skriv til Heia").fill("mitt utkast")
        await expect(page.locator("#log").get_by_text("Sendes …")).to_be_visible()
        await stage.start()
        await second.get_by_role("button", name="Logg inn").click()
        await expect(second.get_by_label("Skriv til Heia")).to_be_visible()
        away.clear()
        await page.evaluate("window.dispatchEvent(new Event('online'))")
        await expect(page.get_by_label("Skriv til Heia")).to_have_value("")
        await expect(page.locator("#log").get_by_text("Bare til den ansatte")).to_have_count(0)
        assert stage.inbox.said() == []
        assert "mitt" not in await page.evaluate("JSON.stringify({...sessionStorage})")
    finally:
        await stage.stop()


async def erase(stage: Stage, incoming: Incoming) -> None:
    """Do what a deletion does to the page: sign out, answer, and delete the conversation with the answer."""
    if isinstance(incoming.what, Pressed):
        await end_all_sessions(stage.sessions, ME, at=stage.clock.now())
        await stage.post(ME, "privacy/1", Message(text="Slettet.\nNummer: 0a1b2c", to_keep=True))
        await stage.store.forget_recipient(ME)


@pytest.mark.parametrize("dev", [False, True])
async def test_a_receipt_stays_after_the_sign_out_until_it_is_closed(page: Page, dev: bool) -> None:
    stage = Stage(dev=dev)
    stage.inbox.answer = partial(erase, stage)
    await stage.start()
    try:
        await stage.post(
            ME, "privacy/1", Message(text="Slette?", card=card([], [press("Slett nå", "privacy.erase_now")]))
        )
        if dev:
            await page.goto(f"{stage.url}?as={ME}")
        else:
            await page.goto(stage.url.removesuffix("/chat") + await stage.link(ME))
            await page.get_by_role("button", name="Logg inn").click()
        await page.get_by_role("button", name="Slett nå").click()
        if dev:
            await stage.wait_for(lambda: len(stage.inbox.arrived()) == 2)  # signed in again, as dev mode does
        else:
            await expect(page.get_by_role("heading", name="Du er logget ut")).to_be_visible()
        await expect(page.locator("#log").get_by_text("0a1b2c")).to_have_count(0)
        receipt = page.get_by_role("region", name="Ta vare på kvitteringen")
        await expect(receipt.get_by_text("Nummer: 0a1b2c")).to_be_visible()
        assert await violations(page) == []
        async with page.expect_download() as started:
            await receipt.get_by_role("button", name="Last ned").click()
        assert (await (await started.value).path()).read_text("utf-8") == "Slettet.\nNummer: 0a1b2c\n"
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await receipt.get_by_role("button", name="Kopier").click()
        await expect(receipt.get_by_text("Kopiert.")).to_be_visible()
        assert await page.evaluate("navigator.clipboard.readText()") == "Slettet.\nNummer: 0a1b2c"
        await receipt.get_by_role("button", name="Lukk kvitteringen").click()
        await expect(page.locator("main").get_by_text("0a1b2c")).to_have_count(0)
    finally:
        await stage.stop()


async def test_a_guest_can_write_where_guests_are_allowed(page: Page) -> None:
    stage = Stage(dev=False, allow_guests=True)
    await stage.start()
    await page.clock.install()
    await page.goto(stage.url)
    await page.get_by_role("button", name="Skriv som gjest").click()
    await expect(page.get_by_label("Skriv til Heia")).to_be_focused()
    await page.clock.fast_forward(5_000)
    await expect(page.locator("#state"), "nothing is being connected any more").to_have_text("")
    await page.keyboard.type("Hei")
    await page.keyboard.press("Enter")
    await stage.wait_for(lambda: stage.inbox.said() == ["Hei"])
    assert (stage.inbox.received[-1].sender.person_id or "").startswith("guest-")
    await stage.stop()


async def test_an_unknown_person_is_asked_who_to_be(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.url}?as=ingen")
    await expect(page.get_by_text("Det finnes ingen prøveperson med den id-en")).to_be_visible()
    await page.get_by_label("Søk").fill("helse")
    await expect(page.get_by_text("Viser 1 av 1")).to_be_visible()
    await page.get_by_role("link", name="Ambassadør Helse Nord").click()
    await expect(page.get_by_role("button", name="Bytt person. Du er Ambassadør Helse Nord")).to_be_visible()
    await page.get_by_role("button", name="Bytt person").click()
    await expect(page.locator(".chips [data-role]")).to_have_count(len(Role) + 1)
    assert await page.locator(".chips [data-role]").evaluate_all(
        "all => all.map(each => each.dataset.role).sort()"
    ) == [
        "",
        *sorted(Role),
    ]
    await page.get_by_role("button", name="Kunngjører", exact=True).click()
    await page.get_by_role("link", name="Kunngjører IT").click()
    await expect(page.get_by_role("button", name="Du er Kunngjører IT")).to_be_visible()


async def test_everything_stored_of_a_person_is_saved_as_a_file_by_one_button(page: Page, tmp_path: Path) -> None:
    people = {ME: Person(id=ME, name="Ansatt", municipality_id="lillevik", created_at=datetime.now(UTC))}

    async def find_person(person_id: str) -> Person | None:
        return people.get(person_id)

    def downloads(store: Store) -> Downloads:
        return Downloads(
            store=store,
            images=FileImages(tmp_path / "images"),
            find_person=find_person,
            content=lambda: Town().content,
            clock=SystemClock(),
            rng=SystemRandomSource(),
        )

    stage = Stage(dev=False, downloads=downloads)
    await stage.start()
    try:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await stage.post(ME, "privacy/1", Message(text="Dine data", data_of=""))
        await page.goto(stage.url.removesuffix("/chat") + await stage.link(ME))
        await page.get_by_role("button", name="Logg inn").click()
        async with page.expect_download() as started:
            await page.get_by_role("button", name="Last ned alt (ZIP)").click()
        saved = await started.value
        assert saved.suggested_filename == f"heia-data-{datetime.now(UTC):%Y-%m-%d}.zip"
        with zipfile.ZipFile(await saved.path()) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == ["data.json", "readable.html"]
            received = json.loads(archive.read("data.json"))["data"]["delivery"]
            assert [each["text"] for each in received] == ["Dine data"]
        [address] = [each for each in asked if "/chat/data" in each]
        assert urlsplit(address)[2:] == ("/chat/data", "", "")
        people.clear()
        await page.get_by_role("button", name="Last ned alt (ZIP)").click()
        await expect(page.get_by_text("Du kan ikke hente disse opplysningene")).to_be_visible()
        assert await violations(page) == []
    finally:
        await page.close()
        await stage.stop()
