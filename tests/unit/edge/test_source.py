"""Where a request comes from, and what nobody can make Heia believe about it."""

import random

import pytest

from bot.edge.source import RequestSource, SourceRule, key_of, read_address
from bot.settings.rules import SHARED_FACTOR, networks_of, shared_of

PROXY = SourceRule(
    trusted=networks_of(["127.0.0.1", "::1", "10.0.0.0/8"]), shared=shared_of(["192.0.2.7", "2001:db8:5::/48=3"])
)


@pytest.mark.parametrize(
    ("peer", "forwarded", "key"),
    [
        ("127.0.0.1", ["203.0.113.5"], "203.0.113.5"),
        ("127.0.0.1", ["1.1.1.1, 203.0.113.5"], "203.0.113.5"),
        ("127.0.0.1", ["1.1.1.1", "203.0.113.5"], "203.0.113.5"),
        ("127.0.0.1", ["1.1.1.1, 203.0.113.5, 10.1.2.3"], "203.0.113.5"),
        ("127.0.0.1", ["garbage, 203.0.113.5 , 10.1.2.3"], "203.0.113.5"),
        ("127.0.0.1", ["203.0.113.5:4711"], "203.0.113.5"),
        ("127.0.0.1", ["[2001:db8:1:2:3:4:5:6]:4711"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["2001:db8:1:2:ffff::1"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ['"203.0.113.5"'], "203.0.113.5"),
        ("::ffff:127.0.0.1", ["203.0.113.5"], "203.0.113.5"),
        ("127.0.0.1", ["::ffff:203.0.113.5"], "203.0.113.5"),
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["1.1.1.1"], "203.0.113.9"),
        ("203.0.113.9", ["10.0.0.1"], "203.0.113.9"),
        ("2001:db8::1", ["1.1.1.1"], "2001:db8::/64"),
        ("10.9.9.9", ["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
    ],
)
def test_the_rightmost_hop_that_is_no_proxy_of_ours_is_the_source(peer: str, forwarded: list[str], key: str) -> None:
    source = PROXY.source_of(peer, forwarded)
    assert source.key == key
    assert source.limited
    assert not source.hidden


@pytest.mark.parametrize("forwarded", [[], [""], ["unknown"], ["203.0.113.5, unknown"], ["_hidden"], [","]])
def test_a_proxy_that_names_nobody_hides_its_callers(forwarded: list[str]) -> None:
    source = PROXY.source_of("127.0.0.1", forwarded)
    assert source == RequestSource(key="proxy", factor=SHARED_FACTOR, hidden=True)


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "", None])
def test_a_proxy_on_this_machine_that_is_not_declared_is_not_believed(peer: str | None) -> None:
    rule = SourceRule()
    assert (
        rule.source_of(peer, ["203.0.113.5"])
        == rule.source_of(peer, [])
        == RequestSource(key="proxy", factor=SHARED_FACTOR, hidden=True)
    )


def test_in_developer_mode_this_machine_has_no_budget_and_others_have() -> None:
    rule = SourceRule(local_unlimited=True)
    assert not rule.source_of("127.0.0.1", ["203.0.113.5"]).limited
    assert rule.source_of("203.0.113.5", []).limited


def test_an_address_many_people_share_has_a_larger_budget() -> None:
    assert PROXY.source_of("127.0.0.1", ["192.0.2.7"]).factor == SHARED_FACTOR
    assert PROXY.source_of("127.0.0.1", ["192.0.2.8"]).factor == 1.0
    assert PROXY.source_of("127.0.0.1", ["2001:db8:5:9::1"]).factor == 3.0
    assert PROXY.source_of("192.0.2.7", []).factor == SHARED_FACTOR


@pytest.mark.parametrize("seed", range(200))
def test_what_a_client_puts_in_front_changes_nothing(seed: int) -> None:
    """The proxy appends the address it has seen; whatever stands before that is the client's to make up."""
    dice = random.Random(seed)
    pieces = [
        "1.1.1.1",
        "10.0.0.1",
        "127.0.0.1",
        "::1",
        "unknown",
        "",
        " ",
        "2001:db8::1",
        "a" * 50,
        "192.0.2.7",
        "\x00",
    ]
    made_up = [dice.choice(pieces) for _ in range(dice.randint(0, 60))]
    seen = dice.choice(["203.0.113.5", "2001:db8:77::9"])
    told = ", ".join([*made_up, seen])
    assert PROXY.source_of("127.0.0.1", [told]) == PROXY.source_of("127.0.0.1", [seen])


def test_neighbours_in_an_ipv6_network_share_a_budget_and_networks_do_not() -> None:
    one, two, other = (read_address(text) for text in ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"))
    assert one is not None
    assert two is not None
    assert other is not None
    assert key_of(one) == key_of(two) != key_of(other)


@pytest.mark.parametrize(
    "text", ["", "localhost", "1.2.3", "1.2.3.4.5", "[", "[::1", "256.1.1.1", "::g", "1.2.3.4:5:6"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert read_address(text) is None or text == "[::1"


def test_a_zone_is_no_part_of_an_address() -> None:
    assert str(read_address("fe80::1%eth0")) == "fe80::1"
