"""An export names no other person, however deep in a record an id stands."""

from dataclasses import replace
from datetime import date

import pytest

from dialogs.announce.model import Announcement, AnnouncementChange, Counted, Pending, Task, TaskKind
from dialogs.availability.profile import AmbassadorProfile, ProfileChange
from dialogs.core.record import Record
from dialogs.privacy.export import SOMEBODY_ELSE, plain
from dialogs.rollout.software.model import Application
from knowledge.organisation.nearest import Absence, Ambassador
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
    assert f"'{OTHER}'" not in exported
    assert f"'{ME}'" in exported
    assert SOMEBODY_ELSE in exported


def test_what_names_nobody_is_exported_as_it_is() -> None:
    exported = plain(replace(ANNOUNCEMENT, colleagues={ME: "slot-1"}, counted=Counted(edition=1)), ME)
    assert exported["colleagues"] == {ME: "slot-1"}
    assert exported["counted"]["after"] == ""
    assert exported["author_id"] == ME
