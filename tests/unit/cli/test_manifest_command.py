"""``heia manifest`` writes a sound app package or says why not."""

import json
import zipfile
from pathlib import Path

import pytest

from bot.app.manifest import validate_manifest
from tests.unit.cli.conftest import Heia

ONE, TWO = "33333333-cccc-4ccc-8ccc-333333333333", "44444444-dddd-4ddd-8ddd-444444444444"


@pytest.fixture
def one_registration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"APP_ID": ONE, "APP_TENANT_ID": TWO, "APP_SECRET": "s"}.items():
        monkeypatch.setenv(f"HEIA_{name}", value)
    monkeypatch.setenv("HEIA_PUBLIC_URL", "https://heia.kommune.example")


@pytest.mark.usefixtures("one_registration")
def test_a_package_is_built_from_the_settings_and_is_sound(heia: Heia, folder: Path) -> None:
    ran = heia("manifest", "--out", "heia.zip", "--version", "1.2.0")
    assert ran.code == 0
    package = (folder / "heia.zip").read_bytes()
    assert validate_manifest(package) == []
    with zipfile.ZipFile(folder / "heia.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert (manifest["id"], manifest["version"]) == (ONE, "1.2.0")
    assert manifest["validDomains"] == ["heia.kommune.example"]


def test_without_registration_or_host_it_is_asked_for(heia: Heia, folder: Path) -> None:
    assert "HEIA_APP_ID" in heia("manifest").err
    ran = heia("manifest", "--app-id", ONE)
    assert (ran.code, "HEIA_PUBLIC_URL" in ran.err) == (2, True)
    assert heia("manifest", "--app-id", ONE, "--host", "heia.example").code == 0


def test_several_registrations_need_a_package_each(heia: Heia, folder: Path) -> None:
    tables = "".join(f'[[registration]]\napp_id = "{id_}"\ntenant_id = "t"\nsecret = "s"\n' for id_ in (ONE, TWO))
    (folder / "heia.toml").write_text(tables)
    ran = heia("manifest", "--host", "heia.example")
    assert ran.code == 2
    assert ONE in ran.err
    assert TWO in ran.err


@pytest.mark.usefixtures("one_registration")
def test_what_teams_would_refuse_is_not_written(heia: Heia, folder: Path) -> None:
    ran = heia("manifest", "--name", "x" * 31, "--privacy", "ftp://x")
    assert ran.code == 1
    assert "name.short" in ran.err
    assert not (folder / "heia-teams.zip").exists()


@pytest.mark.usefixtures("one_registration")
def test_a_file_that_cannot_be_written_is_said_in_words(heia: Heia) -> None:
    ran = heia("manifest", "--out", "nowhere/heia.zip")
    assert (ran.code, ran.err) == (2, "nowhere/heia.zip: No such file or directory\n")
