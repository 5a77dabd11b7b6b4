"""The calendar file of a session: one entry for life, revised and cancelled, right in its zone, and for its owner."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from dialogs.core.person import Person
from dialogs.core.speaker import Viewer
from dialogs.rollout.classroom.invitation import Invitation, invitation_view, timezone_of
from dialogs.rollout.classroom.model import ClassSession
from tests.needs import NODE
from tests.unit.driver import TUESDAY, Stage
from tests.unit.rollout.classes import START, alter, changed, created, school, signed_up

OSLO = ZoneInfo("Europe/Oslo")


@pytest.fixture
def stage() -> Stage:
    return school()


def taken(stage: Stage, person_id: str, session_id: str) -> Invitation | None:
    """Return the file that the person gets now."""
    viewer = Viewer(
        person=stage.get(Person, person_id), texts=stage.texts(person_id), content=stage.content, at=stage.now
    )
    found: Invitation | None = stage.answer_to(person_id, lambda _: invitation_view(viewer, session_id))
    return found


def read(stage: Stage, person_id: str, session_id: str) -> tuple[str, Any]:
    """Return the method and the only event of the person's file."""
    found = taken(stage, person_id, session_id)
    assert found is not None
    calendar = Calendar.from_ical(found.body)
    [event] = calendar.walk("VEVENT")
    return str(calendar["method"]), event


def test_a_seat_comes_with_an_invitation_in_local_time(stage: Stage) -> None:
    alter(stage, "kari", email="kari@lillevik.example")
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    method, event = read(stage, "kari", id_)
    assert method == "REQUEST"
    assert "Meld deg av i Heia" in event["description"]
    assert taken(stage, "kari", id_).name == "teams-for-nye-2026-12-01.ics"  # type: ignore[union-attr]
    assert (event["uid"], event["sequence"]) == (f"{id_}@heia", 1)
    assert event.start == datetime(2026, 12, 1, 9, 0, tzinfo=OSLO)
    assert event.end == datetime(2026, 12, 1, 11, 30, tzinfo=OSLO)
    assert event["dtstart"].params["TZID"] == "Europe/Oslo"
    assert (event["summary"], event["location"]) == ("Teams for nye", "Rådhuset, rom 2")
    assert event["organizer"] == "mailto:digital@lillevik.example"
    assert event["attendee"] == "mailto:kari@lillevik.example"
    assert event["attendee"].params["PARTSTAT"] == "ACCEPTED"
    assert "Kursholder: Kursholder Linde" in event["description"]


def test_moving_and_signing_off_keep_the_uid_and_raise_the_sequence(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    seen = [read(stage, "kari", id_)]
    changed(stage, id_, day="2026-12-03")
    seen.append(read(stage, "kari", id_))
    stage.press("kari", "classroom.cancel", session_id=id_)
    seen.append(read(stage, "kari", id_))
    stage.press("kari", "classroom.sign_up", session_id=id_)
    seen.append(read(stage, "kari", id_))
    stage.press("alm", "classroom.call_off", session_id=id_)
    seen.append(read(stage, "kari", id_))
    assert [method for method, _ in seen] == ["REQUEST", "REQUEST", "CANCEL", "REQUEST", "CANCEL"]
    assert [int(event["sequence"]) for _, event in seen] == [1, 2, 3, 4, 5]
    assert {str(event["uid"]) for _, event in seen} == {f"{id_}@heia"}
    assert [event["status"] for _, event in seen] == ["CONFIRMED", "CONFIRMED", "CANCELLED", "CONFIRMED", "CANCELLED"]
    assert "Meld deg av" not in seen[-1][1]["description"]
    assert taken(stage, "kari", id_).name == "teams-for-nye-2026-12-03-cancelled.ics"  # type: ignore[union-attr]
    stamps = [event["dtstamp"].dt for _, event in seen]
    assert stamps == sorted(stamps)


def test_before_there_is_a_seat_there_is_no_file(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana")
    assert taken(stage, "ana", id_) is None
    stage.press("kari", "classroom.cancel", session_id=id_)
    assert taken(stage, "ana", id_) is None
    stage.press("ana", "classroom.accept", session_id=id_)
    assert read(stage, "ana", id_)[0] == "REQUEST"


def test_the_teacher_has_the_entry_too_until_it_is_called_off(stage: Stage) -> None:
    id_ = created(stage)
    assert (read(stage, "linde", id_)[0], int(read(stage, "linde", id_)[1]["sequence"])) == ("REQUEST", 0)
    changed(stage, id_, place="Biblioteket")
    assert int(read(stage, "linde", id_)[1]["sequence"]) == 1
    stage.press("alm", "classroom.call_off", session_id=id_)
    assert (read(stage, "linde", id_)[0], int(read(stage, "linde", id_)[1]["sequence"])) == ("CANCEL", 2)


@pytest.mark.parametrize("who", ["ana", "rogn", "alm", "per"])
def test_no_one_else_gets_the_file(stage: Stage, who: str) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    assert taken(stage, who, id_) is None
    assert taken(stage, "kari", "class-none") is None


def test_a_leaver_gets_no_file(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    alter(stage, "kari", left=True)
    assert taken(stage, "kari", id_) is None


def test_an_invitation_names_no_other_participant(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana")
    found = taken(stage, "kari", id_)
    assert found is not None
    assert b"Ana" not in found.body
    assert found.body.count(b"ATTENDEE") == 1


def test_a_person_without_an_e_mail_address_and_texts_with_special_signs_make_a_valid_file(stage: Stage) -> None:
    title = "Teams; «filer», \\ og æøå 😀 " * 4
    id_ = created(stage, title_nb=title[:118], place="Rom 2,\tBygg; A")
    alter(stage, "kari", name='Medarbeider "Kari"; Å')
    signed_up(stage, id_, "kari")
    found = taken(stage, "kari", id_)
    assert found is not None
    lines = found.body.split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    assert lines[-1] == b""
    _, event = read(stage, "kari", id_)
    assert event["summary"] == title[:118].strip()
    assert event["attendee"] == "invalid:nomail"


@pytest.mark.parametrize(
    ("day", "offset"), [("2027-03-26", 1), ("2027-03-28", 2), ("2027-03-29", 2), ("2027-06-01", 2)]
)
def test_the_hour_on_the_wall_stays_on_both_sides_of_the_change_of_the_clock(
    stage: Stage, day: str, offset: int
) -> None:
    id_ = created(stage, day=day)
    signed_up(stage, id_, "kari")
    _, event = read(stage, "kari", id_)
    assert (event.start.hour, event.start.utcoffset()) == (9, timedelta(hours=offset))
    assert event.start.astimezone(UTC) == stage.get(ClassSession, id_).starts_at


@pytest.mark.parametrize(
    ("zone", "onsets"),
    [
        # Wall-clock times of the old offset: 02:00 in winter time, 03:00 in summer time.
        ("Europe/Oslo", [(3, 2), (10, 3)]),
        ("America/New_York", [(3, 2), (11, 2)]),
        ("Asia/Tokyo", []),
    ],
)
def test_the_zone_in_the_file_has_the_changes_of_the_clock(zone: str, onsets: list[tuple[int, int]]) -> None:
    session = ClassSession(
        id="x", municipality_id="lillevik", zone=zone, starts_at=START, ends_at=START, created_at=TUESDAY,
        changed_at=TUESDAY,
    )  # fmt: skip
    component = timezone_of(session)
    found = [each["dtstart"].dt for each in component.subcomponents if each["dtstart"].dt.year == 2026]
    assert [(each.month, each.hour) for each in found] == onsets


def read_elsewhere(stage: Stage, person_id: str, session_id: str) -> tuple[str, dict[str, Any]]:
    """Return the method and the event as ical.js reads them."""
    found = taken(stage, person_id, session_id)
    assert found is not None
    script = Path(__file__).parents[2] / "fakes" / "read_calendar.mjs"
    answer = subprocess.run([NODE, script], input=found.body, capture_output=True, check=True)
    calendar = json.loads(answer.stdout)
    [event] = calendar["events"]
    return calendar["method"], event


def test_another_program_reads_the_same_also_on_the_day_the_clock_changes(stage: Stage) -> None:
    title = "Teams; «filer», \\ og æøå 😀"
    id_ = created(stage, title_nb=title, day="2027-03-28")
    signed_up(stage, id_, "kari")
    method, event = read_elsewhere(stage, "kari", id_)
    assert (method, event["uid"], event["sequence"], event["status"]) == ("REQUEST", f"{id_}@heia", 1, "CONFIRMED")
    assert (event["summary"], event["location"], event["zone"]) == (title, "Rådhuset, rom 2", "Europe/Oslo")
    # Nine in summer time; the clock went forward at two that night.
    assert event["starts_at"] == "2027-03-28T07:00:00.000Z"
    stage.press("kari", "classroom.cancel", session_id=id_)
    method, event = read_elsewhere(stage, "kari", id_)
    assert (method, event["uid"], event["sequence"], event["status"]) == ("CANCEL", f"{id_}@heia", 2, "CANCELLED")
