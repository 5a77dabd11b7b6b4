"""Articles on the desk in a browser: from the list to a published text, without the chat and without a script."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from urllib.parse import urljoin

import pytest_asyncio
from playwright.async_api import Browser, Dialog, Page, Route, expect

from dialogs.core.person import Role
from dialogs.editing.model import ArticleHead, ArticleRevision
from knowledge.matching.match import Candidate, Match
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[DeskStage]:
    stage = DeskStage()
    await stage.start()
    yield stage
    await stage.stop()


async def opened(desk: DeskStage, page: Page, path: str = "") -> None:
    editor = await desk.holder_of(Role.EDITOR, municipality_id="dgi")
    await page.goto(f"{desk.desk}/articles{path}?as={editor.id}")


async def test_an_editor_finds_an_article_changes_it_and_publishes_it(desk: DeskStage, page: Page) -> None:
    await opened(desk, page)
    assert await unfit(page) == []
    await page.get_by_label("Søk").fill("password-change")
    await page.get_by_role("button", name="Vis", exact=True).click()
    await page.get_by_role("link", name="Hvordan bytter jeg passord?", exact=True).click()
    answer = page.get_by_label("Svar", exact=True).first
    await answer.fill("Ja, trykk **Prøve**.")
    await expect(page.locator("#preview strong", has_text="Prøve")).to_have_count(1)
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.once("dialog", stay)
    await page.get_by_role("link", name="Til listen").click()
    await expect(answer).to_have_value("Ja, trykk **Prøve**.")
    assert asked == ["beforeunload"], "unsaved text is not lost unasked"
    await page.get_by_role("button", name="Lagre utkast").click()
    await expect(page.get_by_text("begynner med «Ja»")).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_label("Svar", exact=True).first.fill("Trykk **Ctrl + Alt + Delete**.")
    await page.get_by_role("button", name="Lagre utkast").click()
    await page.get_by_role("button", name="Publiser nå").click()
    await expect(page.get_by_role("status")).to_contain_text("er publisert")
    await page.get_by_role("link", name="Historikk").click()
    await expect(page.get_by_text("Gjelder nå")).to_be_visible()
    await page.get_by_text("Vis hva som er endret").first.click()
    await expect(page.locator("dl").first).to_be_visible()
    assert await unfit(page) == []
    [head] = await desk.all_of(ArticleHead)
    assert head.live_id is not None


async def test_what_is_written_before_the_scripts_came_is_previewed_and_not_lost(desk: DeskStage, page: Page) -> None:
    await opened(desk, page)
    await page.get_by_label("Søk").fill("password-change")
    await page.get_by_role("button", name="Vis", exact=True).click()
    written = asyncio.Event()

    async def late(route: Route) -> None:
        await written.wait()
        await route.continue_()

    await page.route("**/chat/static/desk-*.js", late)
    link = page.get_by_role("link", name="Hvordan bytter jeg passord?", exact=True)
    await expect(link).to_be_visible()
    await page.goto(urljoin(page.url, str(await link.get_attribute("href"))), wait_until="commit")
    await page.get_by_label("Svar", exact=True).first.fill("Trykk **Tidlig**.")
    written.set()
    await expect(page.locator("#preview strong", has_text="Tidlig")).to_have_count(1)
    await page.reload()
    await expect(page.locator("#preview strong", has_text="Tidlig")).to_have_count(1)


async def test_the_preview_needs_no_script_and_saves_nothing(desk: DeskStage, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    try:
        page = await context.new_page()
        await opened(desk, page, "/password-change")
        await page.get_by_label("Svar", exact=True).first.fill("Trykk **Esc**.")
        await page.get_by_role("button", name="Vis forhåndsvisning").click()
        await expect(page.locator("#preview strong", has_text="Esc")).to_have_count(1)
        await expect(page.get_by_label("Svar", exact=True).first).to_have_value("Trykk **Esc**.")
        await page.get_by_role("button", name="Sjekk spørsmål og lenker").click()
        await expect(page.get_by_role("heading", name="Spørsmål og lenker")).to_be_visible()
        await expect(page.get_by_label("Svar", exact=True).first).to_have_value("Trykk **Esc**.")
        assert await desk.all_of(ArticleRevision) == []
    finally:
        await context.close()


async def test_a_text_that_comes_second_is_compared_with_the_first(desk: DeskStage, page: Page) -> None:
    await opened(desk, page, "/password-change")
    other = await page.context.new_page()
    await opened(desk, other, "/password-change")
    await other.get_by_label("Tittel", exact=True).first.fill("Bytte passord")
    await other.get_by_role("button", name="Lagre utkast").click()
    await page.get_by_label("Tittel", exact=True).first.fill("Nytt passord")
    await page.get_by_role("button", name="Lagre utkast").click()
    await expect(page.get_by_role("heading", name="Noen andre lagret et utkast")).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_role("link", name="Hent min tekst").click()
    await page.get_by_role("button", name="Lagre utkast").click()
    await expect(page.get_by_label("Tittel", exact=True).first).to_have_value("Nytt passord")
    await other.close()


async def test_an_editor_of_a_municipality_reads_everyones_text_and_writes_an_own_one(
    desk: DeskStage, page: Page
) -> None:
    editor = await desk.holder_of(Role.EDITOR, municipality_id="ullensaker")
    await page.goto(f"{desk.desk}/articles/password-change?as={editor.id}")
    await expect(page.get_by_role("button", name="Lagre utkast")).to_have_count(0)
    await page.get_by_role("link", name="Skriv egen tekst").click()
    await page.get_by_role("button", name="Lagre utkast").click()
    await page.get_by_role("button", name="Publiser nå").click()
    await expect(page.get_by_role("status")).to_contain_text("er publisert")
    await page.goto(f"{desk.desk}/articles/password-change@eidsvoll")
    await expect(page.get_by_role("heading", name="Her stoppet det")).to_be_visible()
    await expect(page.get_by_role("navigation", name="Sider")).to_be_visible()


async def test_an_export_is_pasted_looked_at_and_saved_as_drafts(desk: DeskStage, page: Page) -> None:
    await opened(desk, page)
    await page.get_by_role("link", name="Importer og eksporter artikler").click()
    await page.get_by_label("Innhold").fill("Question\tAnswer\nHvor er skanneren?\tI gangen.\nskanner\tI gangen.\n")
    await page.get_by_role("button", name="Vis hva det blir").click()
    await expect(page.get_by_role("row", name="hvor-er-skanneren")).to_contain_text("Nytt utkast")
    assert await desk.all_of(ArticleRevision) == []
    assert await unfit(page) == []
    await page.get_by_role("button", name="Lagre ett utkast").click()
    await expect(page.get_by_role("row", name="hvor-er-skanneren")).to_contain_text("Bare utkast")
    [draft] = await desk.all_of(ArticleRevision)
    assert draft.new


async def test_the_form_comes_first_and_a_wide_screen_shows_the_preview_beside_it(desk: DeskStage, page: Page) -> None:
    await page.set_viewport_size({"width": 1280, "height": 740})
    await opened(desk, page, "/password-change")
    form, preview = [await page.locator(part).bounding_box() for part in ("#composer", "#preview")]
    assert form is not None
    assert preview is not None
    assert preview["x"] >= form["x"] + form["width"]
    assert preview["y"] < form["y"] + 200
    assert await page.evaluate(
        "document.querySelector('#composer').compareDocumentPosition(document.querySelector('#preview')) & 4"
    )
    await page.set_viewport_size({"width": 390, "height": 740})
    form, preview = [await page.locator(part).bounding_box() for part in ("#composer", "#preview")]
    assert form is not None
    assert preview is not None
    assert preview["y"] >= form["y"] + form["height"]


async def test_a_column_without_anything_in_it_is_left_out(desk: DeskStage, page: Page) -> None:
    await opened(desk, page)
    columns = await page.get_by_role("columnheader").all_inner_texts()
    assert columns == ["Artikkel", "Status", "Språk", "Ses over innen"]


async def finds_password_change(utterances: Sequence[str], **_: object) -> tuple[Match, ...]:
    best = Candidate(article_id="password-change", confidence=0.9)
    return tuple(
        Match(utterance=words, language="nb", small_talk=None, candidates=(best,), precision=0.9)
        for words in utterances
    )


async def test_the_page_says_that_a_publication_is_live_without_being_loaded_again(desk: DeskStage, page: Page) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda line: faults.append(line.text) if line.type in {"error", "warning"} else None)
    await opened(desk, page, "/password-change")
    await page.get_by_label("Svar", exact=True).first.fill("Trykk **Ctrl + Alt + Delete**.")
    await page.get_by_role("button", name="Lagre utkast").click()
    await page.get_by_role("button", name="Publiser nå").click()
    state = page.locator("#live")
    await expect(state).to_have_text("Publisert, men ikke i bruk ennå")
    await page.get_by_label("Tittel", exact=True).first.fill("Bytte passord")
    [revision] = [revision for revision in await desk.all_of(ArticleRevision) if revision.in_use]
    book = revision.to_change().applied_to(desk.content.articles)
    desk.content = replace(desk.content, articles=book)
    desk.match_each = finds_password_change  # type: ignore[method-assign]
    await expect(state).to_have_text("I bruk: Heia svarer med den publiserte teksten nå")
    await expect(page.get_by_label("Tittel", exact=True).first).to_have_value("Bytte passord")
    assert await unfit(page) == []
    assert faults == []
