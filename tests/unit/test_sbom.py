"""The bill of materials is whole, valid, and the same twice."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.sbom import VENDORED, bill_of_materials, fault_in, read_lock, written

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def text() -> str:
    return written(bill_of_materials())


@pytest.fixture(scope="module")
def bill(text: str) -> Any:
    return json.loads(text)


@pytest.mark.full
def test_it_is_valid_by_the_published_schema(text: str) -> None:
    assert fault_in(text) is None


@pytest.mark.full
def test_the_schema_refuses_what_is_no_bill(text: str) -> None:
    assert fault_in(text.replace('"library"', '"liberty"'))
    assert fault_in(text.replace('"purl"', '"curl"'))


def test_it_lists_every_library_of_production_with_all_its_hashes(bill: Any) -> None:
    listed = {
        each["purl"]: {found["content"] for found in each["hashes"]}
        for each in bill["components"]
        if each["purl"].startswith("pkg:pypi/")
    }
    locked = {
        f"pkg:pypi/{each.name}@{each.version}": set(each.hashes)
        for each in read_lock((ROOT / "requirements.lock").read_text("utf-8"))
    }
    assert listed == locked
    assert len(locked) > 50


def test_it_lists_every_browser_library_that_is_vendored(bill: Any) -> None:
    listed = {each["name"]: each["version"] for each in bill["components"] if each["purl"].startswith("pkg:npm/")}
    licensed = {path.name.removesuffix(".LICENSE.txt") for path in (ROOT / VENDORED).glob("*.LICENSE.txt")}
    licensed = {name for name in licensed if not name.endswith(".min.js")}
    assert "@digdir/designsystemet-css" in listed
    licensed = {{"designsystemet": "@digdir/designsystemet-css"}.get(name, name) for name in licensed}
    # The vendored files contain neither markdown-it's command line with argparse nor the types of designsystemet-css.
    assert listed.keys() == licensed | {"argparse", "@digdir/designsystemet-types"}
    assert "pkg:npm/%40digdir/designsystemet-css@1.22.0" in {each["purl"] for each in bill["components"]}
    for path in (ROOT / VENDORED).glob("*.min.js"):
        name = path.name.removesuffix(".min.js")
        if shown := re.search(rf"/\*! {name} ([\d.]+) ", path.read_text("utf-8")[:200]):
            assert listed[name] == shown[1]


def test_every_library_that_is_installed_here_has_a_licence(bill: Any) -> None:
    without = {each["name"] for each in bill["components"] if not each.get("licenses")}
    # Locked for Windows, and for another Python than this one.
    assert without <= {"colorama", "numpy"}


def test_everything_is_needed_by_something(bill: Any) -> None:
    needed = {ref for each in bill["dependencies"] for ref in each.get("dependsOn", ())}
    assert {each["bom-ref"] for each in bill["components"]} == needed
    [own] = [each for each in bill["dependencies"] if each["ref"] == "heia"]
    assert any(ref.startswith("pkg:pypi/aiohttp@") for ref in own["dependsOn"])
    assert any(ref.startswith("pkg:npm/adaptivecards@") for ref in own["dependsOn"])


@pytest.mark.full
def test_the_same_sources_give_the_same_bytes(text: str) -> None:
    assert written(bill_of_materials()) == text
    assert re.search(r'"serialNumber": "urn:uuid:[0-9a-f-]{36}"', text)


def test_make_sbom_writes_it() -> None:
    planned = subprocess.run(["make", "-n", "sbom"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "-m tests.sbom build/heia.cdx.json" in planned
