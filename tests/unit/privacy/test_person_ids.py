"""Ids of people are replaced wherever the types of a record's fields contain one, and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Optional

import pytest

from dialogs.core.data_rules import FieldSource, Purpose
from dialogs.core.holding import Undeclared, hints_of, names_from, purposes_of
from dialogs.privacy.person_ids import with_ids
from knowledge.organisation.unit import PersonId, PersonTerm


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a record."""

    by: PersonId = "ana"
    words: str = "ana"


@dataclass(frozen=True, kw_only=True)
class Everywhere:
    """A record with a person's id in every kind of field."""

    words: str = "ana"
    number: int = 7
    one: Annotated[PersonId, Purpose.IDENTITY] = "ana"
    maybe: PersonId | None = "ana"
    old_style: Optional[PersonId] = "ana"  # noqa: UP045
    none: PersonId | None = None
    term: PersonTerm = "person:ana"
    other_term: PersonTerm = "role:ana"
    many: tuple[PersonId, ...] = ("ana", "bo")
    pair: tuple[PersonId, str] = ("ana", "ana")
    listed: list[PersonId] | None = None
    maybe_many: tuple[PersonId, ...] | None = ("ana", "bo", "ana")
    unique: frozenset[PersonId] = frozenset({"ana"})
    counted: Mapping[PersonId, int] | None = None
    names: Mapping[str, PersonId] | None = None
    part: Part | None = None
    parts: tuple[Part, ...] = (Part(), Part(by="bo"))
    bare: Any = ("ana",)


FULL = Everywhere(listed=["ana"], counted={"ana": 1}, names={"ana": "ana"}, part=Part())
FIELDS = {
    "one": "x",
    "maybe": "x",
    "old_style": "x",
    "term": "person:x",
    "many": ("x", "bo"),
    "pair": ("x", "ana"),
    "listed": ["x"],
    "maybe_many": ("x", "bo", "x"),
    "unique": frozenset({"x"}),
    "counted": {"x": 1},
    "names": {"ana": "x"},
    "part": Part(by="x"),
    "parts": (Part(by="x"), Part(by="bo")),
}


def changed(id_: str) -> str:
    return "x" if id_ == "ana" else id_


def test_an_id_is_replaced_in_fields_of_people_and_in_no_other() -> None:
    assert with_ids(FULL, changed) == replace(FULL, **FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_an_id_is_replaced_in_every_kind_of_field(name: str) -> None:
    new = getattr(with_ids(FULL, changed), name)
    assert new == FIELDS[name]
    assert type(new) is type(getattr(FULL, name))


def test_a_record_without_the_id_is_the_same_object() -> None:
    assert with_ids(FULL, lambda id_: id_) is FULL


@dataclass(frozen=True, kw_only=True)
class Inner:
    """A part that declares a purpose for each of its fields."""

    words: Annotated[str, Purpose.HELP]
    at: Annotated[int, Purpose.TIME]


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A record with a part that declares no purpose of its own, and one that does."""

    id: Annotated[str, Purpose.ORDER]
    name: Annotated[str, Purpose.IDENTITY, FieldSource.REGISTRY]
    wish: Annotated[str, FieldSource.SETTING, Purpose.HELP]
    inner: Inner
    noted: Annotated[Inner, "a note"]
    whole: Annotated[Inner, Purpose.EVIDENCE]


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """A record with a field that declares nothing."""

    id: Annotated[str, Purpose.ORDER]
    words: str


def test_a_part_without_a_purpose_lists_the_purposes_of_its_fields() -> None:
    assert dict(purposes_of(Declared)) == {
        "id": Purpose.ORDER,
        "name": Purpose.IDENTITY,
        "wish": Purpose.HELP,
        "inner.words": Purpose.HELP,
        "inner.at": Purpose.TIME,
        "noted.words": Purpose.HELP,
        "noted.at": Purpose.TIME,
        "whole": Purpose.EVIDENCE,
    }


def test_a_field_without_a_purpose_is_refused_by_name() -> None:
    with pytest.raises(Undeclared, match=r"Forgotten\.words"):
        purposes_of(Forgotten)


def test_a_field_that_declares_no_source_comes_from_use() -> None:
    assert names_from(Declared, FieldSource.REGISTRY) == ("name",)
    assert names_from(Declared, FieldSource.SETTING) == ("wish",)
    assert names_from(Declared, FieldSource.USE) == ("id", "inner", "noted", "whole")
    assert names_from(Declared, FieldSource.SETTING, FieldSource.REGISTRY) == ("name", "wish")
    assert list(hints_of(Declared)) == ["id", "name", "wish", "inner", "noted", "whole"]
