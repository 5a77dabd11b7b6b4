"""Lines: news only, in order, and nobody who reads slowly holds up the others."""

import asyncio
import gc
import weakref
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.web.chat.connection import MAX_PAGES, MAX_WAITING, REMEMBERED, ConnectionRegistry, PageConnection
from tests.unit.web.conftest import NOON


def message(slot: str, version: int) -> dict[str, Any]:
    return {"type": "message", "slot": slot, "version": version}


async def test_a_page_hears_each_version_once_and_never_an_older_one() -> None:
    line = PageConnection()
    for push in (message("a", 2), message("a", 1), message("a", 2), message("b", 1), message("a", 3)):
        line.push(push)
    assert [await line.next() for _ in range(3)] == [message("a", 2), message("b", 1), message("a", 3)]


async def test_a_page_that_does_not_read_is_hung_up_on() -> None:
    board = ConnectionRegistry()
    slow, quick = board.connect("p"), board.connect("p")
    assert slow is not None
    assert quick is not None
    for number in range(MAX_WAITING + 1):
        board.push("p", message(f"s{number}", 1), at=NOON)
        assert await quick.next() == message(f"s{number}", 1)
    assert await slow.next() is None


@pytest.mark.parametrize(
    ("later", "kept"), [(timedelta(seconds=30), 1), (REMEMBERED, 1), (REMEMBERED + timedelta(seconds=1), 0)]
)
def test_a_new_page_is_told_what_was_just_pushed(later: timedelta, kept: int) -> None:
    board = ConnectionRegistry()
    assert board.push("p", message("a", 1), at=NOON) == 0
    board.push("q", message("b", 1), at=NOON)
    board.push("p", {"type": "said", "id": "1"}, at=NOON)
    assert list(board.recent("p", at=NOON + later)) == [message("a", 1)] * kept


def test_a_person_has_a_limited_number_of_pages() -> None:
    board = ConnectionRegistry()
    lines = [board.connect("p") for _ in range(MAX_PAGES)]
    assert None not in lines
    assert board.connect("p") is None
    assert board.connect("q") is not None
    assert lines[0] is not None
    board.disconnect("p", lines[0])
    assert board.connect("p") is not None
    assert len(board) == MAX_PAGES + 1


class KeptPush(dict[str, Any]):
    """A push whose life can be watched."""


def test_what_was_pushed_long_ago_is_kept_nowhere() -> None:
    board = ConnectionRegistry()
    old = KeptPush(message("a", 1))
    watched = weakref.ref(old)
    board.push("p", old, at=NOON)
    del old
    assert watched() is not None
    board.push("q", message("b", 1), at=NOON + REMEMBERED + timedelta(seconds=1))
    gc.collect()
    assert watched() is None


async def test_news_wake_the_pages_of_one_person_or_of_all() -> None:
    board = ConnectionRegistry()
    pages = [page for page in (board.connect(each) for each in ("p", "p", "q")) if page is not None]

    async def woken() -> list[bool]:
        found = []
        for page in pages:
            woke = asyncio.ensure_future(page.wait_for_news(3600))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            found.append(woke.done())
            woke.cancel()
        return found

    assert await woken() == [False, False, False]
    board.wake("p")
    assert await woken() == [True, True, False]
    assert await woken() == [False, False, False], "old news are no news"
    board.wake("")
    assert await woken() == [True, True, True]


async def test_a_stopping_server_closes_every_page() -> None:
    board = ConnectionRegistry()
    pages = [page for page in (board.connect(each) for each in ("p", "q")) if page is not None]
    board.push("p", message("a", 1), at=NOON)
    board.disconnect_all()
    assert [await page.next() for page in pages] == [None, None]
