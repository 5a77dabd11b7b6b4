"""Tokens: only ours, only whole, only for their purpose, only in time."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.web.badge import Badge, Badges, Way
from bot.channels.web.seal import Seal
from bot.stores.memory import MemoryStore
from tests.unit.web.conftest import NOON

SEAL = Seal(b"k" * 32)
HOUR = timedelta(hours=1)


def test_a_sealed_token_reads_back() -> None:
    token = SEAL.close("a", {"x": "Ærlig"}, at=NOON)
    claims = SEAL.read("a", token, now=NOON, valid_for=HOUR)
    assert claims is not None
    assert claims["x"] == "Ærlig"


@given(st.data())
def test_a_changed_token_is_nobodys(data: st.DataObject) -> None:
    token = SEAL.close("a", {"person": "p1"}, at=NOON)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda sign: sign != token[place]))
    assert SEAL.read("a", token[:place] + other + token[place + 1 :], now=NOON, valid_for=HOUR) is None


@given(st.text())
def test_any_text_is_refused_without_a_fault(text: str) -> None:
    assert SEAL.read("a", text, now=NOON, valid_for=HOUR) is None


@pytest.mark.parametrize("text", ["\udcff", "a.\udcff\udcfe", "\udcff.\udcfe", "\ud800."])
def test_bytes_that_are_no_utf_8_are_refused_without_a_fault(text: str) -> None:
    """Such bytes in a cookie or header reach us as halves of surrogate pairs."""
    assert SEAL.read("a", text, now=NOON, valid_for=HOUR) is None
    assert not SEAL.marked("a", "p1/image-1", text)


def test_a_token_is_bound_to_key_purpose_and_time() -> None:
    token = SEAL.close("a", {}, at=NOON)
    assert Seal(b"x" * 32).read("a", token, now=NOON, valid_for=HOUR) is None
    assert SEAL.read("b", token, now=NOON, valid_for=HOUR) is None
    assert SEAL.read("a", token, now=NOON + HOUR - timedelta(seconds=1), valid_for=HOUR) is not None
    assert SEAL.read("a", token, now=NOON + HOUR, valid_for=HOUR) is None
    assert SEAL.read("a", token, now=NOON - timedelta(minutes=2), valid_for=HOUR) is None


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Seal(b"short")


def test_a_badge_of_a_closed_way_is_void() -> None:
    badge = Badge(person_id="p1", session_id="s1", way=Way.CHOSEN)
    developing = Badges(seal=SEAL, store=MemoryStore(), valid_for=HOUR, ways=frozenset({Way.CHOSEN, Way.LINK}))
    serving = Badges(seal=SEAL, store=MemoryStore(), valid_for=HOUR, ways=frozenset({Way.LINK}))
    token = developing.issue(badge, at=NOON)
    assert developing.read(token, now=NOON) == badge
    assert serving.read(token, now=NOON) is None


async def test_an_ended_badge_is_void_everywhere() -> None:
    store = MemoryStore()
    here, there = (Badges(seal=SEAL, store=store, valid_for=HOUR, ways=frozenset({Way.LINK})) for _ in range(2))
    one, other = (Badge(person_id="p1", session_id=id_, way=Way.LINK) for id_ in ("s1", "s2"))
    assert not await there.is_ended(one)
    await here.end(one, at=NOON)
    await there.end(one, at=NOON)
    assert await there.is_ended(one)
    assert not await there.is_ended(other)
