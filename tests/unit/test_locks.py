"""The three locks hold what pyproject.toml asks for, pinned and hashed, and production gets nothing of the tests."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.sbom import LockedPackage, read_lock

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NAMES = ("requirements.lock", "requirements-build.lock", "requirements-dev.lock")
LOCKS = {name: tuple(read_lock((ROOT / name).read_text("utf-8"))) for name in NAMES}
EXTRAS = [line for lines in PROJECT["project"]["optional-dependencies"].values() for line in lines]
ASKED = {
    "requirements.lock": [*PROJECT["project"]["dependencies"], *EXTRAS],
    "requirements-build.lock": PROJECT["dependency-groups"]["build"],
    "requirements-dev.lock": [line for line in PROJECT["dependency-groups"]["dev"] if isinstance(line, str)],
}


def of(name: str, packages: tuple[LockedPackage, ...]) -> Iterator[LockedPackage]:
    return (each for each in packages if canonicalize_name(each.name) == canonicalize_name(name))


@pytest.mark.parametrize(("lock", "line"), [(lock, line) for lock in NAMES for line in ASKED[lock]])
def test_what_is_asked_for_is_locked_at_a_version_that_fits(lock: str, line: str) -> None:
    asked = Requirement(line)
    found = list(of(asked.name, LOCKS[lock]))
    assert found
    assert all(asked.specifier.contains(each.version) for each in found)


@pytest.mark.parametrize("lock", NAMES)
def test_every_package_has_hashes_and_somebody_who_needs_it(lock: str) -> None:
    names = {each.name for each in LOCKS[lock]} | {"heia"}
    assert all(each.hashes and each.needed_by & names for each in LOCKS[lock])


@pytest.mark.parametrize("lock", NAMES)
def test_nothing_is_pinned_by_an_address_or_another_index(lock: str) -> None:
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    strange = [line for line in lines if not re.match(r"[a-z0-9][\w.-]*==| +--hash=sha256:| *#", line)]
    assert strange == []
    assert not any("://" in line for line in lines)


def test_the_locks_agree_where_they_meet() -> None:
    run, build, dev = (LOCKS[name] for name in NAMES)
    for each in (*build, *dev):
        for others in (run, build):
            met = {other.version for other in of(each.name, others)}
            assert not met or each.version in met


def test_production_gets_nothing_that_only_tests_use() -> None:
    run = {each.name for each in LOCKS["requirements.lock"]}
    assert run.isdisjoint({"pytest", "hypothesis", "playwright", "mypy", "ruff", "uv", "coverage", "hatchling", "onnx"})
    reached, todo = set(), {"heia"}
    while todo:
        reached |= todo
        todo = {each.name for each in LOCKS["requirements.lock"] if each.needed_by & todo} - reached
    assert run <= reached


def test_make_lock_writes_the_three_from_what_is_asked_for() -> None:
    planned = subprocess.run(["make", "-n", "lock"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    compiled = [line for line in planned.splitlines() if " pip compile " in line]
    assert [line.split(" -o ")[1] for line in compiled] == list(NAMES)
    assert all("--generate-hashes" in line and "--upgrade" not in line for line in compiled)


@pytest.mark.parametrize(
    ("wish", "option"), [("aiohttp", "--upgrade-package aiohttp"), ("all", "--upgrade ")], ids=["one", "all"]
)
def test_make_lock_takes_newer_ones_on_request(wish: str, option: str) -> None:
    planned = subprocess.run(
        ["make", "-n", "lock", f"UPGRADE={wish}"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert planned.count(option) == 3
