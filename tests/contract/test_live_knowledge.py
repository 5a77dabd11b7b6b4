"""What an editor publishes is live in every process within seconds."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.ports import Store
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.store import TinyStore
from knowledge.article.article import Language
from tests.contract import postgres_server
from tests.contract.conftest import Servers
from tests.unit.editing.town import ANSWER, ASKED, comes_true, opened_town
from tests.unit.few_articles import few_articles


@pytest.fixture(params=["tiny", postgres_server.KINDS[0]])
def stores(request: pytest.FixtureRequest, servers: Servers, tmp_path: Path) -> Iterator[list[Store]]:
    """Return the stores of two processes, unopened; TinyDB has one process, with two readers."""
    if request.param == "tiny":
        tiny = TinyStore(directory=tmp_path / "store")
        yield [tiny, tiny]
        return
    with servers(request.param).used_database() as url:
        yield [PostgresStore(url=url), PostgresStore(url=url)]


@pytest.mark.full
async def test_a_publication_is_live_in_every_process_and_the_file_comes_back(
    stores: list[Store], tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        for each in dict.fromkeys(stores):
            await each.open()
            stack.push_async_callback(each.close)
        town = await opened_town(stack, stores, few_articles(tmp_path / "content"), tmp_path / "data")
        before = town.answers("citrix-slow", "nes")
        asked = {
            f"phrasings_{language}": "\n".join((ASKED, *(f"{language} snurrer {number}" for number in range(8))))
            for language in Language
        }
        notice = await town.publish("eva", "citrix-slow", answer_nb=ANSWER, **asked)
        assert "er publisert" in notice

        async def live() -> bool:
            return town.answers("citrix-slow", "nes") == [ANSWER] * 2 and await town.means("nes") == ["citrix-slow"] * 2

        await comes_true(live)
        await town.press("eva", "withdraw", "citrix-slow")

        async def back() -> bool:
            return town.answers("citrix-slow", "nes") == before

        await comes_true(back)
