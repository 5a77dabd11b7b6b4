"""A labelled set that cannot be read is refused, and the place of the fault is told."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Heia
from tests.unit.few_articles import few_articles

GOOD = {"text": "citrix er treg", "gold": "citrix-slow"}


@pytest.fixture(autouse=True)
def content(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEIA_CONTENT_DIR", str(few_articles(folder / "content")))


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("Invalid JSON", "hei"),
        ("recursion limit", "[" * 100_000),
        ("the file: Input should be an object", "[]"),
        ("queries: Field required", "{}"),
        ("queries: holds no question", json.dumps({"queries": []})),
        ("queries.0: Input should be an object", json.dumps({"queries": ["hei"]})),
        ("queries.1.gold: Field required", json.dumps({"queries": [GOOD, {"text": "hei"}]})),
        (
            "queries.1: there is no article citrix-slwo",
            json.dumps({"queries": [GOOD, {**GOOD, "gold": "citrix-slwo"}]}),
        ),
        ("queries.0: there is no article gone", json.dumps({"queries": [{**GOOD, "previous": "gone"}]})),
        ("lang: Input should be", json.dumps({"lang": "xx", "entries": [], "queries": [GOOD]})),
        ("entries.0.variants: Field required", json.dumps({"entries": [{"id": "a"}], "queries": [GOOD]})),
        ("and 7 more", json.dumps({"queries": [5] * 10})),
    ],
)
def test_what_is_no_labelled_set_is_refused_with_the_place_of_the_fault(
    heia: Heia, folder: Path, told: str, written: str
) -> None:
    (folder / "set.json").write_text(written, "utf-8")
    refused = heia("kb", "evaluate", str(folder / "set.json"), "--no-semantic")
    assert refused.code == 2
    assert told in " ".join(refused.err.replace("│", " ").split())
    assert "Traceback" not in refused.err


def test_what_cannot_be_opened_is_refused(heia: Heia, folder: Path) -> None:
    assert heia("kb", "evaluate", str(folder / "missing.json"), "--no-semantic").code == 2
    assert heia("kb", "evaluate", str(folder), "--no-semantic").code == 2


@pytest.mark.full
def test_a_set_of_ones_own_is_asked_of_the_articles(heia: Heia, folder: Path) -> None:
    asked = {"queries": [GOOD, {"text": "hva er til middag", "gold": None, "sub": "elsewhere"}], "licence": "MIT"}
    (folder / "mine.json").write_text(json.dumps(asked), "utf-8")
    measured = json.loads(heia("kb", "evaluate", str(folder / "mine.json"), "--no-semantic", "--json").out)
    assert measured["name"] == "articles"
    assert measured["overall"]["questions"] == 1
    assert measured["by_sub"].keys() == {"mine "}
