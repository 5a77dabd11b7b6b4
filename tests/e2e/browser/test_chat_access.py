"""Everybody can use it: WCAG 2.1 AA as far as a program can tell, keyboard only, small screens."""

from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from dialogs.ask.cards import answered
from dialogs.core.article_view import ArticleView
from dialogs.core.card import card, choose, press, reveal, small, write
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.welcome.flow import welcome
from knowledge.article.article import Language
from tests.e2e.browser.axe import unfit, violations
from tests.e2e.browser.cards import answer_card, colourful_card, crowded_card, form_card
from tests.e2e.browser.stage import Stage
from tests.unit.handoff.scene import ARTICLE
from tests.unit.handoff.scene import stage as town

ME = "ansatt-1"


async def fill(stage: Stage, page: Page) -> None:
    await stage.post(
        ME, "text", Message(text="Hei! Jeg er **Heia**. Se https://example.org/", suggestions=("Vis status",))
    )
    await stage.post(ME, "answer", Message(text="Slik logger du inn", card=answer_card()))
    await stage.post(ME, "colours", Message(text="Farger", card=colourful_card()))
    await stage.post(ME, "form", Message(text="Skjema", card=form_card(), suggestions=("Vis status", "Mine data")))
    await page.goto(f"{stage.url}?as={ME}")
    await expect(page.get_by_role("button", name="Se forhåndsvisning")).to_be_visible()


async def test_cards_and_forms_meet_wcag_and_fit(stage: Stage, page: Page) -> None:
    await fill(stage, page)
    await page.get_by_role("button", name="Se forhåndsvisning").click()
    await expect(page.get_by_text("Skriv en tittel.")).to_be_visible()
    await page.get_by_role("button", name="Si fra om feil").click()
    await expect(page.get_by_label("Hva manglet?")).to_be_visible()
    assert await unfit(page) == []


async def test_an_empty_chat_and_the_choice_of_person_meet_wcag_and_fit(stage: Stage, page: Page) -> None:
    await page.goto(stage.url)
    await expect(page.get_by_role("link", name="Ambassadør Helse Nord")).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_role("link", name="Ambassadør Helse Nord").click()
    await expect(page.get_by_label("Skriv til Heia")).to_be_focused()
    assert await unfit(page) == []


async def test_nothing_is_wider_than_a_small_phone(stage: Stage, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 640})
    await fill(stage, page)
    long = "Personopplysningsbehandlingsprotokollføringsansvarlig" * 3
    await stage.post(ME, "long", Message(text=long))
    await stage.post(ME, "long-card", Message(text="x", card=answer_card()))
    await expect(page.locator("#log").get_by_text(long)).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    clipped = (
        "[...document.querySelectorAll('.ac-adaptiveCard *')].filter(e => e.getBoundingClientRect().right > 361).length"
    )
    assert await page.evaluate(clipped) == 0


@pytest.mark.parametrize("language", list(Language))
async def test_the_first_actions_of_a_guest_are_above_the_fold_of_a_small_phone(
    stage: Stage, page: Page, language: Language
) -> None:
    guest = Person(id="guest-1", name="", language=language, created_at=stage.clock.now())
    content = town().content
    await stage.post(ME, "welcome/1", welcome(content, content.texts[language], guest))
    await page.set_viewport_size({"width": 360, "height": 640})
    await page.goto(f"{stage.url}?as={ME}")
    await expect(page.locator(".bubble").get_by_role("button").last).to_be_in_viewport(ratio=1)
    await page.wait_for_function(
        "[...document.querySelectorAll('.bubble button')].at(-1).getBoundingClientRect().bottom"
        " <= document.querySelector('.dock').getBoundingClientRect().top"
    )
    await expect(page.locator(".bubble").get_by_role("heading")).to_be_in_viewport(ratio=1)


async def test_every_button_is_big_enough_to_hit(stage: Stage, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 640})
    await fill(stage, page)
    heights = await page.evaluate(
        "[...document.querySelectorAll('button')].filter(b => b.offsetParent).map(b => [b.innerText, b.offsetHeight])"
    )
    assert [one for one in heights if one[1] < 40] == []


async def test_a_keyboard_is_enough(stage: Stage, page: Page) -> None:
    await stage.post(ME, "answer", Message(text="Slik logger du inn", card=answer_card(), suggestions=("Vis status",)))
    await page.goto(f"{stage.url}?as={ME}")
    words = page.get_by_label("Skriv til Heia")
    await expect(words).to_be_focused()
    await page.keyboard.type("Første linje")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("andre linje")
    await page.keyboard.press("Enter")
    await stage.wait_for(lambda: stage.inbox.said() == ["Første linje\nandre linje"])
    await expect(words).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(page.get_by_role("link", name="Les mer")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")  # unfolds, and the next stop is inside
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Hva manglet?")).to_be_focused()
    await page.keyboard.type("bilder")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await stage.wait_for(lambda: len(stage.inbox.pressed()) == 1)
    assert stage.inbox.pressed()[0].verb == "ask.wrong"
    assert stage.inbox.pressed()[0].data == {"why": "bilder"}


async def test_the_rest_of_an_answer_unfolds_by_keyboard_and_says_whether_it_is_shown(stage: Stage, page: Page) -> None:
    article = replace(ARTICLE, answer="- **Mobil:** Start på nytt.\n- **PC:** Ring.\n\n" + "Vent litt. " * 40)
    view = ArticleView(article=article, related=(("print", "Utskrift"),))
    texts = town().content.texts[Language.NB]
    await stage.post(ME, "a", answered(texts, view, question_id="q", masked=frozenset(), asked="hva med PC-en"))
    await page.goto(f"{stage.url}?as={ME}")
    fold = page.get_by_role("button", name="Vis alt")
    await expect(fold).to_have_attribute("aria-expanded", "false")
    case, other = page.get_by_text("PC: Ring.").first, page.get_by_text("Start på nytt.").last
    await expect(case).to_be_visible()
    await expect(other).to_be_hidden()
    assert await unfit(page) == []
    await fold.focus()
    await page.keyboard.press("Enter")
    await expect(fold).to_have_attribute("aria-expanded", "true")
    await expect(other).to_be_visible()
    await expect(fold).to_be_focused()
    assert await unfit(page) == []
    await page.keyboard.press("Space")
    await expect(fold).to_have_attribute("aria-expanded", "false")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Utskrift")).to_be_focused()
    await page.keyboard.press("Enter")
    await stage.wait_for(lambda: [each.verb for each in stage.inbox.pressed()] == ["ask.related"])


async def test_two_answers_in_one_message_fit_a_phone_screen(stage: Stage, page: Page) -> None:
    texts = town().content.texts[Language.NB]
    article = replace(ARTICLE, answer="Åpne innstillingene, og velg hva du vil se først. " * 10)
    view = ArticleView(article=article, related=(("print", "Utskrift"),))
    for slot in ("a", "b"):
        answer = answered(texts, view, question_id=slot, masked=frozenset(), asked="Hva?", beside=True)
        await stage.post(ME, slot, answer.below("Til «hva med den»:\n", [small("Til «hva med den»:")]))
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{stage.url}?as={ME}")
    await expect(page.locator(".bubble")).to_have_count(2)
    await page.wait_for_function(
        "document.querySelector('.bubble').getBoundingClientRect().top"
        " >= document.querySelector('.bar').getBoundingClientRect().bottom"
        " && [...document.querySelectorAll('.bubble')].at(-1).getBoundingClientRect().bottom"
        " <= document.querySelector('.dock').getBoundingClientRect().top"
    )


@pytest.mark.parametrize("width", [360, 390])
async def test_the_header_of_a_phone_has_two_lines(stage: Stage, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 844})
    await page.goto(f"{stage.url}?as=ambassador-1")
    alerts, who = page.get_by_role("button", name="Varsle på skjermen"), page.locator("#who")
    await expect(alerts).to_be_visible()
    left, right = await alerts.bounding_box(), await who.bounding_box()
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]


async def test_the_first_tab_stop_skips_to_the_message_field(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.url}?as={ME}")
    await expect(page.get_by_label("Skriv til Heia")).to_be_focused()
    skip = page.get_by_role("link", name="Hopp til skrivefeltet")
    await skip.focus()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Skriv til Heia")).to_be_focused()
    await expect(page.get_by_role("region", name="Skriv melding").get_by_label("Skriv til Heia")).to_have_count(1)
    # A form may name its fields as the page names its parts.
    await stage.post(ME, "form", Message(text="Skjema", card=card([write("words", "Hva skal sendes?")])))
    await expect(page.get_by_label("Hva skal sendes?")).to_be_visible()
    await skip.press("Enter")
    await expect(page.get_by_label("Skriv til Heia")).to_be_focused()


async def test_two_open_forms_share_no_id_and_each_label_leads_to_its_own_field(stage: Stage, page: Page) -> None:
    inner = reveal("Si fra om feil", card([write("title", "Hva manglet?")], [press("Send inn", "ask.wrong")]))
    for slot in ("one", "two"):
        await stage.post(ME, slot, Message(text="Skjema", card={**form_card(slot), "actions": [inner]}))
    await page.goto(f"{stage.url}?as={ME}")
    buttons = page.get_by_role("button", name="Si fra om feil")
    await expect(buttons).to_have_count(2)
    for button in await buttons.all():
        await button.click()
    await expect(page.get_by_label("Hva manglet?")).to_have_count(2)
    assert (
        await page.evaluate(
            "[...document.querySelectorAll('[id]')].map(e => e.id).filter((id, n, all) => all.indexOf(id) < n)"
        )
        == []
    )
    await page.locator("label", has_text="Tekst").nth(1).click()
    await page.keyboard.type("til den andre")
    await expect(page.get_by_label("Tekst").nth(0)).to_have_value("")
    await expect(page.get_by_label("Tekst").nth(1)).to_have_value("til den andre")


async def test_inputs_have_labels_and_missing_ones_say_why(stage: Stage, page: Page) -> None:
    await fill(stage, page)
    for label in ("Tittel (må fylles ut)", "Tekst", "Enhet (må fylles ut)", "Dag", "Klokkeslett"):
        await expect(page.get_by_label(label, exact=True)).to_have_count(1)
    await expect(page.get_by_role("radiogroup", name="Hvordan?").get_by_role("radio")).to_have_count(2)
    title = page.get_by_label("Tittel")
    await page.get_by_role("button", name="Se forhåndsvisning").click()
    await expect(title).to_be_focused()
    await expect(title).to_have_attribute("aria-invalid", "true")
    await expect(title).to_have_attribute("aria-required", "true")
    await expect(page.get_by_label("Skriv en tittel.")).to_have_count(1)
    assert stage.inbox.pressed() == []
    await title.fill("Ny PC")
    await expect(page.get_by_text("Skriv en tittel.")).to_have_count(0)
    await page.get_by_label("Enhet").select_option("Skole")
    await page.get_by_label("Ambassadører").check()
    await page.get_by_label("Senere").check()
    await page.get_by_role("button", name="Se forhåndsvisning").click()
    await stage.wait_for(lambda: len(stage.inbox.pressed()) == 1)
    assert stage.inbox.pressed()[0].slot == "form"
    assert stage.inbox.pressed()[0].data == {
        "title": "Ny PC", "unit": "s", "how": "later", "who": "a", "critical": "false",
    }  # fmt: skip


async def test_a_form_that_unfolds_is_as_finished_as_the_card_it_is_in(stage: Stage, page: Page) -> None:
    inner = [
        write("why", "Hvorfor?", required="Skriv hvorfor."),
        choose("how", "Hvordan?", [("Nå", "now"), ("Senere", "later")], expanded=True, value="now"),
    ]
    folded = reveal("Send senere", card(inner, [press("Sett tidspunkt", "announce.schedule")]))
    await stage.post(ME, "folded", Message(text="Skjema", card=card([], [folded])))
    await page.goto(f"{stage.url}?as={ME}")
    for _ in range(3):  # unfolded, folded in, unfolded again
        await page.get_by_role("button", name="Send senere").click()
    await expect(page.get_by_label("Hvorfor?")).to_have_attribute("aria-required", "true")
    await expect(page.get_by_role("radiogroup", name="Hvordan?")).to_be_visible()
    await page.get_by_role("button", name="Sett tidspunkt").click()
    await expect(page.get_by_label("Hvorfor?")).to_have_attribute("aria-invalid", "true")


async def test_among_many_one_types_part_of_what_one_is_looking_for(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.url}?as={ME}")
    await stage.post(ME, "crowd", Message(text="Velg", card=crowded_card()))
    one = page.get_by_role("combobox", name="Enhet")
    await expect(one).to_have_value("Skole 7")  # by its name, not by its id
    await one.fill("finnes ikke")
    await page.get_by_role("button", name="Lagre").click()
    await expect(page.get_by_text("Velg en enhet.")).to_have_count(1)
    await one.fill("Skole 12")
    await page.get_by_role("searchbox").fill("skole 2")
    boxes = page.get_by_role("group", name="Enheter").get_by_role("checkbox")
    await expect(boxes).to_have_count(12)  # 2, 20 to 29, and the one that is chosen
    await expect(page.get_by_text("12 av 30 vises")).to_be_visible()
    await boxes.nth(2).check()
    await expect(boxes.nth(2)).to_be_checked()
    assert await violations(page) == []
    await page.get_by_role("button", name="Lagre").click()
    await stage.wait_for(lambda: len(stage.inbox.pressed()) == 1)
    assert stage.inbox.pressed()[0].data == {"unit": "s12", "units": "s3,s20"}


async def test_new_messages_are_spoken(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.url}?as={ME}")
    await expect(page.get_by_label("Skriv til Heia")).to_be_visible()
    voice = page.locator("#voice")
    await stage.post(ME, "a", Message(text="Skriveren **virker** igjen. [Les mer](https://it.example/skriver)."))
    await expect(voice).to_have_text("Heia: Skriveren virker igjen. Les mer.")
    await stage.post(ME, "a", Message(text="Skriveren virker nesten."))
    await expect(voice).to_have_text("Heia har endret en melding: Skriveren virker nesten.")
    await stage.post(ME, "a", None)
    await expect(voice).to_have_text("Heia har trukket en melding tilbake.")


async def test_nothing_moves_for_those_who_ask_for_it(stage: Stage, page: Page) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await page.goto(f"{stage.url}?as={ME}")
    await expect(page.get_by_label("Skriv til Heia")).to_be_visible()
    assert await page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


async def test_the_privacy_notice_meets_wcag_and_fits(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.url}?as={ME}")
    await page.get_by_role("link", name="Personvern").click()
    await expect(page.get_by_role("heading", name="Kan lederen min se det?")).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", name="Can my manager see it?")).to_be_visible()
    await expect(page.locator("main section p").first).to_have_css("font-weight", "400")
