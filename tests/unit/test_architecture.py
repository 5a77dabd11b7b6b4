"""Who looks up in docs/architecture.md where something is decided finds it in the next step."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PLACE = re.compile(r"`((?:bot|dialogs|knowledge)/[\w/.]+\.py)`(?: \((`\w+`(?:, `\w+`)*)\))?")
PACKAGES = sorted(
    file.parent.relative_to(ROOT)
    for room in ("bot", "dialogs", "knowledge")
    for file in (ROOT / room).rglob("__init__.py")
)
ROWS = [line for line in PAGE.partition("## Where it is decided")[2].partition("\n## ")[0].splitlines() if "`" in line]


@pytest.mark.parametrize(("file", "names"), sorted(set(PLACE.findall(PAGE))))
def test_a_named_file_has_what_is_said_to_stand_in_it(file: str, names: str) -> None:
    code = (ROOT / file).read_text("utf-8")
    for name in re.findall(r"\w+", names):
        assert re.search(rf"^\s*(?:class |(?:async )?def )?{name}\b[ (:=]", code, re.MULTILINE), (
            f"{name} is not in {file}"
        )


@pytest.mark.parametrize("row", ROWS)
def test_a_row_leads_to_a_place(row: str) -> None:
    assert PLACE.search(row) or "`VERBS`" in row or ".po`" in row


def _files_named(place: Path, part: str) -> list[Path]:
    if place.is_file():
        return []
    return [path for path in (place / part, place / f"{part}.py") if path.exists()]


def _defines(place: Path, name: str) -> bool:
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    definition = re.compile(rf"^(?:(?:async )?def|class) {name}\b|^{name}\b.* =", re.MULTILINE)
    return any(definition.search(file.read_text("utf-8")) for file in files)


def _is_there(package: Path, name: str) -> bool:
    """Return whether a dotted name leads to a module or a definition, from the package or from the rooms on."""
    places = [package, ROOT]
    for part in name.split("."):
        below = [path for place in places for path in _files_named(place, part)]
        if not below:
            return any(_defines(place, part) for place in places if place != ROOT)
        places = below
    return True


@pytest.mark.parametrize("package", PACKAGES, ids=str)
def test_a_packages_docstring_names_what_is_there(package: Path) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text("utf-8"))) or ""
    entries = re.split(r"May\s+import", docstring.partition("Entry point")[2])[0]
    names = re.findall(r"`([A-Za-z_][\w.]*\w)`", entries)
    assert [name for name in names if not _is_there(ROOT / package, name)] == []


def _described(node: ast.AST) -> list[str]:
    """Return the names that a docstring's list of arguments or attributes describes."""
    docstring = (
        ast.get_docstring(node) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else None
    )
    listed = re.search(r"^(?:Args|Attributes):\n((?: {4}.*\n|\n)*)", f"{docstring or ''}\n", re.MULTILINE)
    return re.findall(r"^ {4}\*{0,2}(\w+):", listed[1], re.MULTILINE) if listed else []


def _names_of(node: ast.AST) -> set[str]:
    arguments = {item.arg for item in ast.walk(node) if isinstance(item, ast.arg)}
    fields = {item.id for item in ast.walk(node) if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store)}
    members = {item.name for item in ast.walk(node) if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)}
    own = {item.attr for item in ast.walk(node) if isinstance(item, ast.Attribute)}
    return arguments | fields | members | own


def test_what_a_docstring_describes_is_an_argument_or_a_field() -> None:
    gone = {
        f"{file.relative_to(ROOT)}:{node.lineno}": missing
        for room in ("bot", "dialogs", "knowledge")
        for file in sorted((ROOT / room).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if (missing := [name for name in _described(node) if name not in _names_of(node)])
    }
    assert gone == {}
