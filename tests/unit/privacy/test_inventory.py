"""Nothing is stored that the inventory does not name."""

import dataclasses
import importlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, ClassVar

import pytest

import bot
import dialogs
from bot.ports import Delivery, Timer
from dialogs.core.audit import AuditEntry
from dialogs.core.data_rules import DataRules, Ground, Purpose, Whose, month_term
from dialogs.core.holding import Holding, Undeclared, purposes_of
from dialogs.privacy.inventory import INVENTORY
from dialogs.privacy.report import audit_rows, inventory_rows
from tests.unit.driver import CATALOGUE, TUESDAY

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BY_KIND = {holding.kind: holding for holding in INVENTORY}


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    """Import every module of the package whose source mentions a KIND."""
    for root in package.__path__:
        for file in sorted(Path(root).rglob("*.py")):
            if "KIND" in file.read_text("utf-8"):
                name = ".".join((package.__name__, *file.relative_to(root).with_suffix("").parts))
                yield importlib.import_module(name.removesuffix(".__init__"))


def _kept_classes() -> list[type[Any]]:
    """Every class of ours that names a KIND, which is what the store keeps things under."""
    classes = {
        each
        for package in (dialogs, bot)
        for module in _modules(package)
        for each in vars(module).values()
        if isinstance(each, type) and dataclasses.is_dataclass(each) and isinstance(getattr(each, "KIND", None), str)
    }
    return sorted(classes, key=lambda each: (each.__module__, each.__name__))


KEPT = _kept_classes()


def test_the_search_finds_the_records_there_are() -> None:
    assert {"person", "question", "session", "handoff", "announcement", "audit", "web_utterance", "signin_session"} <= {
        each.KIND for each in KEPT
    }


@pytest.mark.parametrize("kept", KEPT, ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_every_stored_field_is_in_the_inventory(kept: type[Any]) -> None:
    assert {name.partition(".")[0] for name in BY_KIND[kept.KIND].purposes} == {
        field.name for field in dataclasses.fields(kept)
    }


@pytest.mark.parametrize(("kind", "kept"), [("delivery", Delivery), ("timer", Timer)])
def test_what_the_store_itself_keeps_is_in_the_inventory(kind: str, kept: type[Any]) -> None:
    assert set(BY_KIND[kind].purposes) == {field.name for field in dataclasses.fields(kept)}


def test_the_inventory_names_nothing_twice_and_nothing_that_is_not_kept() -> None:
    assert len(BY_KIND) == len(INVENTORY)
    assert set(BY_KIND) == {each.KIND for each in KEPT} | {"delivery", "event", "timer", "audit_chain"}


def _dated() -> list[Holding]:
    return [holding for holding in INVENTORY if holding.record is not None and holding.months is not None]


@pytest.mark.parametrize("holding", _dated(), ids=lambda holding: holding.kind)
def test_what_has_an_end_is_found_by_the_month_it_is_dated(holding: Holding) -> None:
    """Otherwise retention would never find it."""
    record = _blank(holding.record)
    object.__setattr__(record, holding.dated, NOON)
    assert month_term(NOON) in set(record.terms())


@pytest.mark.parametrize("language", list(CATALOGUE))
def test_the_inventory_can_be_read_in_every_language(language: Any) -> None:
    rows = list(inventory_rows(CATALOGUE[language]))
    assert len(rows) == sum(len(holding.purposes) for holding in INVENTORY)
    assert all(dataclasses.astuple(row) and all(dataclasses.astuple(row)) for row in rows)


def test_every_word_of_the_inventory_is_used() -> None:
    used = {purpose for holding in INVENTORY for purpose in holding.purposes.values()}
    assert used == set(Purpose)
    assert {holding.ground for holding in INVENTORY} == set(Ground)
    assert {holding.whose for holding in INVENTORY} == set(Whose)


def test_audit_rows_come_oldest_first() -> None:
    entries = [
        AuditEntry(id=id_, act="registry.import", subject="p1", by="p2", details=(("rows", "3"),), at=at)
        for id_, at in (("b", NOON), ("a", TUESDAY))
    ]
    assert list(audit_rows(entries)) == [
        (TUESDAY.isoformat(), "registry.import", "p1", "p2", "rows=3"),
        (NOON.isoformat(), "registry.import", "p1", "p2", "rows=3"),
    ]


def _blank(kept: type[Any] | None) -> Any:
    """Return an instance with nothing in it but what its terms need: every required field is a plain text."""
    assert kept is not None
    required = {
        field.name: NOON if field.name.endswith("_at") or field.name == "at" else "x"
        for field in dataclasses.fields(kept)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    return kept(**required)


@dataclasses.dataclass(frozen=True)
class Part:
    said: Annotated[str, Purpose.HELP]


@dataclasses.dataclass(frozen=True)
class Whole:
    KIND: ClassVar[str] = "whole"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one", months=3, whose=Whose.HELPER)

    id: Annotated[str, Purpose.ORDER]
    part: Part

    def terms(self) -> tuple[str, ...]:
        return ()


@dataclasses.dataclass(frozen=True)
class Forgotten:
    id: Annotated[str, Purpose.ORDER]
    part: tuple[Part, ...]


def test_the_fields_of_a_part_without_a_purpose_of_its_own_are_listed_one_by_one() -> None:
    holding = Holding.from_record(Whole)
    assert holding.purposes == {"id": Purpose.ORDER, "part.said": Purpose.HELP}
    assert (holding.kind, holding.months, holding.whose) == ("whole", 3, Whose.HELPER)


def test_a_field_without_a_purpose_is_a_fault_that_names_it() -> None:
    with pytest.raises(Undeclared, match=r"Forgotten\.part"):
        purposes_of(Forgotten)


@pytest.mark.parametrize("prefix", ["privacy.kind.", "privacy.until."])
def test_what_is_stored_is_named_alike_for_the_person_and_for_a_reader_of_their_data(prefix: str) -> None:
    """The officer's pages, receipts and the inventory show the same names as a person's own page."""
    address = re.compile(r"\b(du|deg|din|ditt|dine|di|meg|you|your|me)\b", re.IGNORECASE)
    for texts in CATALOGUE.values():
        assert [text for text in texts.starting(prefix).values() if address.search(text)] == []
