"""Build the Teams app package from ``manifest/``, and check it offline."""

import io
import json
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jsonschema import Draft4Validator

MANIFEST = "manifest.json"
MANIFEST_VERSION = "1.29"
MAX_PACKAGE_BYTES = 5_000_000

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_WITH_ALPHA = frozenset({4, 6})
_STEP = re.compile(r"\.?([A-Za-z0-9_]+)|\[(\d+)\]")
# Fields with text for users, which every language must have. Names as in the manifest.
_READ = frozenset({"title", "description", "prompt", "short", "full"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestSettings:
    """Settings that differ between installations.

    ``app_id`` is the bot registration's, a GUID; ``host`` is the public host name of the bot's pages. The three
    addresses are shown to users in Teams; empty ones become the bot's front page and its
    privacy notice. ``version`` must rise with every package uploaded.
    """

    app_id: str
    host: str
    name: str = "Heia"
    version: str = "1.0.0"
    developer: str = "Heia"
    website_url: str = ""
    privacy_url: str = ""
    terms_url: str = ""


def build_manifest(settings: ManifestSettings) -> bytes:
    """Return the app package, a zip file; the same settings always give the same bytes."""
    manifest = _named(_read_resource("template.json"), settings.name)
    front = f"https://{settings.host}/"
    manifest |= {
        "id": settings.app_id,
        "version": settings.version,
        "developer": {
            "name": settings.developer,
            "websiteUrl": settings.website_url or front,
            "privacyUrl": settings.privacy_url or f"{front}privacy",
            "termsOfUseUrl": settings.terms_url or front,
        },
        "validDomains": [settings.host],
    }
    manifest["bots"][0]["botId"] = settings.app_id
    package = {MANIFEST: _dump(manifest)}
    for language in manifest["localizationInfo"]["additionalLanguages"]:
        package[language["file"]] = _dump(_named(_read_resource(f"locales/{language['file']}"), settings.name))
    for icon in manifest["icons"].values():
        package[icon] = files("manifest").joinpath(f"icons/{icon}").read_bytes()
    return _zip(package)


def validate_manifest(package: bytes) -> list[str]:
    """Return the faults of an app package, one sentence each.

    The list is empty when Teams will accept the package.

    Checks Microsoft's schemas for the manifest and its translations, the manifest as shown in each language, that every
    language is complete, and that the icons meet Teams' rules.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_PACKAGE_BYTES:
                return [f"the package is larger than {MAX_PACKAGE_BYTES} bytes"]
            content = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        return ["the package is not a readable zip file"]
    manifest = _json(content.get(MANIFEST))
    if manifest is None:
        return [f"{MANIFEST} is missing at the top of the package, or is no JSON object"]
    faults = [f"{MANIFEST}: {fault}" for fault in _schema_faults(manifest, "teams-manifest-1.29.json")]
    if manifest.get("manifestVersion") != MANIFEST_VERSION:
        # The schema states this with a keyword that its own draft does not define, so validators ignore it.
        faults.append(f"{MANIFEST}: manifestVersion must be {MANIFEST_VERSION}")
    if faults:
        return faults
    faults = [*_icon_faults(manifest, content), *_locale_faults(manifest, content)]
    used = {MANIFEST, *manifest["icons"].values(), *(file for _, file in _languages(manifest))}
    return faults + [f"{name}: nothing in the manifest refers to it" for name in sorted(content.keys() - used)]


def _locale_faults(manifest: Mapping[str, Any], content: Mapping[str, bytes]) -> Iterator[str]:
    tags = [manifest.get("localizationInfo", {}).get("defaultLanguageTag"), *(tag for tag, _ in _languages(manifest))]
    if len(set(tags)) < len(tags):
        yield f"{MANIFEST}: a language is named twice"
    said = {path for path, _ in _sentences(manifest)}
    for _, file in _languages(manifest):
        texts = _json(content.get(file))
        if texts is None:
            yield f"{file}: is missing, or is no JSON object"
            continue
        yield from (f"{file}: {fault}" for fault in _schema_faults(texts, "teams-localization-1.29.json"))
        keys = texts.keys() - {"$schema", "localizationKeys"}
        yield from (f"{file}: {path} is not translated" for path in sorted(said - keys))
        shown = deepcopy(dict(manifest))
        unknown = [path for path in sorted(keys) if not _put(shown, path, texts[path])]
        yield from (f"{file}: {path} is nothing the manifest says" for path in unknown)
        yield from (f"{file}: as shown, {fault}" for fault in _schema_faults(shown, "teams-manifest-1.29.json"))


def _icon_faults(manifest: Mapping[str, Any], content: Mapping[str, bytes]) -> Iterator[str]:
    for kind, size in (("color", 192), ("outline", 32)):
        name = manifest["icons"][kind]
        image = content.get(name)
        if image is None:
            yield f"{name}: is missing"
        elif not image.startswith(_PNG) or len(image) < 33:
            yield f"{name}: is no PNG image"
        else:
            width, height, _, colours = struct.unpack(">IIBB", image[16:26])
            if (width, height) != (size, size):
                yield f"{name}: is {width}×{height}, not {size}×{size}"
            if kind == "outline" and colours not in _PNG_WITH_ALPHA:
                yield f"{name}: has no transparency"


def _schema_faults(document: Mapping[str, Any], schema: str) -> list[str]:
    faults = Draft4Validator(_read_resource(f"schemas/{schema}")).iter_errors(document)
    return sorted(f"{'.'.join(str(step) for step in fault.absolute_path) or 'it'}: {fault.message}" for fault in faults)


def _languages(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    more = manifest.get("localizationInfo", {}).get("additionalLanguages", [])
    return [(language["languageTag"], language["file"]) for language in more]


def _sentences(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield path and text of every field shown to users."""
    for part in ("name", "description", "bots"):
        yield from _texts(manifest.get(part), part)


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, str) and name in _READ:
                yield f"{path}.{name}", inner
            else:
                yield from _texts(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{index}]")


def _put(document: dict[str, Any], path: str, text: Any) -> bool:
    """Write ``text`` at ``path`` (such as ``bots[0].title``); return whether there was a text before."""
    steps = [name if name else int(index) for name, index in _STEP.findall(path)]
    place: Any = document
    try:
        for step in steps[:-1]:
            place = place[step]
        known = isinstance(place[steps[-1]], str)
    except (KeyError, IndexError, TypeError):
        return False
    if known:
        place[steps[-1]] = text
    return known


def _read_resource(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(files("manifest").joinpath(name).read_text(encoding="utf-8"))
    return document


def _named(value: Any, name: str) -> Any:
    """Return the value with ``{name}`` in its texts replaced by the bot's name."""
    if isinstance(value, str):
        return value.replace("{name}", name)
    if isinstance(value, list):
        return [_named(item, name) for item in value]
    return {key: _named(item, name) for key, item in value.items()} if isinstance(value, dict) else value


def _json(raw: bytes | None) -> dict[str, Any] | None:
    try:
        document = json.loads(raw or b"")
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _dump(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _zip(content: Mapping[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(content):
            archive.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), content[name])
    return raw.getvalue()
