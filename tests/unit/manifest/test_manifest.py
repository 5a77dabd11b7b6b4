"""The app package is one Teams takes, in three languages, and every fault in one is told."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import frontmatter
import pytest
from PIL import Image

from bot.app.manifest import ManifestSettings, build_manifest, validate_manifest
from bot.content.catalogue import commands_of, load_catalogue
from knowledge.article.article import Language

SETTINGS = ManifestSettings(app_id="33333333-cccc-4ccc-8ccc-333333333333", host="heia.kommune.example")
ARTICLES = Path(__file__).parents[3] / "knowledge" / "content" / "articles"

Content = dict[str, bytes]


@pytest.fixture
def content() -> Content:
    with zipfile.ZipFile(io.BytesIO(build_manifest(SETTINGS))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(content: Content) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return raw.getvalue()


def changed(content: Content, name: str, change: Callable[[dict[str, Any]], object]) -> Content:
    document = json.loads(content[name])
    change(document)
    return {**content, name: json.dumps(document).encode()}


def png(size: int, mode: str) -> bytes:
    raw = io.BytesIO()
    Image.new(mode, (size, size)).save(raw, "PNG")
    return raw.getvalue()


def test_the_package_is_valid_and_always_the_same() -> None:
    package = build_manifest(SETTINGS)
    assert validate_manifest(package) == []
    assert package == build_manifest(SETTINGS)


def test_what_an_installation_sets_is_in_the_package() -> None:
    settings = ManifestSettings(
        app_id="44444444-DDDD-4ddd-8ddd-444444444444",
        host="hjelp.kommune.example",
        name="Hjelper'n",
        version="2.3.4",
        developer="Eksempel IKT",
        privacy_url="https://kommune.example/personvern",
    )
    package = build_manifest(settings)
    assert validate_manifest(package) == []
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        nynorsk = json.loads(archive.read("nn.json"))
    assert (manifest["id"], manifest["bots"][0]["botId"]) == (settings.app_id, settings.app_id)
    assert (manifest["version"], manifest["name"]["short"], nynorsk["name.short"]) == (
        "2.3.4",
        "Hjelper'n",
        "Hjelper'n",
    )
    assert manifest["developer"] == {
        "name": "Eksempel IKT",
        "websiteUrl": "https://hjelp.kommune.example/",
        "privacyUrl": "https://kommune.example/personvern",
        "termsOfUseUrl": "https://hjelp.kommune.example/",
    }
    assert manifest["validDomains"] == ["hjelp.kommune.example"]
    assert "{name}" not in json.dumps(manifest) + json.dumps(nynorsk)


@pytest.mark.parametrize(
    "settings",
    [
        ManifestSettings(app_id="not-a-guid", host="h"),
        ManifestSettings(app_id=SETTINGS.app_id, host="h", name="x" * 31),
        ManifestSettings(app_id=SETTINGS.app_id, host="h", developer="x" * 33),
        ManifestSettings(app_id=SETTINGS.app_id, host="h", privacy_url="ftp://x"),
    ],
)
def test_settings_teams_would_refuse_are_told(settings: ManifestSettings) -> None:
    assert validate_manifest(build_manifest(settings))


FAULTS: dict[str, tuple[Callable[[Content], Content], str]] = {
    "no manifest": (lambda c: {n: d for n, d in c.items() if n != "manifest.json"}, "manifest.json is missing"),
    "manifest in a folder": (
        lambda c: {**{n: d for n, d in c.items() if n != "manifest.json"}, "heia/manifest.json": c["manifest.json"]},
        "manifest.json is missing",
    ),
    "manifest is a list": (lambda c: {**c, "manifest.json": b"[]"}, "no JSON object"),
    "manifest is nested without end": (lambda c: {**c, "manifest.json": b"[" * 100_000}, "no JSON object"),
    "unknown field": (lambda c: changed(c, "manifest.json", lambda m: m.update(colour="red")), "colour"),
    "two bots": (lambda c: changed(c, "manifest.json", lambda m: m["bots"].append(m["bots"][0])), "bots"),
    "too many commands": (
        lambda c: changed(
            c, "manifest.json", lambda m: m["bots"][0]["commandLists"][0]["commands"].append({"title": "x"})
        ),
        "commands",
    ),
    "wrong version": (lambda c: changed(c, "manifest.json", lambda m: m.update(manifestVersion="1.16")), "1.29"),
    "no icon": (lambda c: {n: d for n, d in c.items() if n != "color.png"}, "color.png: is missing"),
    "icon of wrong size": (lambda c: {**c, "color.png": png(96, "RGB")}, "color.png: is 96×96, not 192×192"),
    "icon that is no image": (lambda c: {**c, "outline.png": b"GIF89a"}, "outline.png: is no PNG"),
    "outline without transparency": (
        lambda c: {**c, "outline.png": png(32, "RGB")},
        "outline.png: has no transparency",
    ),
    "no translation": (lambda c: {n: d for n, d in c.items() if n != "nn.json"}, "nn.json: is missing"),
    "translation is text": (lambda c: {**c, "nn.json": b"hei"}, "nn.json: is missing, or is no JSON object"),
    "sentence not translated": (
        lambda c: changed(c, "nn.json", lambda t: t.pop("bots[0].commandLists[1].commands[0].prompt")),
        "nn.json: bots[0].commandLists[1].commands[0].prompt is not translated",
    ),
    "required name not translated": (lambda c: changed(c, "en.json", lambda t: t.pop("name.short")), "name.short"),
    "translation of nothing": (
        lambda c: changed(c, "en.json", lambda t: t.update({"bots[0].commandLists[2].commands[0].title": "x"})),
        "en.json: bots[0].commandLists[2].commands[0].title is nothing the manifest says",
    ),
    "unknown translation key": (lambda c: changed(c, "en.json", lambda t: t.update({"nome": "x"})), "nome"),
    "translation too long": (
        lambda c: changed(c, "en.json", lambda t: t.update({"description.short": "x" * 81})),
        "en.json: as shown, description.short",
    ),
    "language named twice": (
        lambda c: changed(
            c,
            "manifest.json",
            lambda m: m["localizationInfo"]["additionalLanguages"].append({"languageTag": "nb", "file": "en.json"}),
        ),
        "a language is named twice",
    ),
    "stray file": (lambda c: {**c, "secrets.env": b"x"}, "secrets.env: nothing in the manifest refers to it"),
    "too large": (lambda c: {**c, "film.mp4": b"x" * 5_000_001}, "larger than"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_told(content: Content, name: str) -> None:
    spoil, told = FAULTS[name]
    faults = validate_manifest(zipped(spoil(content)))
    assert any(told in fault for fault in faults), faults


@pytest.mark.parametrize("package", [b"", b"PK\x03\x04", b"x" * 1_000, build_manifest(SETTINGS)[:-30]])
def test_what_is_no_zip_file_is_told(package: bytes) -> None:
    assert validate_manifest(package) == ["the package is not a readable zip file"]


def test_the_icons_are_what_teams_shows_well() -> None:
    icons = Path(__file__).parents[3] / "manifest" / "icons"
    with Image.open(icons / "color.png") as color, Image.open(icons / "outline.png") as outline:
        assert (color.size, outline.size, outline.mode) == ((192, 192), (32, 32), "RGBA")
        red, green, blue, alpha = outline.split()
        assert {channel.getextrema() for channel in (red, green, blue)} == {(255, 255)}, "the outline is pure white"
        assert alpha.getextrema() == (0, 255), "on transparency"


def languages(content: Content) -> dict[Language, list[list[dict[str, str]]]]:
    """Return the command lists as each language shows them."""
    lists = json.loads(content["manifest.json"])["bots"][0]["commandLists"]
    shown = {Language.NB: [each["commands"] for each in lists]}
    for language in (Language.NN, Language.EN):
        texts = json.loads(content[f"{language}.json"])
        shown[language] = [
            [
                {name: texts.get(f"bots[0].commandLists[{n}].commands[{m}].{name}", value) for name, value in c.items()}
                for m, c in enumerate(each["commands"])
            ]
            for n, each in enumerate(lists)
        ]
    return shown


def test_the_bot_understands_every_command_and_means_the_same_in_each_language(content: Content) -> None:
    verbs = commands_of(load_catalogue())
    meant = {
        language: [
            [verbs[command["title"].lower()] for command in each if command.get("type") != "prompt"] for each in lists
        ]
        for language, lists in languages(content).items()
    }
    assert meant[Language.NB] == meant[Language.NN] == meant[Language.EN]
    assert len(set(meant[Language.NB][0])) == 8


def test_the_bot_has_an_answer_to_every_prompt_and_it_is_the_same_in_each_language(content: Content) -> None:
    asked = {}
    for language, lists in languages(content).items():
        known: dict[str, str] = {}
        for path in (ARTICLES / language).glob("*.md"):
            article: Any = frontmatter.load(str(path))
            known |= dict.fromkeys([article["title"], *article["phrasings"]], path.stem.partition("@")[0])
        asked[language] = [
            [known[command["prompt"]] for command in each if command.get("type") == "prompt"] for each in lists
        ]
    assert asked[Language.NB] == asked[Language.NN] == asked[Language.EN]
    assert asked[Language.NB][0] == ["rollout-when", "mfa-setup", "onedrive-share-file", "approved-software"]
