"""An export names no other person, however deep in a record an id stands."""

import re
from collections.abc import Iterator
from dataclasses import is_dataclass, replace
from datetime import date
from typing import Any, get_args

import pytest

from dialogs.announce.audience import Audience
from dialogs.announce.model import Announcement, AnnouncementChange, Counted, Pending, Task, TaskKind
from dialogs.availability.profile import AmbassadorProfile, ProfileChange
from dialogs.core.holding import hints_of
from dialogs.core.record import Record
from dialogs.privacy.export import SOMEBODY_ELSE, plain
from dialogs.privacy.inventory import INVENTORY
from dialogs.rollout.software.model import Application
from knowledge.organisation.nearest import Absence, Ambassador
from knowledge.organisation.unit import Reference
from tests.unit.driver import TUESDAY

ME, OTHER = "ana", "bo"
ANNOUNCEMENT = Announcement(
    id="a1",
    author_id=ME,
    municipality_id="m",
    desk="slot",
    colleagues={OTHER: "slot-1"},
    pending=Pending(wordings={}, confirm_again=False, by=OTHER),
    counted=Counted(edition=1, sample=(OTHER, ME), after=OTHER),
    approved_by=OTHER,
    audience=Audience(person_ids=frozenset({OTHER, ME})),
    reach=(f"person:{OTHER}", "unit:nord"),
    tasks=(Task(kind=TaskKind.SEND, after=OTHER),),
    history=(AnnouncementChange(act="sent", by=OTHER, at=TUESDAY, version=1),),
    created_at=TUESDAY,
    changed_at=TUESDAY,
)
PROFILE = AmbassadorProfile(
    ambassador=Ambassador(
        person_id=ME,
        name="Ana",
        municipality_id="m",
        unit_id="u",
        absences=(Absence(first_day=date(2026, 11, 1), last_day=date(2026, 11, 2), substitute_id=OTHER),),
    ),
    history=(ProfileChange(at=TUESDAY, by=OTHER, what="paused"),),
)
APPLICATION = Application(
    id="p1",
    person_id=ME,
    municipality_id="m",
    program="Zoom",
    shown_to=(OTHER, ME),
    decided_by=OTHER,
    applied_at=TUESDAY,
    changed_at=TUESDAY,
)


@pytest.mark.parametrize("record", [ANNOUNCEMENT, PROFILE, APPLICATION], ids=lambda record: record.KIND)
def test_ids_of_others_are_replaced_wherever_they_stand(record: Record) -> None:
    exported = repr(plain(record, ME))
    assert re.search(rf"\b{OTHER}\b", exported) is None
    assert f"'{ME}'" in exported
    assert SOMEBODY_ELSE in exported


def test_what_names_nobody_is_exported_as_it_is() -> None:
    exported = plain(replace(ANNOUNCEMENT, colleagues={ME: "slot-1"}, counted=Counted(edition=1)), ME)
    assert exported["colleagues"] == {ME: "slot-1"}
    assert exported["counted"]["after"] == ""
    assert exported["author_id"] == ME
    assert exported["reach"] == [f"person:{SOMEBODY_ELSE}", "unit:nord"]


NAMES_A_PERSON = re.compile(r"(^|_)(by|to|person_ids?|(asker|owner|author|substitute|helper|adviser)_ids?)$")


def parts(hint: Any) -> Iterator[Any]:
    yield hint
    for each in (*get_args(hint), *getattr(hint, "__metadata__", ())):
        yield from parts(each)


def stored(kind: type[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Yield every field of a record and of its parts, with all that its type is made of."""
    for name, hint in hints_of(kind).items():
        made_of = list(parts(hint))
        yield f"{kind.__name__}.{name}", made_of
        for each in made_of:
            if isinstance(each, type) and is_dataclass(each):
                yield from stored(each)


@pytest.mark.parametrize("record", [each.record for each in INVENTORY if each.record], ids=lambda each: each.KIND)
def test_a_field_that_is_named_like_a_person_says_so_in_its_type(record: type[Any]) -> None:
    """Otherwise an export would name them, and an erasure would leave them."""
    lacking = [
        name
        for name, made_of in stored(record)
        if str in made_of and NAMES_A_PERSON.search(name.partition(".")[2]) and Reference.PERSON not in made_of
    ]
    assert lacking == []


def test_the_search_finds_fields_that_name_people() -> None:
    names = [name.partition(".")[2] for name, _ in stored(Announcement)]
    assert {"author_id", "by", "person_ids", "approved_by"} <= {name for name in names if NAMES_A_PERSON.search(name)}
