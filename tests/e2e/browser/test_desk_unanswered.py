"""Unanswered questions on the desk in a browser: from a theme to an article's draft, without the chat."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from playwright.async_api import Page, expect

from bot.report.theme_closing import ThemeClosing
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.handoff.suggestion import Suggestion
from dialogs.insight.model import end_of, last_closed_week
from dialogs.unanswered.model import ThemeDecision
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage
from tests.learned import sample_matcher

ASKED = (
    "hvordan får jeg ny skjerm på kontoret",
    "korleis får eg ny skjerm på kontoret",
    "ny skjerm på kontoret hvordan",
    "hvor får jeg ny skjerm til kontoret",
    "ny skjerm til kontoret",
    "får jeg en ny skjerm på kontoret",
)


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[DeskStage]:
    sample_matcher()  # learned before a page waits for it
    stage = DeskStage()
    await stage.start()
    yield stage
    await stage.stop()


async def asked(desk: DeskStage) -> Person:
    """Let six people of an editor's municipality ask about one thing, and return the editor."""
    editor = await desk.holder_of(Role.EDITOR)
    at = end_of(last_closed_week(desk.clock.now())) - timedelta(days=3)
    people = [each.key.id for each in await desk.store.find(Person.KIND, f"municipality:{editor.municipality_id}")]
    questions = [
        Question(
            id=f"q{number}",
            person_id=people[number],
            municipality_id=editor.municipality_id,
            utterance=words,
            language=Language.NB,
            outcome=OutcomeKind.HAND_OVER,
            asked_at=at + timedelta(minutes=number),
        )
        for number, words in enumerate(ASKED)
    ]
    await desk.put(*questions)
    await ThemeClosing(store=desk.store, content=lambda: desk.content, reading=desk).close_themes(desk.clock.now())
    return editor


async def test_an_editor_begins_an_article_with_the_sentence_and_the_terms_of_a_theme(
    desk: DeskStage, page: Page
) -> None:
    editor = await asked(desk)
    await page.goto(f"{desk.desk}/unanswered?as={editor.id}")
    assert await unfit(page) == []
    row = page.get_by_role("row", name="5–9 personer")
    await expect(row).to_contain_text("kontoret")
    await expect(page.get_by_text(ASKED[0])).to_have_count(0)
    await row.get_by_role("link").click()
    await expect(page.get_by_text("Ingen av dem som spurte, skrev den.")).to_be_visible()
    await expect(page.get_by_label("Formuleringer", exact=True)).to_have_value(re.compile("skjerm"))
    assert await unfit(page) == []
    await page.get_by_role("button", name="Begynn på artikkelen").click()
    await expect(page.get_by_role("alert")).to_contain_text("Skriv en tittel.")
    await page.get_by_label("Formuleringer", exact=True).fill("ny skjerm til kontoret")
    await page.get_by_label("Tittel på artikkelen").fill("Ny skjerm")
    await page.get_by_label("Tittel på artikkelen").press("Enter")
    await expect(page.get_by_text("er klart til å redigeres")).to_be_visible()
    await expect(page.get_by_role("heading", name="Ny skjerm", level=1)).to_be_visible()
    await page.goto(f"{desk.desk}/unanswered")
    await expect(page.get_by_role("row", name="5–9 personer")).to_contain_text("Utkast, ikke publisert")
    assert await unfit(page) == []
    [decision] = await desk.store.find(ThemeDecision.KIND, "all")
    assert decision.body["entry_id"] == "ny-skjerm"


async def test_a_theme_is_linked_to_an_action_after_a_question_and_withdrawn(desk: DeskStage, page: Page) -> None:
    editor = await asked(desk)
    await page.goto(f"{desk.desk}/unanswered?as={editor.id}")
    await page.get_by_role("row", name="5–9 personer").get_by_role("link").first.click()
    await page.get_by_label("Formuleringer", exact=True).fill("ny skjerm til kontoret")
    await page.get_by_label("Handling", exact=True).select_option(index=0)
    await page.get_by_role("button", name="Legg til").last.click()
    question = page.get_by_role("region", name="Skal 1 formulering føre til")
    await expect(question.get_by_text("ny skjerm til kontoret")).to_be_visible()
    assert await unfit(page) == []
    assert not await desk.store.find(ThemeDecision.KIND, "all")
    await question.get_by_role("button", name="Ja, koble til handlingen").click()
    await expect(page.get_by_role("status").first).to_contain_text("fører nå til")
    await page.get_by_role("button", name="Trekk tilbake").click()
    await expect(page.get_by_role("status").first).to_contain_text("fører ikke lenger til handlingen")
    assert not await desk.store.find(ThemeDecision.KIND, "all")


async def test_an_editor_publishes_an_ambassadors_suggestion_with_two_presses(desk: DeskStage, page: Page) -> None:
    editor = await desk.holder_of(Role.EDITOR)
    assert editor.municipality_id is not None
    suggestion = Suggestion(
        id="suggestion-1",
        municipality_id=editor.municipality_id,
        handoff_id="handoff-1",
        language=Language.NB,
        question="Hvordan flytter jeg grevlingen ut av arkivet?",
        answer="Åpne luken og legg et eple foran den.",
        by="p001",
        created_at=desk.clock.now() - timedelta(days=1),
    )
    await desk.put(suggestion)
    await page.goto(f"{desk.desk}/unanswered?as={editor.id}")
    await page.get_by_role("link", name="grevlingen").click()
    await expect(page.get_by_text("Forslag fra en ambassadør")).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_role("button", name="Godkjenn").click()
    await expect(page.get_by_role("button", name="Publiser svaret")).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_label("Tittel på artikkelen").fill("Flytte grevlingen")
    await page.get_by_role("button", name="Publiser svaret").click()
    await expect(page.get_by_text("«Flytte grevlingen» er publisert")).to_be_visible()
    await expect(page.get_by_text("sjekker om et minutt")).to_be_visible()
    assert await unfit(page) == []
