"""Rehearsals on the desk in a browser: begin, read what changes, keep a verdict."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from playwright.async_api import Page, expect

from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.editing.model import ArticleHead, ArticleRevision
from dialogs.handoff.suggestion import Suggestion, gap_id
from dialogs.insight.model import end_of, last_closed_week
from dialogs.rehearsal.model import TestQuestion
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage
from tests.learned import sample_matcher

ARTICLE = "password-forgotten"


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[DeskStage]:
    sample_matcher()  # learned before a page waits for it
    stage = DeskStage()
    await stage.start()
    yield stage
    await stage.stop()


async def drafted(desk: DeskStage) -> tuple[Person, str]:
    """Give an editor a draft, and six colleagues a question that its article answers; return editor and key."""
    editor = await desk.holder_of(Role.EDITOR)
    at, place = end_of(last_closed_week(desk.clock.now())) - timedelta(days=3), editor.municipality_id
    assert place is not None
    people = [each.key.id for each in await desk.store.find(Person.KIND, f"municipality:{place}")]
    for number in range(6):
        await desk.put(
            Question(
                id=f"q{number}",
                person_id=people[number],
                municipality_id=place,
                utterance=f"hei, jeg har glemt passordet {'igjen ' * number}".strip(),
                language=Language.NB,
                outcome=OutcomeKind.ANSWER,
                article_id=ARTICLE,
                asked_at=at,
            )
        )
    shown = Suggestion(
        id=gap_id("q0"),
        municipality_id=place,
        handoff_id="",
        language=Language.NB,
        question="jeg har glemt passordet til Gerica",
        answer="",
        by=people[0],
        created_at=at,
    )
    await desk.put(shown)
    texts = desk.content.articles.texts_of(ARTICLE)
    draft = ArticleRevision.from_articles(texts, id="revision-1", number=1, by=editor.id, at=at)
    key = f"{ARTICLE}@{place}"
    head = ArticleHead(id=key, article_id=ARTICLE, municipality_id=place, number=1, draft_id="revision-1")
    await desk.put(draft, head)
    return editor, key


async def test_an_editor_rehearses_a_draft_and_keeps_a_verdict(desk: DeskStage, page: Page) -> None:
    editor, _ = await drafted(desk)
    await page.goto(f"{desk.desk}/rehearsal?as={editor.id}")
    assert await unfit(page) == []
    await page.get_by_role("link", name="passord").click()
    await page.get_by_role("button", name="Prøv").click()
    await expect(page.get_by_role("heading", name="Dårligere (2)")).to_be_visible(timeout=15_000)
    await expect(page.get_by_role("row", name="Det folk skrev, vises ikke.")).to_contain_text("5–9 personer")
    await expect(page.get_by_text("hei, jeg har glemt passordet")).to_have_count(0)
    assert await unfit(page) == []
    await page.get_by_label("Riktig svar på").first.select_option(index=1)
    await page.get_by_role("button", name="Behold som test").first.click()
    await expect(page.get_by_role("status")).to_contain_text("testspørsmål")
    [test] = await desk.store.find(TestQuestion.KIND, "all")
    assert test.body["expected_id"] == ARTICLE
    await page.goto(f"{desk.desk}/rehearsal")
    await expect(page.get_by_role("table", name="Testspørsmål")).to_contain_text("glemt passordet til Gerica")
    assert await unfit(page) == []
