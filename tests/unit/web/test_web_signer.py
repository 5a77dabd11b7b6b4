"""Tokens: only ours, only whole, only for their purpose, only in time."""

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.web.signin.signer import Signer
from tests.unit.web.conftest import NOON

SEAL = Signer(b"k" * 32)
HOUR = timedelta(hours=1)


def test_a_sealed_token_reads_back() -> None:
    token = SEAL.sign("a", {"x": "Ærlig"}, at=NOON)
    claims = SEAL.verify("a", token, now=NOON, valid_for=HOUR)
    assert claims is not None
    assert claims["x"] == "Ærlig"


@given(st.data())
def test_a_changed_token_is_nobodys(data: st.DataObject) -> None:
    token = SEAL.sign("a", {"person": "p1"}, at=NOON)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda sign: sign != token[place]))
    assert SEAL.verify("a", token[:place] + other + token[place + 1 :], now=NOON, valid_for=HOUR) is None


@given(st.text())
def test_any_text_is_refused_without_a_fault(text: str) -> None:
    assert SEAL.verify("a", text, now=NOON, valid_for=HOUR) is None


@pytest.mark.parametrize("text", ["\udcff", "a.\udcff\udcfe", "\udcff.\udcfe", "\ud800."])
def test_bytes_that_are_no_utf_8_are_refused_without_a_fault(text: str) -> None:
    """Such bytes in a cookie or header reach us as halves of surrogate pairs."""
    assert SEAL.verify("a", text, now=NOON, valid_for=HOUR) is None
    assert not SEAL.is_signature("a", "p1/image-1", text)


def test_a_token_is_bound_to_key_purpose_and_time() -> None:
    token = SEAL.sign("a", {}, at=NOON)
    assert Signer(b"x" * 32).verify("a", token, now=NOON, valid_for=HOUR) is None
    assert SEAL.verify("b", token, now=NOON, valid_for=HOUR) is None
    assert SEAL.verify("a", token, now=NOON + HOUR - timedelta(seconds=1), valid_for=HOUR) is not None
    assert SEAL.verify("a", token, now=NOON + HOUR, valid_for=HOUR) is None
    assert SEAL.verify("a", token, now=NOON - timedelta(minutes=2), valid_for=HOUR) is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"7", b"[]", b'"at"', b"{}", b'{"at": "noon"}', b'{"at": null}']
)
def test_a_signed_text_without_a_time_is_no_token(content: bytes) -> None:
    body = base64.urlsafe_b64encode(content).rstrip(b"=").decode()
    token = f"{body}.{SEAL.signature('a', body)}"
    assert SEAL.verify("a", token, now=NOON, valid_for=HOUR) is None


def test_a_clock_that_is_a_little_ahead_is_no_fault() -> None:
    token = SEAL.sign("a", {}, at=NOON)
    assert SEAL.verify("a", token, now=NOON - timedelta(seconds=30), valid_for=HOUR) is not None


def test_a_short_key_is_refused() -> None:
    for keys in ((b"short", ()), (b"k" * 32, (b"short",))):
        with pytest.raises(ValueError, match="32 bytes"):
            Signer(*keys)


def test_while_the_key_is_replaced_addresses_of_both_are_valid_and_no_others() -> None:
    old, new = Signer(b"o" * 32), Signer(b"n" * 32)
    both = Signer(b"n" * 32, (b"o" * 32,))
    for each in (old, new):
        assert both.verify("a", each.sign("a", {}, at=NOON), now=NOON, valid_for=HOUR) is not None
        assert both.is_signature("a", "p1/image-1", each.signature("a", "p1/image-1"))
    assert new.verify("a", both.sign("a", {}, at=NOON), now=NOON, valid_for=HOUR) is not None
    assert old.verify("a", both.sign("a", {}, at=NOON), now=NOON, valid_for=HOUR) is None
    assert both.verify("a", SEAL.sign("a", {}, at=NOON), now=NOON, valid_for=HOUR) is None
