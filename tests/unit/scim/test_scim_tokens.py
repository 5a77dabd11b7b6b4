"""Tokens of directories: hashed, for one municipality, rotated with an overlap."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.scim.config import load_config
from bot.settings.model import BadSettings
from dialogs.provisioning.model import ScimToken
from tests.unit.scim.conftest import ORGANISATION, Caller, Site


async def ask(nes: Caller, token: str) -> int:
    return (await nes.ask("GET", "/ServiceProviderConfig", Authorization=f"Bearer {token}"))[0]


async def test_a_rotated_token_is_valid_until_the_overlap_ends(site: Site, nes: Caller) -> None:
    old = site.tokens["nes"]
    new = await site.token_store().make("nes", at=site.clock.now(), by="operator:kari", overlap=timedelta(days=2))
    assert [await ask(nes, token) for token in (old, new, site.tokens["eidsvoll"])] == [200, 200, 200]
    site.clock.at += timedelta(days=2)
    assert [await ask(nes, token) for token in (old, new)] == [401, 200]
    site.clock.at += timedelta(days=364)
    assert await ask(nes, new) == 401
    assert ("scim.token_made", "operator:kari", "nes") in await site.acts()


async def test_a_withdrawn_token_is_over_at_once(site: Site, nes: Caller) -> None:
    [token] = await site.token_store().of("nes")
    await site.token_store().end_token(token, at=site.clock.now(), by="operator:kari")
    assert await ask(nes, site.tokens["nes"]) == 401


async def test_the_store_holds_no_token(site: Site) -> None:
    stored = await site.store.find(ScimToken.KIND, "municipality:nes")
    assert stored
    assert site.tokens["nes"] not in str(stored)
    assert site.tokens["nes"] not in str(await site.acts())


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic x", "bearer " + "x" * 5_000])
async def test_without_a_valid_token_nothing_is_answered(nes: Caller, header: str) -> None:
    for path in ("/Users", "/Schemas", "/nothing"):
        status, error = await nes.ask("GET", path, Authorization=header)
        assert (status, error["status"], nes.headers.get("WWW-Authenticate")) == (401, "401", "Bearer")


@pytest.mark.parametrize("role", ["leader", "teacher", "reviewer"])
def test_a_group_may_give_the_newer_roles_too(tmp_path: Path, role: str) -> None:
    path = tmp_path / "scim.toml"
    path.write_text(f'[[source]]\nmunicipality = "nes"\nroles = {{a = "{role}"}}')
    assert [str(each) for source in load_config(path, ORGANISATION).source for each in source.roles.values()] == [role]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[[source]]\nmunicipality = "oslo"', "there is no municipality oslo"),
        ('[[source]]\nmunicipality = "nes"\n[[source]]\nmunicipality = "nes"', "two [[source]] tables"),
        ('[[source]]\nmunicipality = "nes"\nunits = {a = "eidsvoll-skole"}', "no unit of nes"),
        ('[[source]]\nmunicipality = "nes"\nroles = {a = "ambassador"}', "comes from the registry"),
        ('[[source]]\nmunicipality = "nes"\ntenant_id = "x"', "GUID"),
        ('[[source]]\nmunicipality = "nes"\ncolour = "x"', "colour"),
        ("[[", "HEIA_SCIM_FILE"),
    ],
)
def test_a_faulty_file_is_refused_with_the_reason(tmp_path: Path, text: str, named: str) -> None:

    path = tmp_path / "scim.toml"
    path.write_text(text)
    with pytest.raises(BadSettings, match=named.replace("[", r"\[")):
        load_config(path, ORGANISATION)
