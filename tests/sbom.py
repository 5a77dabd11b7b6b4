"""CycloneDX bill of materials: the libraries of requirements.lock and what is vendored for the browser.

``python -m tests.sbom FILE``, or ``make sbom``. The same sources give the same bytes: no clock, no random number.
Licences are read from the installed libraries; one that is locked for another platform only has none.
"""

import base64
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement

ROOT: Final = Path(__file__).parents[1]
VENDORED: Final = "bot/channels/web/static/vendor"
IN_LOCK: Final = re.compile(r"^(?=[a-z0-9])", re.MULTILINE)
HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
NEEDED_BY: Final = re.compile(r"^ +# +(?:via +)?([a-z0-9][\w.-]*)", re.MULTILINE)
LICENCES: Final = LicenseFactory()
SPDX: Final = {
    "MIT License": "MIT",
    "Apache 2.0": "Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "ISC License": "ISC",
}
"""SPDX ids of names that can mean one licence only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """One pinned package of a lock.

    Attributes:
        needed_by: names of the packages that require it; ``heia`` for what pyproject.toml names.
    """

    name: str
    version: str
    hashes: tuple[str, ...]
    needed_by: frozenset[str]
    marker: str = ""


def read_lock(text: str) -> Iterator[LockedPackage]:
    """Yield the packages of a lock that ``make lock`` wrote."""
    for block in IN_LOCK.split(text)[1:]:
        pinned = Requirement(block.partition("\\")[0].strip())
        [version] = [each.version for each in pinned.specifier if each.operator == "=="]
        yield LockedPackage(
            name=pinned.name,
            version=version,
            hashes=tuple(HASH.findall(block)),
            needed_by=frozenset(NEEDED_BY.findall(block)),
            marker=str(pinned.marker or ""),
        )


def bill_of_materials(root: Path = ROOT) -> Bom:
    """Return the bill of materials of a work tree."""
    bom = Bom()
    bom.metadata.timestamp = None  # type: ignore[assignment]
    heia = Component(
        name="heia",
        version=_own_version(root),
        type=ComponentType.APPLICATION,
        bom_ref="heia",
        licenses=_licences("MIT"),
    )
    bom.metadata.component = heia
    packages = tuple(read_lock((root / "requirements.lock").read_text("utf-8")))
    # One name may be locked twice: an older version for an older Python.
    named: dict[str, list[Component]] = defaultdict(list, heia=[heia])
    for package in packages:
        component = _python_component(package, installed=_installed(packages, package.name))
        bom.components.add(component)
        named[package.name].append(component)
    for package in packages:
        for requiring in (each for name in package.needed_by for each in named[name]):
            bom.register_dependency(requiring, named[package.name])
    _add_browser_parts(root, bom, heia)
    contents = ",".join(
        sorted(str(each.bom_ref) + str(sorted(h.content for h in each.hashes)) for each in bom.components)
    )
    bom.serial_number = uuid5(NAMESPACE_URL, f"heia {heia.version} {contents}")
    return bom


def written(bom: Bom) -> str:
    """Return the bill as CycloneDX 1.6 JSON. Raises ValueError with the place where the schema refuses it."""
    shown = json.loads(JsonV1Dot6(bom).output_as_string())
    shown["metadata"].pop("timestamp", None)
    text = json.dumps(shown, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if fault := fault_in(text):
        raise ValueError(fault)
    return text


def fault_in(text: str) -> str | None:
    """Return what the published schema finds wrong with a bill, or None. Needs no network."""
    fault = JsonStrictValidator(JsonV1Dot6(Bom()).schema_version).validate_str(text)
    return None if fault is None else str(fault)


def _python_component(package: LockedPackage, *, installed: metadata.Distribution | None) -> Component:
    here = installed is not None and installed.version == package.version
    licence, description = _facts(installed.metadata) if installed is not None and here else ("", None)
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        scope=ComponentScope.OPTIONAL if package.marker else ComponentScope.REQUIRED,
        purl=PackageURL("pypi", name=package.name, version=package.version),
        bom_ref=f"pkg:pypi/{package.name}@{package.version}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in package.hashes],
        licenses=_licences(licence),
        description=description,
    )


def _installed(packages: Sequence[LockedPackage], name: str) -> metadata.Distribution | None:
    """Return the installed package of a name, or None. Raises ValueError if no locked version is installed."""
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
    locked = [each.version for each in packages if each.name == name]
    if found.version not in locked:
        raise ValueError(f"{name} {found.version} is installed, {' or '.join(locked)} is locked: make setup")
    return found


def _facts(given: metadata.PackageMetadata) -> tuple[str, str | None]:
    """Return licence and summary of an installed package."""
    classified = [
        each.rsplit(" :: ", 1)[1] for each in given.get_all("Classifier") or () if each.startswith("License :: ")
    ]
    named = given.get("License-Expression") or given.get("License") or ""
    # A few put the whole text into the field that is meant for a name.
    short = named if named and "\n" not in named and len(named) < 80 else next(iter(classified), "")
    return short, given.get("Summary")


def _licences(named: str) -> list[License]:
    return [LICENCES.make_from_string(SPDX.get(named, named))] if named else []  # type: ignore[list-item]


def _own_version(root: Path) -> str:
    [version] = re.findall(r'^version = "(.+)"$', (root / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    return version


def _add_browser_parts(root: Path, bom: Bom, heia: Component) -> None:
    """Add the npm packages that the vendored files contain, as package-lock.json pins them."""
    locked: Mapping[str, Mapping[str, Any]] = json.loads((root / "package-lock.json").read_text("utf-8"))["packages"]
    ours = {
        path.removeprefix("node_modules/"): facts for path, facts in locked.items() if path and not facts.get("dev")
    }
    components = {name: _npm_component(name, facts) for name, facts in ours.items()}
    for component in components.values():
        bom.components.add(component)
    for name, facts in ours.items():
        wanted = (*facts.get("dependencies", ()), *facts.get("peerDependencies", ()))
        bom.register_dependency(components[name], [components[each] for each in wanted if each in components])
    bom.register_dependency(heia, [components[name] for name in locked[""]["dependencies"]])


def _npm_component(name: str, facts: Mapping[str, Any]) -> Component:
    algorithm, _, digest = facts["integrity"].partition("-")
    if algorithm != "sha512":
        raise ValueError(f"{name} is locked by {algorithm}")
    scope, _, short = name.rpartition("/")
    return Component(
        name=name,
        version=facts["version"],
        type=ComponentType.LIBRARY,
        scope=ComponentScope.REQUIRED,
        purl=PackageURL("npm", namespace=scope or None, name=short, version=facts["version"]),
        bom_ref=f"pkg:npm/{name}@{facts['version']}",
        hashes=[HashType(alg=HashAlgorithm.SHA_512, content=base64.b64decode(digest).hex())],
        licenses=_licences(facts.get("license", "")),
        description=f"Contained in the files of {VENDORED}",
    )


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(written(bill_of_materials()), "utf-8")
    print(place)
