"""Talking: words there and back, cards that change where they stand, several people, broken connections."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from playwright.async_api import BrowserContext, Page, WebSocketRoute, expect

from bot.app.clock import SystemClock
from bot.ports import Incoming, Key, StoreUnavailable, Turn
from bot.records.codec import decode
from dialogs.core.card import buttons, card, choose, heading, paragraph, press, reveal, toggle, write
from dialogs.core.event import Arrived, Pressed, Said
from dialogs.core.message import Message
from dialogs.core.person import Role
from dialogs.core.session import Session
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff.relay import relay_slot
from knowledge.article.article import Language
from tests.e2e.browser.axe import violations
from tests.e2e.browser.cards import answer_card
from tests.e2e.browser.relay import store, talking
from tests.e2e.browser.stage import Stage

ME = "ansatt-1"
OTHER = "ambassador-1"
MANY = [(f"Skole {n}", f"s{n}") for n in range(30)]


class LaterClock(SystemClock):
    """The machine's clock, ``late`` as a test wants it."""

    late = timedelta()

    def now(self) -> datetime:
        return super().now() + self.late


async def opened(stage: Stage, page: Page, person_id: str = ME) -> None:
    await page.goto(f"{stage.url}?as={person_id}")
    await expect(page.get_by_label("Skriv til Heia")).to_be_visible()


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Skriv til Heia").fill(text)
    await page.keyboard.press("Enter")


async def shown(page: Page) -> list[str]:
    """Return the conversation as it is read: who, then what."""
    lines: list[str] = await page.locator(".entry").evaluate_all(
        "entries => entries.map(e => (e.classList.contains('own') ? 'own: ' : 'bot: ') "
        "+ e.querySelector('.words, .body').innerText.trim())"
    )
    return lines


async def shows(page: Page, lines: list[str]) -> None:
    """Wait until the conversation reads so: another tab may be ahead."""
    await expect(page.locator(".entry")).to_have_count(len(lines))
    assert await shown(page) == lines


async def test_words_go_out_and_the_answer_comes_back(stage: Stage, page: Page) -> None:
    async def answer(incoming: Incoming) -> None:
        if isinstance(incoming.what, Said):
            await stage.post(ME, "answer", Message(text="Du skrev: " + incoming.what.utterance))

    stage.inbox.answer = answer
    await opened(stage, page)
    await say(page, "Hei der")
    await expect(page.locator("#log").get_by_text("Du skrev: Hei der")).to_be_visible()
    await shows(page, ["own: Hei der", "bot: Du skrev: Hei der"])
    await expect(page.locator("#log").get_by_text("Sendes …")).to_have_count(0)


async def test_a_reload_shows_the_same_conversation(stage: Stage, page: Page) -> None:
    async def answer(incoming: Incoming) -> None:
        if isinstance(incoming.what, Said):
            await stage.post(ME, incoming.id, Message(text="Svar på " + incoming.what.utterance))

    stage.inbox.answer = answer
    await opened(stage, page)
    for text in ("en", "to", "tre"):
        await say(page, text)
        await expect(page.locator("#log").get_by_text(f"Svar på {text}")).to_be_visible()
    before = await shown(page)
    await page.reload()
    await expect(page.locator("#log").get_by_text("Svar på tre")).to_be_visible()
    await shows(page, before)
    assert before == ["own: en", "bot: Svar på en", "own: to", "bot: Svar på to", "own: tre", "bot: Svar på tre"]


async def test_an_update_replaces_in_place_and_a_recall_removes(stage: Stage, page: Page) -> None:
    await opened(stage, page)
    await stage.post(ME, "first", Message(text="Nede"))
    await stage.post(ME, "second", Message(text="Noe annet"))
    await stage.post(ME, "first", Message(text="Oppe igjen"))
    await expect(page.locator("#log").get_by_text("Oppe igjen")).to_be_visible()
    await shows(page, ["bot: Oppe igjen", "bot: Noe annet"])
    await stage.post(ME, "first", None)
    await expect(page.locator("#log").get_by_text("Oppe igjen")).to_have_count(0)
    await page.reload()
    await expect(page.locator("#log").get_by_text("Noe annet")).to_be_visible()
    await shows(page, ["bot: Noe annet"])


async def test_what_changed_while_the_page_was_away_is_right_after_it_returns(stage: Stage, page: Page) -> None:
    await opened(stage, page)
    await stage.post(ME, "kept", Message(text="Blir"))
    await stage.post(ME, "gone", Message(text="Forsvinner"))
    await stage.post(ME, "changed", Message(text="Gammel"))
    await expect(page.locator("#log").get_by_text("Gammel")).to_be_visible()
    await stage.stop()
    await expect(page.get_by_text("Kobler til igjen …")).to_be_visible()
    await stage.start()
    await stage.post(ME, "gone", None)
    await stage.post(ME, "changed", Message(text="Ny"))
    await stage.post(ME, "more", Message(text="Mer"))
    await expect(page.locator("#log").get_by_text("Mer")).to_be_visible()
    await expect(page.get_by_text("Kobler til igjen …")).to_have_count(0)
    await shows(page, ["bot: Blir", "bot: Ny", "bot: Mer"])


async def test_words_said_while_the_server_is_away_arrive_once(stage: Stage, page: Page) -> None:
    await opened(stage, page)
    await stage.stop()
    await expect(page.get_by_text("Kobler til igjen …")).to_be_visible()
    await say(page, "Er du der?")
    await expect(page.locator("#log").get_by_text("Sendes …")).to_be_visible()
    await page.get_by_label("Skriv til Heia").fill("utkast")
    await stage.start()
    await stage.wait_for(lambda: stage.inbox.said() == ["Er du der?"])
    await expect(page.locator("#log").get_by_text("Sendes …")).to_have_count(0)
    await page.reload()
    await expect(page.locator("#log").get_by_text("Er du der?")).to_have_count(1)
    assert stage.inbox.said() == ["Er du der?"]


@pytest.mark.parametrize("reload", [False, True])
async def test_words_that_waited_do_not_go_to_somebody_else_than_they_were_written_to(
    stage: Stage, page: Page, reload: bool
) -> None:
    await opened(stage, page)
    await stage.stop()
    await expect(page.get_by_text("Kobler til igjen …")).to_be_visible()
    await say(page, "Til Heia, ikke til en kollega")
    await talking(stage)
    await stage.start()
    if reload:
        await page.reload()
    await expect(page.get_by_text("Da du skrev dette, gikk det til Heia. Nå går det til Ambassadør")).to_be_visible()
    await page.get_by_label("Skriv til Ambassadør").fill("Dette er til deg")
    await page.keyboard.press("Enter")
    await stage.wait_for(lambda: stage.inbox.said() == ["Dette er til deg"])
    await page.get_by_role("button", name="Prøv igjen").click()
    await stage.wait_for(lambda: stage.inbox.said()[1:] == ["Til Heia, ikke til en kollega"])
    await expect(page.locator("#log").get_by_text("Sendes …")).to_have_count(0)


async def test_words_said_after_the_sign_in_has_run_out_arrive_once(page: Page) -> None:
    clock = LaterClock()
    stage = Stage(clock=clock)
    await stage.start()
    try:
        await opened(stage, page)
        clock.late = timedelta(days=2)
        await say(page, "Er du der?")
        await stage.wait_for(lambda: stage.inbox.said() == ["Er du der?"])
        await say(page, "Og nå?")
        await stage.wait_for(lambda: stage.inbox.said() == ["Er du der?", "Og nå?"])
        await expect(page.locator("#log").get_by_text("Sendes …")).to_have_count(0)
        await page.reload()
        await expect(page.locator("#log").get_by_text("Er du der?")).to_have_count(1)
    finally:
        await stage.stop()


async def test_words_that_were_not_answered_survive_a_reload(stage: Stage, page: Page) -> None:
    async def unavailable(incoming: Incoming) -> Turn | None:
        if isinstance(incoming.what, Said):
            raise StoreUnavailable
        return None

    stage.inbox.answer = unavailable
    await opened(stage, page)
    await say(page, "Hjelp")
    await expect(page.locator("#log").get_by_text("Heia får ikke lagret noe akkurat nå")).to_be_visible()
    stage.inbox.answer = None
    await page.reload()
    await stage.wait_for(lambda: stage.inbox.said() == ["Hjelp"])
    await expect(page.locator("#log").get_by_text("Hjelp", exact=True)).to_have_count(1)


async def test_a_draft_and_a_form_survive_a_reload_and_are_gone_once_sent(stage: Stage, page: Page) -> None:
    why = reveal("Si fra om feil", card([write("words", "Hva manglet?")], [press("Send inn", "ask.wrong")]))
    form = [write("title", "Tittel"), choose("unit", "Enhet", MANY, hint="Velg"), toggle("critical", "Kritisk")]
    await stage.post(ME, "form", Message(text="Skjema", card=card(form, [press("Lagre", "save"), why])))
    await opened(stage, page)
    await page.get_by_label("Tittel").fill("Halvferdig")
    await page.get_by_role("combobox", name="Enhet").fill("Skole 12")
    await page.get_by_label("Kritisk").check()
    await page.get_by_role("button", name="Si fra om feil").click()
    await page.get_by_label("Hva manglet?").fill("bilder")
    await page.get_by_label("Skriv til Heia").fill("Et utkast\nover to linjer")
    await page.reload()
    await expect(page.get_by_label("Skriv til Heia")).to_have_value("Et utkast\nover to linjer")
    await expect(page.get_by_label("Tittel")).to_have_value("Halvferdig")
    await expect(page.get_by_label("Kritisk")).to_be_checked()
    await page.reload()  # what is folded in has not been seen since, and is still there
    await page.get_by_role("button", name="Si fra om feil").click()
    await expect(page.get_by_label("Hva manglet?")).to_have_value("bilder")
    await page.get_by_role("button", name="Lagre").click()
    await stage.wait_for(lambda: len(stage.inbox.pressed()) == 1)
    assert dict(stage.inbox.pressed()[0].data) == {"title": "Halvferdig", "unit": "s12", "critical": "true"}
    await page.get_by_label("Skriv til Heia").press("Enter")
    await stage.wait_for(lambda: stage.inbox.said() == ["Et utkast\nover to linjer"])
    await expect(page.locator("#log").get_by_text("Sendes …")).to_have_count(0)
    await page.wait_for_function("Object.keys(sessionStorage).join() === 'heia.badge'")
    await page.reload()
    await expect(page.get_by_label("Tittel")).to_have_value("")
    await expect(page.get_by_label("Skriv til Heia")).to_have_value("")


async def test_a_lost_network_is_said_at_once_and_no_longer_when_it_is_back(stage: Stage, page: Page) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    for number in range(12):
        await stage.post(ME, f"m{number}", Message(text=f"Melding {number}"))
    await opened(stage, page)
    await expect(page.locator("#log").get_by_text("Melding 11")).to_be_in_viewport()
    await page.context.set_offline(True)
    await expect(page.get_by_text("Du er uten nett.")).to_be_visible(timeout=3000)
    below = "const header = document.querySelector('header').getBoundingClientRect(); return header.height > 80 "
    below += "&& document.querySelector('#state').getBoundingClientRect().top >= header.bottom"
    await page.wait_for_function(f"() => {{ {below} }}")  # two rows on so narrow a screen, and not behind them
    await page.get_by_label("Skriv til Heia").fill("Er du der?")
    await page.keyboard.press("Enter")
    await page.context.set_offline(False)
    await expect(page.locator("#state")).to_have_text("")
    await stage.wait_for(lambda: stage.inbox.said() == ["Er du der?"])


@pytest.mark.parametrize("by", ["writing", "touching"])
async def test_a_connection_that_dies_in_silence_is_noticed_when_somebody_is_at_the_page(
    stage: Stage, page: Page, by: str
) -> None:
    async def swallow(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        sockets.append(socket)

        def pass_on(frame: str | bytes) -> None:
            if len(sockets) > 1 or not dead:
                server.send(frame)

        socket.on_message(pass_on)

    sockets: list[WebSocketRoute] = []
    dead: list[bool] = []
    await page.route_web_socket("**/chat/socket", swallow)
    await page.clock.install()
    await opened(stage, page)
    dead.append(True)
    await page.clock.fast_forward(2_500)
    if by == "writing":
        await say(page, "Er du der?")
    else:
        await page.get_by_role("heading", name="Heia").click()
    await page.clock.fast_forward(2_500)
    await expect(page.get_by_text("Kobler til igjen …")).to_be_visible()
    await page.clock.fast_forward(10_000)
    await page.clock.fast_forward(1_000)
    await expect(page.locator("#state")).to_have_text("")
    if by == "writing":
        await stage.wait_for(lambda: stage.inbox.said() == ["Er du der?"])


async def test_what_fails_says_so_and_can_be_tried_again(stage: Stage, page: Page) -> None:
    async def broken(incoming: Incoming) -> Turn | None:
        if isinstance(incoming.what, Said):
            raise ValueError("made up")
        return None

    stage.inbox.answer = broken
    await opened(stage, page)
    await say(page, "Hjelp")
    await expect(page.locator("#log").get_by_text("Noe gikk galt hos Heia")).to_be_visible()
    stage.inbox.answer = None
    await page.get_by_role("button", name="Prøv igjen").click()
    await stage.wait_for(lambda: stage.inbox.said() == ["Hjelp"])
    await expect(page.locator("#log").get_by_text("Noe gikk galt hos Heia")).to_have_count(0)


async def test_a_pressed_card_is_replaced_and_keeps_the_focus(stage: Stage, page: Page) -> None:
    async def answer(incoming: Incoming) -> None:
        if isinstance(incoming.what, Pressed):
            again = card([heading("Takk!")], [press("Det hjalp", "ask.helped"), press("Angre", "ask.undo")])
            await stage.post(ME, "answer", Message(text="Takk!", card=again))

    stage.inbox.answer = answer
    await stage.post(ME, "answer", Message(text="Svar", card=answer_card()))
    await opened(stage, page)
    await page.get_by_role("button", name="Det hjalp").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Takk!")).to_be_visible()
    await expect(page.get_by_role("button", name="Det hjalp")).to_be_focused()
    pressed = stage.inbox.pressed()[0]
    assert (pressed.verb, pressed.slot, dict(pressed.data)) == ("ask.helped", "answer", {"article": "sign-in"})


async def test_focus_goes_to_the_card_when_the_pressed_button_is_gone(stage: Stage, page: Page) -> None:
    await stage.post(ME, "answer", Message(text="Svar", card=answer_card()))
    await opened(stage, page)
    await page.get_by_role("button", name="Det hjalp").focus()
    await stage.post(ME, "answer", Message(text="Takk!", card=card([heading("Takk!")])))
    await expect(page.get_by_role("heading", name="Takk!")).to_be_visible()
    await page.wait_for_function("document.activeElement.classList.contains('bubble')")


async def test_the_second_click_of_two_presses_nothing_that_has_come_in_its_place(stage: Stage, page: Page) -> None:
    async def answer(incoming: Incoming) -> None:
        if isinstance(incoming.what, Pressed) and incoming.what.verb == "first":
            await stage.post(ME, "card", Message(text="To", card=card([heading("To")], [press("Dårlig", "second")])))

    stage.inbox.answer = answer
    await opened(stage, page)
    await stage.post(ME, "card", Message(text="En", card=card([heading("En")], [press("Det hjalp", "first")])))
    await page.get_by_role("button", name="Det hjalp").hover()
    await page.mouse.down(click_count=1)
    await page.mouse.up(click_count=1)
    await expect(page.get_by_role("button", name="Dårlig")).to_be_visible()
    await page.mouse.down(click_count=2)
    await page.mouse.up(click_count=2)
    await say(page, "ferdig")
    await stage.wait_for(lambda: stage.inbox.said() == ["ferdig"])
    assert [pressed.verb for pressed in stage.inbox.pressed()] == ["first"]


async def test_what_is_being_typed_survives_an_update_of_the_card(stage: Stage, page: Page) -> None:
    await stage.post(ME, "form", Message(text="Skjema", card=card([heading("Skjema"), write("a", "Svaret ditt")])))
    await opened(stage, page)
    await page.get_by_label("Svaret ditt").click()
    await page.keyboard.type("halvferdig")
    await stage.post(ME, "form", Message(text="Skjema", card=card([heading("Endret"), write("a", "Svaret ditt")])))
    await expect(page.get_by_role("heading", name="Endret")).to_be_visible()
    await expect(page.get_by_label("Svaret ditt")).to_be_focused()
    await page.keyboard.type(" setning")
    await expect(page.get_by_label("Svaret ditt")).to_have_value("halvferdig setning")


async def begin_to_write(stage: Stage, page: Page, text: str = "halvferdig") -> None:
    """Write into a form, and let it be replaced by what has no place for that."""
    await stage.post(ME, "form", Message(text="Skjema", card=card([heading("Skjema"), write("a", "Svaret ditt")])))
    await opened(stage, page)
    await page.get_by_label("Svaret ditt").fill(text)
    await stage.post(ME, "form", Message(text="Lagret", card=card([heading("Lagret")], [press("Endre", "edit")])))


async def test_what_is_being_written_stays_until_it_is_discarded(stage: Stage, page: Page) -> None:
    await begin_to_write(stage, page)
    await expect(page.get_by_text("Meldingen er endret siden du begynte å skrive.")).to_be_visible()
    await expect(page.get_by_label("Svaret ditt")).to_have_value("halvferdig")
    await stage.post(ME, "form", Message(text="Sendt", card=card([heading("Sendt")])))
    await expect(page.get_by_label("Svaret ditt")).to_have_value("halvferdig")
    await page.get_by_role("button", name="Forkast det jeg skrev").click()
    await expect(page.get_by_role("heading", name="Sendt")).to_be_visible()
    await expect(page.get_by_role("button", name="Forkast det jeg skrev")).to_have_count(0)


async def test_a_form_without_a_word_in_it_is_replaced_at_once(stage: Stage, page: Page) -> None:
    await begin_to_write(stage, page, "")
    await expect(page.get_by_role("heading", name="Lagret")).to_be_visible()


async def test_what_is_being_written_outlives_a_recall_and_a_break(stage: Stage, page: Page) -> None:
    await begin_to_write(stage, page)
    await stage.stop()
    await stage.post(ME, "form", None, push=False)
    await stage.start()
    await say(page, "er du der?")
    await stage.wait_for(lambda: stage.inbox.said() == ["er du der?"])
    await expect(page.get_by_label("Svaret ditt")).to_have_value("halvferdig")
    await page.get_by_role("button", name="Forkast det jeg skrev").click()
    await expect(page.get_by_label("Svaret ditt")).to_have_count(0)


@pytest.mark.parametrize("notice", [None, "Noen andre var først."])
async def test_the_answer_to_a_press_takes_the_form_away_unless_it_is_a_refusal(
    stage: Stage, page: Page, notice: str | None
) -> None:
    async def answer(incoming: Incoming) -> Turn | None:
        if isinstance(incoming.what, Pressed):
            await stage.post(ME, "form", Message(text="Lagret", card=card([heading("Lagret")])))
            return Turn(notice=notice)
        return None

    stage.inbox.answer = answer
    form = card([heading("Skjema"), write("a", "Svaret ditt")], [press("Lagre", "save")])
    await stage.post(ME, "form", Message(text="Skjema", card=form))
    await opened(stage, page)
    await page.get_by_label("Svaret ditt").fill("ferdig")
    await page.get_by_role("button", name="Lagre").click()
    if notice is None:
        await expect(page.get_by_role("heading", name="Lagret")).to_be_visible()
        await expect(page.get_by_role("button", name="Forkast det jeg skrev")).to_have_count(0)
    else:
        await expect(page.get_by_text(notice)).to_be_visible()
        await expect(page.get_by_label("Svaret ditt")).to_have_value("ferdig")
        await page.get_by_role("button", name="Forkast det jeg skrev").click()
        await expect(page.get_by_role("heading", name="Lagret")).to_be_visible()


async def test_a_form_too_big_to_send_says_so_and_can_be_sent_when_shorter(stage: Stage, page: Page) -> None:
    form = card([write("a", "Svaret ditt", most=None)], [press("Lagre", "save")])
    await stage.post(ME, "form", Message(text="Skjema", card=form))
    await opened(stage, page)
    await page.get_by_label("Svaret ditt").fill("a" * 300_000)
    await page.get_by_role("button", name="Lagre").click()
    await expect(page.get_by_text("Det du har fylt ut, er for mye på én gang.")).to_be_visible()
    await page.get_by_label("Svaret ditt").fill("kort")
    await page.get_by_role("button", name="Lagre").click()
    await stage.wait_for(lambda: [dict(each.data) for each in stage.inbox.pressed()] == [{"a": "kort"}])


async def test_a_notice_is_shown_at_its_card_and_the_card_stays(stage: Stage, page: Page) -> None:
    async def answer(incoming: Incoming) -> Turn:
        return Turn(notice="Noen andre tok spørsmålet." if isinstance(incoming.what, Pressed) else None)

    stage.inbox.answer = answer
    await stage.post(ME, "answer", Message(text="Svar", card=answer_card()))
    await opened(stage, page)
    await page.get_by_role("button", name="Det hjalp").click()
    await expect(page.locator(".bubble").get_by_role("status")).to_have_text("Noen andre tok spørsmålet.")
    await page.get_by_role("button", name="Det hjalp").click()
    await stage.wait_for(lambda: len(stage.inbox.pressed()) == 2)


async def test_a_notice_below_a_long_card_is_brought_into_sight(stage: Stage, page: Page) -> None:
    async def answer(incoming: Incoming) -> Turn:
        return Turn(notice="Velg et senere tidspunkt." if isinstance(incoming.what, Pressed) else None)

    stage.inbox.answer = answer
    long = [buttons(press("Sett tidspunkt", "announce.schedule")), *(paragraph(f"Linje {n}") for n in range(60))]
    await stage.post(ME, "form", Message(text="Skjema", card=card(long)))
    await opened(stage, page)
    await page.get_by_role("button", name="Sett tidspunkt").click()
    notice = page.locator(".bubble").get_by_role("status")
    await expect(notice).to_have_text("Velg et senere tidspunkt.")
    await expect(notice).to_be_in_viewport(ratio=1)


async def test_several_people_sit_side_by_side_and_read_only_their_own(
    stage: Stage, page: Page, context: BrowserContext
) -> None:
    other = await context.new_page()
    await opened(stage, page)
    await opened(stage, other, OTHER)
    await stage.post(ME, "a", Message(text="Til den ansatte"))
    await stage.post(OTHER, "a", Message(text="Til ambassadøren"))
    await expect(page.locator("#log").get_by_text("Til den ansatte")).to_be_visible()
    await expect(other.locator("#log").get_by_text("Til ambassadøren")).to_be_visible()
    await shows(page, ["bot: Til den ansatte"])
    await shows(other, ["bot: Til ambassadøren"])
    await say(other, "Jeg er ambassadør")
    await stage.wait_for(lambda: stage.inbox.said() == ["Jeg er ambassadør"])
    assert stage.inbox.received[-1].sender.person_id == OTHER
    # The desk has one sign-in for all tabs: a link into it has to say whose tab it is in.
    await stage.post(OTHER, "plan", Message(text=f"[Se planen]({stage.url.removesuffix('/chat')}/desk/timeline)"))
    link = other.locator("#log").get_by_role("link", name="Se planen")
    await expect(link).to_have_attribute("href", re.compile(rf"/desk/timeline\?as={OTHER}$"))
    await other.close()


async def test_two_tabs_of_one_person_stay_in_step(stage: Stage, page: Page, context: BrowserContext) -> None:
    async def answer(incoming: Incoming) -> None:
        if isinstance(incoming.what, Said):
            await stage.post(ME, "answer", Message(text="Svar"))

    stage.inbox.answer = answer
    second = await context.new_page()
    await opened(stage, page)
    await opened(stage, second)
    await say(page, "Hei")
    await expect(second.locator("#log").get_by_text("Svar")).to_be_visible()
    await shows(second, ["own: Hei", "bot: Svar"])
    await shows(page, ["own: Hei", "bot: Svar"])
    await second.close()


async def test_suggestions_are_said_when_chosen_and_then_gone(stage: Stage, page: Page) -> None:
    await stage.post(ME, "a", Message(text="Hei", suggestions=("Vis status", "Mine data")))
    await opened(stage, page)
    await page.get_by_role("group", name="Forslag").get_by_role("button", name="Vis status").click()
    await stage.wait_for(lambda: stage.inbox.said() == ["Vis status"])
    await expect(page.get_by_role("group", name="Forslag")).to_have_count(0)
    await expect(page.get_by_label("Skriv til Heia")).to_be_focused()


async def test_opening_and_reloading_is_one_arrival(stage: Stage, page: Page) -> None:
    await opened(stage, page)
    await stage.wait_for(lambda: stage.inbox.arrived() == [ME])
    await page.reload()
    await say(page, "x")
    await stage.wait_for(lambda: stage.inbox.said() == ["x"])
    assert [type(one.what) for one in stage.inbox.received] == [Arrived, Said]


async def test_an_identity_number_is_masked_on_the_page_too(stage: Stage, page: Page) -> None:
    await opened(stage, page)
    await say(page, "Jeg heter 01010750160")
    await stage.wait_for(lambda: len(stage.inbox.said()) == 1)
    await expect(page.locator("#log").get_by_text("Sendes …")).to_have_count(0)
    assert "01010750160" not in await page.content()
    await page.reload()
    await expect(page.locator("#log").get_by_text("Jeg heter")).to_be_visible()
    assert "01010750160" not in await page.content()


async def test_the_page_speaks_the_persons_language_also_when_it_changes(stage: Stage, page: Page) -> None:
    stage.languages[ME] = Language.NN
    await page.goto(f"{stage.url}?as={ME}")
    await expect(page.get_by_text("Shift + Enter gir ny linje")).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "nn"
    stage.languages[ME] = Language.EN
    await page.get_by_label("Skriv til Heia").fill("hello")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Write to Heia")).to_be_visible()
    await expect(page.get_by_role("button", name="Send")).to_be_visible()


async def test_who_reads_what_is_written_stands_above_it_until_that_ends(stage: Stage, page: Page) -> None:
    async def answer(incoming: Incoming) -> Turn | None:
        if isinstance(incoming.what, Pressed):
            await store(stage, Session(id=ME, changed_at=stage.clock.now()))
            return Turn(notice="Nå svarer jeg på det du skriver.")
        if isinstance(incoming.what, Said):
            [stored] = (await stage.store.get([Key(kind=WebUtterance.KIND, id=incoming.what.stored_as or "")])).values()
            slot = relay_slot("h1", 1)
            await store(stage, replace(decode(WebUtterance, stored), handoff_id="h1", slot=slot))
            await stage.post(OTHER, slot, Message(text=incoming.what.utterance))
        return None

    stage.inbox.answer = answer
    await opened(stage, page)
    banner = page.get_by_role("region", name="Skriv melding").get_by_text("Skriver til Ambassadør Helse Nord")
    await expect(banner).to_be_hidden()
    await talking(stage)
    await stage.post(ME, "handoff/h1/accepted/1", Message(text="Jeg hjelper deg."))
    await expect(banner).to_be_visible()
    words = page.get_by_label("Skriv til Ambassadør Helse Nord")
    await expect(words).to_have_attribute("placeholder", "Skriv til kollegaen din")
    await words.fill("Hei")
    await words.press("Enter")
    await expect(page.locator(".entry.own .receipt")).to_have_text("Levert til Ambassadør Helse Nord")
    assert await violations(page) == []
    await page.reload()
    await expect(page.locator(".entry.own .receipt")).to_have_text("Levert til Ambassadør Helse Nord")
    await page.get_by_role("button", name="Spør Heia i stedet").click()
    await expect(banner).to_be_hidden()
    await expect(page.get_by_text("Nå svarer jeg på det du skriver.")).to_be_visible()
    await expect(page.get_by_label("Skriv til Heia")).to_be_focused()
    assert [pressed.verb for pressed in stage.inbox.pressed()] == ["handoff.stop"]


async def test_the_actions_of_a_question_stand_beside_the_name_of_who_reads(stage: Stage, page: Page) -> None:
    async def answer(incoming: Incoming) -> Turn | None:
        if isinstance(incoming.what, Pressed):
            await stage.post(OTHER, "handoff/h1/resolve", Message(text="Lukke spørsmålet?"))
            await store(stage, Session(id=OTHER, changed_at=stage.clock.now()))
        return None

    stage.inbox.answer = answer
    await page.set_viewport_size({"width": 390, "height": 700})
    await talking(stage)
    await store(stage, Session(id=OTHER, talking_in="h1", changed_at=stage.clock.now()))
    for number in range(20):
        await stage.post(OTHER, f"m{number}", Message(text=f"Melding {number}"))
    await page.goto(f"{stage.url}?as={OTHER}")
    group = page.get_by_role("group", name="Spørsmålet du har tatt")
    await expect(group.get_by_role("button")).to_have_text(["Løst", "Gi videre", "Gi tilbake"])
    await expect(group.get_by_role("button", name="Løst")).to_be_in_viewport()
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await group.get_by_role("button", name="Løst").click()
    await expect(page.locator("#log .entry").last).to_contain_text("Lukke spørsmålet?")
    await expect(page.locator("#log .entry").last).to_be_in_viewport()
    [pressed] = stage.inbox.pressed()
    assert (pressed.verb, pressed.data) == ("handoff.resolve_card", {"handoff_id": "h1"})
    await expect(group).to_be_hidden()
    await expect(page.get_by_label("Skriv til Heia")).to_be_focused()


async def test_what_comes_stays_in_sight_while_the_field_to_write_in_changes_its_height(
    stage: Stage, page: Page
) -> None:
    async def answer(incoming: Incoming) -> None:
        if isinstance(incoming.what, Said):
            await stage.post(ME, "handoff/h1/sent/1", Message(text="Sendt.\n\n" * 4))

    async def is_above_the_dock(text: str) -> None:
        await expect(page.locator("#log .bubble", has_text=text).last).to_be_visible()
        await page.wait_for_function(
            """text => {
                const shown = [...document.querySelectorAll("#log .bubble")].filter(e => e.innerText.includes(text));
                const { top, bottom } = shown.at(-1).getBoundingClientRect();
                return top >= 0 && bottom <= document.querySelector(".dock").getBoundingClientRect().top;
            }""",
            arg=text,
        )

    stage.inbox.answer = answer
    await page.set_viewport_size({"width": 360, "height": 640})
    for number in range(12):
        await stage.post(ME, f"m{number}", Message(text=f"Melding {number}"))
    await opened(stage, page)
    await is_above_the_dock("Melding 11")
    await talking(stage)
    stage.channel.connections.nudge(ME)
    await expect(page.locator("#recipient")).to_be_visible()
    await is_above_the_dock("Melding 11")
    await page.get_by_label("Skriv til Ambassadør").fill("en\nto\ntre\nfire")
    await is_above_the_dock("Melding 11")
    await page.keyboard.press("Enter")
    await is_above_the_dock("Sendt.")
    await expect(page.get_by_role("button", name="Nye meldinger")).to_be_hidden()


async def test_words_begun_for_one_reader_go_to_another_only_when_sent_twice(stage: Stage, page: Page) -> None:
    await opened(stage, page)
    await page.get_by_label("Skriv til Heia").fill("Til Heia")
    await talking(stage)
    stage.channel.connections.nudge(ME)
    words = page.get_by_label("Skriv til Ambassadør Helse Nord")
    await expect(words).to_have_value("Til Heia")
    await page.reload()
    await words.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Nå går det du skriver, til Ambassadør Helse Nord.")
    await expect(words).to_have_value("Til Heia")
    assert stage.inbox.said() == []
    await words.press("Enter")
    await stage.wait_for(lambda: stage.inbox.said() == ["Til Heia"])
    await words.fill("Mer")
    await words.press("Enter")
    await stage.wait_for(lambda: stage.inbox.said() == ["Til Heia", "Mer"])


async def test_the_newest_own_words_say_that_they_are_sent(stage: Stage, page: Page) -> None:
    await opened(stage, page)
    for words in ("en", "to"):
        await say(page, words)
        await expect(page.locator(".entry.own").last.locator(".receipt")).to_have_text("Sendt")
    await expect(page.locator(".receipt", has_text="Sendt")).to_have_count(1)


async def test_the_menu_says_what_is_chosen_and_follows_the_role(stage: Stage, page: Page) -> None:
    stage.roles[ME] = frozenset({Role.AMBASSADOR})
    await opened(stage, page)
    menu = page.get_by_role("button", name="Meny")
    await menu.press("Enter")
    actions = page.get_by_role("group", name="Dette kan du gjøre")
    await expect(actions.get_by_role("button").first).to_be_focused()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await expect(actions).to_be_hidden()
    await expect(menu).to_be_focused()
    await menu.click()
    await actions.get_by_role("button", name="Køen min").click()
    await stage.wait_for(lambda: stage.inbox.said() == ["køen min"])
    await expect(actions).to_be_hidden()
    await expect(page.get_by_label("Skriv til Heia")).to_be_focused()


async def test_every_card_says_its_own_language(stage: Stage, page: Page) -> None:
    stage.languages[ME] = Language.EN
    old = Message(text="Hei", card=card([heading("Hei")]), language=Language.NB)
    await stage.post(ME, "old", old)
    await stage.post(ME, "new", Message(text="Hi", suggestions=("Status",), language=Language.EN))
    await stage.post(ME, "mine", Message(text="Hello"))
    await page.goto(f"{stage.url}?as={ME}")
    await expect(page.locator("#log").get_by_text("Hello")).to_be_visible()
    assert await page.locator(".body").evaluate_all("bodies => bodies.map(b => b.lang)") == ["nb", "en", "en"]
    await stage.post(ME, "old", replace(old, text="God dag", language=Language.NN, suggestions=("Hjelp",)))
    await expect(page.locator(".body").first).to_have_attribute("lang", "nn")


async def test_times_and_days_are_written_as_in_norway_for_nynorsk_too(stage: Stage, page: Page) -> None:
    """Browsers know no Nynorsk, and would write "01:32 AM"."""
    written = "Promise.resolve(import('/chat/static/texts.js')).then(m => { m.speak({ texts: {}, language: '%s' }); "
    written += "return [m.timeOf(new Date(2026, 0, 6, 1, 32)), m.dayOf(new Date(2026, 0, 6), new Date(2026, 1, 1))]; })"
    await opened(stage, page)
    assert await page.evaluate(written % "nn") == ["01:32", "tysdag 6. januar"]
    assert await page.evaluate(written % "nb") == ["01:32", "tirsdag 6. januar"]
    assert await page.evaluate(written % "en") == ["01:32", "Tuesday 6 January"]


async def test_too_long_words_are_refused_before_they_are_sent_and_not_lost(stage: Stage, page: Page) -> None:
    await opened(stage, page)
    await page.get_by_label("Skriv til Heia").fill("a" * 10_001)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Meldingen er for lang")
    await expect(page.get_by_label("Skriv til Heia")).to_have_value("a" * 10_001)
    assert stage.inbox.said() == []


async def test_old_messages_carry_their_day(stage: Stage, page: Page) -> None:
    await opened(stage, page)
    now = stage.clock.now()
    await page.clock.set_fixed_time(now + timedelta(days=1))
    await stage.post(ME, "a", Message(text="Fra før"))
    await expect(page.get_by_text("I går")).to_be_visible()


async def test_reading_further_up_is_not_interrupted(stage: Stage, page: Page) -> None:
    for number in range(30):
        await stage.post(ME, f"m{number}", Message(text=f"Melding {number}"))
    await opened(stage, page)
    await expect(page.locator("#log").get_by_text("Melding 29")).to_be_in_viewport()
    await page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")
    await stage.post(ME, "new", Message(text="Helt ny"))
    await expect(page.locator("#log").get_by_text("Melding 0", exact=True)).to_be_in_viewport()
    await page.get_by_role("button", name="Nye meldinger").click()
    await expect(page.locator("#log").get_by_text("Helt ny").first).to_be_in_viewport()
    await expect(page.get_by_role("button", name="Nye meldinger")).to_have_count(0)


@pytest.mark.parametrize("text", ["Kommune AS", "12", " mellomrom "])
async def test_ordinary_words_arrive_as_written(stage: Stage, page: Page, text: str) -> None:
    await opened(stage, page)
    await say(page, text)
    await stage.wait_for(lambda: stage.inbox.said() == [text.strip()])


async def test_a_date_at_the_start_of_a_text_stays_a_date(stage: Stage, page: Page) -> None:
    await stage.post(ME, "date", Message(text="21. oktober 2020"))
    await stage.post(ME, "list", Message(text="Slik gjør du:\n\n1. Åpne\n2. Lukk\n\n21. oktober 2020 er det slutt."))
    steps = "På PC-en:\n1. Åpne\n2. Lukk\n\nPå telefonen:\n1) Trykk\n2) Vent\n3) Slipp"
    await stage.post(ME, "steps", Message(text="Steg", card=card([paragraph(steps)])))
    await opened(stage, page)
    await expect(page.locator("#log").get_by_text("21. oktober 2020", exact=True)).to_be_visible()
    await expect(page.locator("#log").get_by_text("21. oktober 2020 er det slutt.")).to_be_visible()
    await expect(page.locator("#log .prose ol li")).to_have_text(["Åpne", "Lukk"])
    await expect(page.locator("#log .ac-textBlock ol li")).to_have_text(["Åpne", "Lukk", "Trykk", "Vent", "Slipp"])


async def test_what_the_page_adds_to_a_card_is_in_the_language_of_the_card(stage: Stage, page: Page) -> None:
    await opened(stage, page)
    asked = write("why", "Reason", required="Give a reason")
    many = choose("where", "Places", MANY, several=True)
    form = card([asked], [reveal("More", card([many]))])
    await stage.post(ME, "form", Message(text="Form", card=form, language=Language.EN))
    shown_form = page.locator(".bubble", has_text="Reason")
    await expect(shown_form.get_by_text("Reason (required)")).to_be_visible()
    await shown_form.get_by_role("button", name="More").click()
    await shown_form.get_by_placeholder("Type to find in the list").fill("skole 1")
    await expect(shown_form.get_by_text("11 of 30 shown")).to_be_visible()
