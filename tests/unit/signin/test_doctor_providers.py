"""Doctor asks the identity providers, all at once and not for long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.app.doctor import signin
from bot.app.doctor.signin import provider_findings
from bot.settings.model import Settings
from tests.fakes.provider import LyingProvider
from tests.unit.web.conftest import HeldClock


def file_of(folder: Path, **issuers: str) -> Settings:
    tables = "".join(
        f'[[provider]]\nid = "{name}"\nnames = {{nb = "{name}"}}\nissuer = "{issuer}"\nclient_id = "heia"\n'
        f'secret = "very-secret"\nmunicipalities = ["nes"]\n'
        for name, issuer in issuers.items()
    )
    (folder / "signin.toml").write_text(tables, "utf-8")
    return Settings(signin_file=folder / "signin.toml")


async def found(settings: Settings) -> list[str]:
    return [f"{each.state}: {each.found}" async for each in provider_findings(settings, environment={})]


@pytest.fixture
async def others() -> AsyncIterator[list[LyingProvider]]:
    made = [LyingProvider(clock=HeldClock()) for _ in range(3)]
    async with AsyncExitStack() as stack:
        for each in made:
            await stack.enter_async_context(each.server)
        yield made


async def test_each_provider_is_named_with_what_is_wrong(tmp_path: Path, others: list[LyingProvider]) -> None:
    good, html, keyless = others
    html.answers = {"/.well-known/openid-configuration": (200, "text/html", b"<html>Logg inn</html>")}
    keyless.answers = {"/keys": (200, "application/json", b'{"keys": []}')}
    settings = file_of(tmp_path, good=good.issuer, html=html.issuer, keyless=keyless.issuer, gone="http://127.0.0.1:1")
    assert await found(settings) == [
        "ok: good answers, with 1 key",
        "fail: html cannot be used: no_json",
        "fail: keyless publishes no usable key",
        "fail: gone cannot be used: ClientConnectorError",
    ]
    assert [form for each in others for form in each.forms] == [], "no code and no secret is sent"


@pytest.mark.full
async def test_slow_ones_are_given_up_together(
    tmp_path: Path, others: list[LyingProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signin, "ANSWER_SECONDS", 0.2)
    for each in others:
        each.delay_seconds = 30
    settings = file_of(tmp_path, **{f"slow-{n}": each.issuer for n, each in enumerate(others)})
    async with asyncio.timeout(10):
        assert [each.partition(" does")[0] for each in await found(settings)] == [f"fail: slow-{n}" for n in range(3)]


async def test_without_a_usable_file_nobody_is_asked(tmp_path: Path) -> None:
    assert await found(Settings()) == []
    (tmp_path / "signin.toml").write_text("[[provider", "utf-8")
    assert await found(Settings(signin_file=tmp_path / "signin.toml")) == []
