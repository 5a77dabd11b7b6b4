"""The glossary names every package, record kind and table."""

import re
from pathlib import Path

import pytest

from dialogs.core.record import Record
from dialogs.privacy.inventory import INVENTORY, RECORDS

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
PACKAGES = sorted(
    str(init.parent.relative_to(ROOT))
    for room in ("bot", "dialogs", "knowledge")
    for init in (ROOT / room).rglob("__init__.py")
)
TABLES = sorted(
    {
        name
        for file in (ROOT / "bot/stores/postgres/migrations").glob("*.sql")
        for name in re.findall(r"CREATE TABLE (\w+)", file.read_text("utf-8"))
    }
)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_in_the_glossary(package: str) -> None:
    _, _, below = package.partition("/")
    assert f"`{package}`" in GLOSSARY or any(
        f"`{part}`" in GLOSSARY for part in (below, below.partition("/")[2]) if part
    )


@pytest.mark.parametrize("kind", sorted({holding.kind for holding in INVENTORY}))
def test_every_record_kind_is_in_the_glossary(kind: str) -> None:
    assert f"`{kind}`" in GLOSSARY


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.KIND)
def test_the_row_of_a_record_kind_names_the_file_with_its_rules(record: type[Record]) -> None:
    [row] = [line for line in GLOSSARY.splitlines() if "record kind" in line and f"`{record.KIND}`" in line]
    assert f"`{record.__module__.replace('.', '/')}.py`" in row


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_in_the_glossary(table: str) -> None:
    assert re.search(rf"tables? `{table}`|`{table}`", GLOSSARY)


def test_every_place_named_in_the_glossary_exists() -> None:
    named = re.findall(r"`((?:bot|dialogs|knowledge)/[\w/.]+)`", GLOSSARY)
    assert len(named) > 60
    assert [each for each in named if not (ROOT / each).exists()] == []
