"""The papers on security name tests, files and settings that exist, and leave nothing of the standard out."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from bot.settings.model import Settings

ROOT = Path(__file__).parents[2]
PAPERS = {name: (ROOT / name).read_text("utf-8") for name in (
    "SECURITY.md", "docs/threat-model.md", "docs/asvs.md", "docs/access.md",
)}  # fmt: skip
TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
NAMED = re.compile(r"`([\w./-]+/[\w.-]+\.(?:py|md|service|conf|toml))`")
LINK = re.compile(r"\]\(((?!http)[^)#]+)(?:#[\w-]+)?\)")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (met|not met|not applicable) \| (.+) \|$", re.MULTILINE)
REQUIRED = {
    1: "1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1 2.1.1 2.2.1 2.2.2 2.3.1 3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 "
    "3.5.2 3.5.3 4.1.1 4.4.1 5.2.1 5.2.2 5.3.1 5.3.2 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 "
    "6.4.1 6.4.2 7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 8.1.1 8.2.1 8.2.2 8.3.1 9.1.1 9.1.2 9.1.3 9.2.1 10.4.1 10.4.2 "
    "10.4.3 10.4.4 10.4.5 11.3.1 11.3.2 11.4.1 12.1.1 12.2.1 12.2.2 13.4.1 14.2.1 14.3.1 15.1.1 15.2.1 15.3.1",
    2: "6.1.2 6.1.3 6.2.9 6.2.10 6.2.11 6.2.12 6.3.3 6.3.4 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.1 6.6.2 6.6.3 "
    "6.8.1 6.8.2 6.8.3 6.8.4 7.1.1 7.1.2 7.1.3 7.3.1 7.3.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2 8.1.2 8.2.3 8.4.1",
}
"""Requirements of ASVS 5.0.0: level 1 whole, and level 2 of V6 to V8.

Source: github.com/OWASP/ASVS, tag v5.0.0_release, read 2026-11-26.
"""
ROWS = ROW.findall(PAPERS["docs/asvs.md"])
MAX_WORDS_A_PAGE = 800


def place_of(paper: str, named: str) -> Path:
    """Return where a paper means: from the repository's root, from tests, or from beside itself."""
    places = (ROOT / named, ROOT / "tests" / named, (ROOT / paper).parent / named)
    return next((place for place in places if place.exists()), places[0])


@pytest.mark.parametrize(
    ("paper", "file", "test"),
    sorted({(paper, *found) for paper, text in PAPERS.items() for found in TEST.findall(text)}),
)
def test_every_test_that_is_named_exists(paper: str, file: str, test: str) -> None:
    code = place_of(paper, file).read_text("utf-8")
    assert re.search(rf"^ *(?:async )?def {test}\(", code, re.MULTILINE)


@pytest.mark.parametrize("paper", PAPERS)
def test_every_file_that_is_named_or_linked_exists(paper: str) -> None:
    text = PAPERS[paper]
    named = {*NAMED.findall(text), *LINK.findall(text)}
    assert [each for each in sorted(named) if not place_of(paper, each).exists()] == []
    linked = {(ROOT / paper).parent / each for each in LINK.findall(text)}
    assert all(each.exists() for each in linked)


@pytest.mark.parametrize("paper", PAPERS)
def test_every_setting_and_make_target_that_is_named_exists(paper: str) -> None:
    settings = {name.lower() for name in re.findall(r"HEIA_([A-Z_]+)", PAPERS[paper])}
    assert settings <= Settings.model_fields.keys()
    for target in set(re.findall(r"`make (\w+)", PAPERS[paper])):
        subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=True)


def test_every_requirement_has_one_row_of_its_level() -> None:
    expected = [(number, str(level)) for level, numbers in REQUIRED.items() for number in numbers.split()]
    assert sorted((number, level) for number, level, *_ in ROWS) == sorted(expected)
    assert len(expected) == 70 + 37
    lines = [line for line in PAPERS["docs/asvs.md"].splitlines() if re.match(r"\| \d+\.", line)]
    assert len(lines) == len(ROWS)


@pytest.mark.parametrize(("number", "state", "why"), [(row[0], row[3], row[4]) for row in ROWS])
def test_what_is_met_names_its_proof_and_what_is_not_its_reason(number: str, state: str, why: str) -> None:
    if state == "met":
        assert TEST.search(why) or LINK.search(why)
    else:
        assert len(why.split()) >= 4


def test_the_summary_counts_the_rows() -> None:
    counted = Counter((level, state) for _, level, _, state, _ in ROWS)
    shown = re.findall(r"^\| ([12])(?:, V6–V8)? \| (\d+) \| (\d+) \| (\d+) \|$", PAPERS["docs/asvs.md"], re.MULTILINE)
    assert shown == [
        (level, *(str(counted[level, state]) for state in ("met", "not met", "not applicable"))) for level in "12"
    ]
    [not_met] = re.findall(r"^Not met: (.+?)\. V17", PAPERS["docs/asvs.md"], re.MULTILINE)
    assert not_met.split(", ") == [row[0] for row in ROWS if row[3] == "not met"]


def test_the_threat_model_fits_one_page_and_leaves_no_actor_out() -> None:
    text = PAPERS["docs/threat-model.md"]
    # The names of tests stand in the margin, so to say.
    assert len(TEST.sub("", text).split()) <= MAX_WORDS_A_PAGE
    actors = {"guest", "leaver", "colleague", "announcer", "operator", "thief of a backup"}
    assert actors <= set(re.findall(r"^\| \*\*([\w ]+)\*\*", text, re.MULTILINE))
    assert "**Not goals.**" in text
