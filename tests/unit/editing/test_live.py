"""What is published applies where the editor's word does, beside the files, and can be tried before."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from bot.stores.memory.store import MemoryStore
from knowledge.article.article import Language
from knowledge.article.change import ArticleChange
from tests.unit.editing.town import ANSWER, ASKED, Town, comes_true, opened_town
from tests.unit.few_articles import few_articles


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder where the first test leaves what it learned of the files."""
    return tmp_path_factory.mktemp("learned")


@pytest.fixture
async def town(tmp_path: Path, learned: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        store = MemoryStore()
        await store.open()
        yield await opened_town(stack, [store], few_articles(tmp_path / "content"), learned)


@pytest.mark.full
async def test_a_municipalitys_own_article_is_found_there_and_changes_nothing_elsewhere(town: Town) -> None:
    before = [await each.match_each([ASKED], municipality_id="nes") for each in town.services]
    fields = {"title_nb": "Dingsen snurrer", "answer_nb": ANSWER, "phrasings_nb": ASKED}
    assert "er publisert" in await town.publish("ed", "dingsen", municipality_id="eidsvoll", **fields)

    async def live() -> bool:
        return await town.means("eidsvoll") == ["dingsen"]

    await comes_true(live)
    assert town.answers("dingsen", "eidsvoll") == [ANSWER]
    assert town.answers("dingsen", "nes") == [None]
    assert [await each.match_each([ASKED], municipality_id="nes") for each in town.services] == before


@pytest.mark.full
async def test_the_questions_of_a_municipalitys_retired_article_lead_there_to_the_one_in_its_place(town: Town) -> None:
    before = await town.means("nes")
    assert before != ["rollout-when"]
    fields = {"title_nb": "Dingsen snurrer", "answer_nb": ANSWER, "phrasings_nb": ASKED}
    await town.publish("ed", "dingsen", municipality_id="eidsvoll", **fields)

    async def means(article_id: str) -> bool:
        return await town.means("eidsvoll") == [article_id]

    await comes_true(lambda: means("dingsen"))
    await town.press("ed", "retire", "dingsen", municipality_id="eidsvoll", redirect="rollout-when")
    await comes_true(lambda: means("rollout-when"))
    assert await town.means("nes") == before


@pytest.mark.full
async def test_the_questions_of_a_retired_article_lead_to_the_one_in_its_place(town: Town) -> None:
    question = "citrix er tregt i dag"
    await town.press("eva", "retire", "citrix-slow", redirect="rollout-when")

    async def redirected() -> bool:
        found = [await each.match_each([question], municipality_id="nes") for each in town.services]
        return [match[0].candidates[0].article_id for match in found] == ["rollout-when"]

    await comes_true(redirected)
    state = town.services[0].state
    found = state.content.articles.get("citrix-slow", Language.NB)
    assert found is not None
    assert found.id == "rollout-when"


@pytest.mark.full
async def test_a_changed_file_applies_again_and_the_publication_is_kept(town: Town, tmp_path: Path) -> None:
    await town.publish("eva", "citrix-slow", answer_nb=ANSWER)

    async def live() -> bool:
        return town.answers("citrix-slow", "nes") == [ANSWER]

    await comes_true(live)
    file = tmp_path / "content" / "articles" / "nb" / "citrix-slow.md"
    head, _, _ = file.read_text("utf-8").rpartition("---\n")
    file.write_text(f"{head}---\nStart Citrix på nytt.\n", "utf-8")

    async def from_file() -> bool:
        return town.answers("citrix-slow", "nes") == ["Start Citrix på nytt."]

    await comes_true(from_file)
    await town.press("eva", "keep", "citrix-slow")
    await comes_true(live)


@pytest.mark.full
async def test_the_knowledge_with_a_change_answers_with_it_while_readers_get_what_they_got(town: Town) -> None:
    service = town.services[0]
    shared = service.state.content.articles.texts_of("citrix-slow")
    change = ArticleChange(
        article_id="rollout-when",
        articles=tuple(
            replace(each, phrasings=(*each.phrasings, ASKED))
            for each in service.state.content.articles.texts_of("rollout-when")
        ),
    )
    before = await town.means("nes")
    changed = await service.with_change(change)
    assert changed.matcher_for("nes").match(ASKED).candidates[0].article_id == "rollout-when"
    assert await town.means("nes") == before
    assert changed.content.articles.texts_of("citrix-slow") == shared
    retired = await service.with_change(ArticleChange(article_id="rollout-when"))
    assert "rollout-when" not in retired.content.articles.ids()
    assert "rollout-when" in service.state.content.articles.ids()
