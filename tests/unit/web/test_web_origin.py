"""Whose page a request comes from, and whether the browser came here safely: judged by headers alone."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from bot.channels.web.signin.signer import OriginRule, is_loopback

HEIA = "https://heia.example.no"
OURS = OriginRule(allowed=frozenset({HEIA, "https://chat.example.no"}))
ANY = OriginRule()


def request(host: str = "heia.example.no", origin: str | None = None) -> web.Request:
    headers = {"Host": host} | ({} if origin is None else {"Origin": origin})
    return make_mocked_request("POST", "/chat", headers=headers)


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("localhost:3978", True),
        ("127.0.0.1", True),
        ("127.0.0.1:80", True),
        ("127.8.9.1", True),
        ("[::1]:3978", True),
        ("heia.localhost", True),
        ("LOCALHOST", True),
        ("localhost.example.no", False),
        ("mylocalhost", False),
        ("127.0.0.1.example.no", False),
        ("10.0.0.1", False),
        ("[::2]", False),
        ("heia.example.no", False),
        ("[", False),
        ("", False),
    ],
)
def test_only_names_of_this_machine_are_this_machine(host: str, here: bool) -> None:
    assert is_loopback(request(host)) is here


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        (HEIA, True),
        ("https://chat.example.no", True),
        ("http://heia.example.no", False),
        ("https://heia.example.no:8443", False),
        ("https://heia.example.no.evil.example", False),
        ("https://HEIA.example.no", False),
        ("null", False),
        ("", False),
        (None, False),
    ],
)
def test_where_origins_are_named_only_those_are_ours_whatever_the_host_says(origin: str | None, ours: bool) -> None:
    for host in ("heia.example.no", "evil.example"):
        assert OURS.is_ours(request(host, origin)) is ours


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("http://heia.test:3978", True),
        ("https://heia.test:3978", True),
        ("https://HEIA.test:3978", True),
        ("https://heia.test", False),
        ("ftp://heia.test:3978", False),
        ("heia.test:3978", False),
        ("//heia.test:3978", False),
        ("https://evil.example", False),
        ("https://[heia.test:3978", False),
        ("null", False),
        ("", False),
        (None, False),
    ],
)
def test_where_none_is_named_the_requests_own_host_is_ours(origin: str | None, ours: bool) -> None:
    assert ANY.is_ours(request("Heia.test:3978", origin)) is ours


@pytest.mark.parametrize(
    ("origin", "foreign"), [(None, False), (HEIA, False), ("https://evil.example", True), ("null", True), ("", True)]
)
def test_a_request_is_foreign_when_it_names_another_site_and_not_when_it_names_none(
    origin: str | None, foreign: bool
) -> None:
    assert OURS.is_foreign(request(origin=origin)) is foreign


def test_a_browser_from_anywhere_but_this_machine_is_taken_to_have_come_by_tls() -> None:
    assert OURS.is_secure(request("localhost"))
    assert not OriginRule(allowed=frozenset({HEIA, "http://heia.example.no"})).is_secure(request())
    assert not OriginRule(allowed=frozenset({"http://localhost:3978"})).is_secure(request())
    assert ANY.is_secure(request("heia.example.no"))
    assert not ANY.is_secure(request("localhost:3978"))
