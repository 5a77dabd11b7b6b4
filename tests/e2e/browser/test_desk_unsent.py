"""What was written on the desk and not sent: after an ended session, in this tab, and for another person."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Dialog, Page, expect

from dialogs.core.person import Person, Role
from dialogs.editing.model import ArticleHead
from dialogs.editing.unsaved import UnsavedArticle
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage
from tests.sessions import end_all_sessions

ARTICLE = "/articles/password-change"


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[DeskStage]:
    stage = DeskStage()
    await stage.start()
    yield stage
    await stage.stop()


async def editor_of(desk: DeskStage) -> Person:
    return await desk.holder_of(Role.EDITOR, municipality_id="dgi")


async def test_a_late_form_goes_on_after_signing_in_again_without_a_script(desk: DeskStage, browser: Browser) -> None:
    editor = await editor_of(desk)
    context = await browser.new_context(java_script_enabled=False, locale="nb-NO")
    try:
        page = await context.new_page()
        await page.goto(f"{desk.desk}{ARTICLE}?as={editor.id}")
        await page.get_by_label("Tittel", exact=True).first.fill("Nytt passord")
        await page.get_by_label("Hva er endret, og hvorfor").first.fill('"></form><b>grunn')
        await end_all_sessions(desk.sessions, editor.id, at=desk.clock.now())
        await page.get_by_role("button", name="Lagre utkast").click()
        await expect(page.get_by_role("heading", name="Du er logget ut")).to_be_visible()
        assert "Nytt passord" not in await page.content()
        second = await context.new_page()
        await second.goto(f"{desk.desk}?as={editor.id}")
        await page.get_by_role("button", name="Hent skjemaet").click()
        await expect(page.get_by_label("Tittel", exact=True).first).to_have_value("Nytt passord")
        assert await desk.all_of(ArticleHead) == []
        await page.get_by_role("button", name="Lagre utkast").click()
        await expect(page.get_by_label("Tittel", exact=True).first).to_have_value("Nytt passord")
        [head] = await desk.all_of(ArticleHead)
        assert head.draft_id is not None
    finally:
        await context.close()


async def test_the_page_after_an_ended_session_is_fit(desk: DeskStage, page: Page) -> None:
    editor = await editor_of(desk)
    await page.goto(f"{desk.desk}{ARTICLE}?as={editor.id}")
    await page.get_by_label("Tittel", exact=True).first.fill("Nytt passord")
    await end_all_sessions(desk.sessions, editor.id, at=desk.clock.now())
    await page.get_by_role("button", name="Lagre utkast").click()
    await expect(page.get_by_role("button", name="Hent skjemaet")).to_be_visible()
    assert await unfit(page) == []


TITLE = "Nytt passord"


async def kept_in(page: Page) -> str:
    kept: str = await page.evaluate("JSON.stringify({...sessionStorage})")
    return kept


async def written(desk: DeskStage, page: Page, person: Person) -> None:
    """Open an article as the person, and write a title."""
    await page.goto(f"{desk.desk}{ARTICLE}?as={person.id}")
    title = page.get_by_label("Tittel", exact=True).first
    await title.fill(TITLE)
    await expect(title).to_have_value(TITLE)
    await page.evaluate("dispatchEvent(new Event('pagehide'))")  # as a browser does before another page


async def test_unsent_text_comes_back_in_this_tab_until_it_is_sent_or_dropped(desk: DeskStage, page: Page) -> None:
    editor = await editor_of(desk)
    page.on("dialog", lambda dialog: dialog.accept())
    await written(desk, page, editor)
    kept = await kept_in(page)
    assert editor.id not in kept
    assert editor.name not in kept
    await page.goto(f"{desk.desk}/articles")
    await page.goto(f"{desk.desk}{ARTICLE}")
    title = page.get_by_label("Tittel", exact=True).first
    await expect(title).to_have_value(TITLE)
    await expect(page.get_by_text("Her er teksten du skrev uten å sende")).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_role("button", name="Forkast teksten").click()
    await expect(title).to_have_value("Hvordan bytter jeg passord?")
    assert TITLE not in await kept_in(page)
    await title.fill(TITLE)
    await page.get_by_role("button", name="Lagre utkast").click()
    await expect(page.get_by_role("status")).to_contain_text("lagret")
    assert TITLE not in await kept_in(page), "what was sent is forgotten"


async def test_unsent_text_outlives_the_session_for_the_same_person_alone(desk: DeskStage, page: Page) -> None:
    editor = await editor_of(desk)
    page.on("dialog", lambda dialog: dialog.accept())
    await written(desk, page, editor)
    await end_all_sessions(desk.sessions, editor.id, at=desk.clock.now())
    await page.get_by_role("button", name="Lagre utkast").click()
    await expect(page.get_by_role("button", name="Hent skjemaet")).to_be_visible()
    await page.goto(f"{desk.desk}{ARTICLE}?as={editor.id}")
    await expect(page.get_by_label("Tittel", exact=True).first).to_have_value(TITLE)
    admin = await desk.holder_of(Role.ADMIN, municipality_id="eidsvoll")
    await page.goto(f"{desk.desk}?as={admin.id}")
    await expect(page.get_by_role("navigation", name="Sider")).to_be_visible()
    assert TITLE not in await kept_in(page)


async def test_signing_out_and_twelve_hours_erase_unsent_text(desk: DeskStage, page: Page) -> None:
    editor = await editor_of(desk)
    page.on("dialog", lambda dialog: dialog.accept())
    await written(desk, page, editor)
    await page.get_by_role("button", name="Logg ut").click()
    await expect(page.get_by_role("heading", name="Du er logget ut")).to_be_visible()
    assert TITLE not in await kept_in(page)
    await written(desk, page, editor)
    later = "const real = Date.now; Date.now = () => real() + 12 * 3600 * 1000"
    await page.context.add_init_script(later)
    await page.goto(f"{desk.desk}{ARTICLE}")
    await expect(page.get_by_label("Tittel", exact=True).first).to_have_value("Hvordan bytter jeg passord?")
    assert TITLE not in await kept_in(page)


async def test_a_tab_that_became_another_person_closes_before_anything_is_typed(desk: DeskStage, page: Page) -> None:
    editor = await editor_of(desk)
    admin = await desk.holder_of(Role.ADMIN, municipality_id="eidsvoll")
    await written(desk, page, editor)
    second = await page.context.new_page()
    await second.goto(f"{desk.desk}?as={editor.id}")
    await expect(page.get_by_label("Tittel", exact=True).first).to_be_visible()
    await second.goto(f"{desk.desk}?as={admin.id}")
    await expect(page.get_by_text("En annen er nå logget inn i denne nettleseren")).to_be_visible()
    await expect(page.get_by_role("textbox")).to_have_count(0)
    assert TITLE not in await page.content()
    assert await unfit(page) == []
    await page.get_by_role("link", name="Åpne siden på nytt").click()
    await expect(page.get_by_role("navigation", name="Sider")).to_be_visible()
    await expect(page.get_by_role("heading", name="Her stoppet det")).to_be_visible()
    assert TITLE not in await kept_in(page)
    await second.close()


async def test_what_is_being_typed_as_one_signs_out_is_not_kept(desk: DeskStage, page: Page) -> None:
    editor = await editor_of(desk)
    page.on("dialog", lambda dialog: dialog.accept())
    await page.goto(f"{desk.desk}{ARTICLE}?as={editor.id}")
    await expect(page.get_by_label("Tittel", exact=True).first).to_be_visible()
    await page.evaluate(
        """(title) => {
          const input = document.querySelector("[name=title_nb]");
          input.value = title;
          input.dispatchEvent(new Event("input", { bubbles: true }));
          document.querySelector("form[action='/desk/leave']").requestSubmit();
        }""",
        TITLE,
    )
    await expect(page.get_by_role("heading", name="Du er logget ut")).to_be_visible()
    assert TITLE not in await kept_in(page)


async def test_signing_out_in_one_tab_closes_the_others(desk: DeskStage, page: Page) -> None:
    editor = await editor_of(desk)
    await written(desk, page, editor)
    second = await page.context.new_page()
    await second.goto(f"{desk.desk}?as={editor.id}")
    await second.get_by_role("button", name="Logg ut").click()
    await expect(page.get_by_text("Du har logget ut i en annen fane")).to_be_visible()
    await expect(page.get_by_role("textbox")).to_have_count(0)
    assert TITLE not in await page.content() + await kept_in(page)
    assert await unfit(page) == []
    await second.close()
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    await page.get_by_role("link", name="Åpne siden på nytt").click()
    await expect(page.get_by_text("Du er ikke logget inn, eller innloggingen din er avsluttet")).to_be_visible()
    assert asked == [], "nothing is left that could be lost"


async def test_a_text_is_as_old_as_it_is_whatever_is_written_after_it(desk: DeskStage, page: Page) -> None:
    editor = await editor_of(desk)
    page.on("dialog", lambda dialog: dialog.accept())
    ahead = "const real = Date.now; Date.now = () => real() + Number(sessionStorage.ahead || 0) * 3600 * 1000"
    await page.add_init_script(ahead)
    await written(desk, page, editor)
    await page.evaluate("sessionStorage.ahead = 7")
    await page.goto(f"{desk.desk}/articles/print-cost")
    await page.get_by_label("Tittel", exact=True).first.fill("Skrive ut")
    await expect(page.get_by_label("Tittel", exact=True).first).to_have_value("Skrive ut")
    await page.evaluate("dispatchEvent(new Event('pagehide'))")
    await page.get_by_role("button", name="Bokmål").click()  # sends another form
    await expect(page.get_by_label("Tittel", exact=True).first).to_have_value("Skrive ut")
    await page.evaluate("sessionStorage.ahead = 13")
    await page.goto(f"{desk.desk}/articles")
    kept = await kept_in(page)
    assert "Skrive ut" in kept
    assert TITLE not in kept


async def test_an_articles_form_is_kept_on_a_pause_for_another_tab(desk: DeskStage, page: Page) -> None:
    editor = await editor_of(desk)
    page.on("dialog", lambda dialog: dialog.accept())
    await page.clock.install()
    await written(desk, page, editor)
    async with page.expect_response("**/unsaved") as kept:
        await page.clock.fast_forward(6000)
    assert (await kept.value).status == 204
    await page.close()
    second = await page.context.new_page()
    await second.goto(f"{desk.desk}{ARTICLE}?as={editor.id}")
    await expect(second.get_by_text("Du har tekst i dette skjemaet som ikke er lagret")).to_be_visible()
    assert await unfit(second) == []
    await second.get_by_role("link", name="Hent teksten").click()
    title = second.get_by_label("Tittel", exact=True).first
    await expect(title).to_have_value(TITLE)
    await second.get_by_role("button", name="Lagre utkast").click()
    await expect(second.get_by_role("status")).to_contain_text("lagret")
    assert await desk.store.find(UnsavedArticle.KIND, f"person:{editor.id}") == []
    await second.close()


async def test_a_text_sent_after_a_warning_does_not_come_back(desk: DeskStage, page: Page) -> None:
    editor = await editor_of(desk)
    page.on("dialog", lambda dialog: dialog.accept())
    await page.goto(f"{desk.desk}{ARTICLE}?as={editor.id}")
    answer = page.get_by_label("Svar", exact=True).first
    await answer.fill("Kari Nordmann har kreft og er sykmeldt.")
    await page.get_by_role("button", name="Lagre utkast").click()
    await page.get_by_role("button", name="Send likevel").click()
    await expect(page.get_by_role("status")).to_contain_text("lagret")
    # The page's script runs when the page has been read.
    await page.wait_for_function("() => !JSON.stringify({...sessionStorage}).includes('kreft')")
    await answer.fill("Kari Nordmann har kreft og er syk.")
    await page.get_by_role("button", name="Lagre utkast").click()
    await expect(page.get_by_role("button", name="Send likevel")).to_be_visible()
    await page.goto(f"{desk.desk}{ARTICLE}")  # thought better of it
    await expect(answer).to_have_value("Kari Nordmann har kreft og er syk.")


async def test_an_import_from_a_file_can_be_saved_after_it_was_looked_at(desk: DeskStage, page: Page) -> None:
    editor = await editor_of(desk)
    await page.goto(f"{desk.desk}/articles/+import?as={editor.id}")
    rows = "Question\tAnswer\nHvor er kaffemaskinen?\tKaffemaskinen står på kjøkkenet i andre etasje.\n"
    await page.locator("input[type=file]").set_input_files(
        files=[{"name": "svar.tsv", "mimeType": "text/tab-separated-values", "buffer": rows.encode()}]
    )
    await page.get_by_role("button", name="Vis hva det blir").click()
    save = page.get_by_role("button", name="Lagre ett utkast")
    await expect(save).to_be_visible()
    await expect(page.get_by_text("Her er teksten du skrev uten å sende")).to_have_count(0)
    await save.click()
    await expect(page.get_by_role("status").first).to_be_visible()
    [head] = await desk.all_of(ArticleHead)
    assert head.draft_id is not None
    await page.goto(f"{desk.desk}/articles/+import")
    await expect(page.get_by_text("Her er teksten du skrev uten å sende")).to_have_count(0)
