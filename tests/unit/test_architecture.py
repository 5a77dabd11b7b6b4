"""Who looks up in docs/architecture.md where something is decided finds it in the next step."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PLACE = re.compile(r"`((?:bot|dialogs|knowledge)/[\w/.]+\.py)`(?: \((`\w+`(?:, `\w+`)*)\))?")
ROWS = [line for line in PAGE.partition("## Where it is decided")[2].partition("\n## ")[0].splitlines() if "`" in line]


@pytest.mark.parametrize(("file", "names"), sorted(set(PLACE.findall(PAGE))))
def test_a_named_file_has_what_is_said_to_stand_in_it(file: str, names: str) -> None:
    code = (ROOT / file).read_text("utf-8")
    for name in re.findall(r"\w+", names):
        assert re.search(rf"^\s*(?:class |def )?{name}\b[ (:=]", code, re.MULTILINE), f"{name} is not in {file}"


@pytest.mark.parametrize("row", ROWS)
def test_a_row_leads_to_a_place(row: str) -> None:
    assert PLACE.search(row) or "`VERBS`" in row or ".po`" in row
