"""Invented classroom sessions, so that the demo has some to sign up for and to teach."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from bot.directory.current import every
from bot.ports import Commit, Key, RecordWrite, Store, TimerWrite
from bot.records.codec import write_of
from bot.turn.effect_writes import timer_write
from dialogs.core.content import Content
from dialogs.core.decision import Put
from dialogs.core.person import Person, Role
from dialogs.core.record import Record
from dialogs.core.texts import in_zone
from dialogs.rollout.classroom.commit import next_timer
from dialogs.rollout.classroom.model import ClassSession
from dialogs.rollout.classroom.roster import Roster, offer_rule
from dialogs.rollout.learn.learner import CourseTaken
from knowledge.article.article import Language
from knowledge.organisation.office_hours import OfficeHours, is_working_day

_PREFIX: Final = "sample"
_PUBLISHED: Final = timedelta(days=21)
"""How long before its start a session is published."""
_BETWEEN: Final = timedelta(minutes=50)
"""Time between two that sign up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnClass:
    """A session with its participants, and the modules that they completed before."""

    roster: Roster
    taken: tuple[CourseTaken, ...]


async def load_classes(store: Store, content: Content, *, at: datetime) -> int:
    """Write the invented sessions of sample people, unless they are there. Return the number of sessions."""
    records: list[RecordWrite] = []
    timers: list[TimerWrite] = []
    first: Key | None = None
    number = 0
    for municipality_id in content.organisation.municipalities:
        people = [person async for person in every(store, Person, f"role:{Role.EMPLOYEE}@{municipality_id}")]
        sample = sorted(
            (person for person in people if (person.email or "").endswith(".example")), key=lambda person: person.id
        )
        for drawn in draw_classes(content, sample, at):
            number += 1
            roster = drawn.roster
            first = first or Key(kind=ClassSession.KIND, id=roster.session.id)
            kept: tuple[Record, ...] = (roster.session, *roster.enrolments.values(), *drawn.taken)
            records += [replace(write_of(Put(record=record), {}), expected=None) for record in kept]
            timers.append(timer_write(next_timer(roster, content)))
    if first is None or await store.get([first]):
        return 0
    await store.commit(Commit(at=at, records=tuple(records), timers=tuple(timers)))
    return number


def draw_classes(content: Content, people: Sequence[Person], at: datetime) -> Iterator[DrawnClass]:
    """Yield the sessions of one municipality's people; none without a teacher."""
    teachers = [person for person in people if person.has(Role.TEACHER)]
    others = [person for person in people if not person.has(Role.TEACHER)]
    if not teachers or not others:
        return
    for number, row in enumerate(_class_rows(), start=1):
        session = _class_of(row, teachers[0], content, at)
        session = replace(session, id=f"{_PREFIX}-{session.municipality_id}-{number}")
        # Others sign up for each session.
        turned = [*others[number * 7 % len(others) :], *others[: number * 7 % len(others)]]
        yield _with_people(row, session, turned[: row["signed_up"]], content, at)


@cache
def _class_rows() -> Sequence[Mapping[str, Any]]:
    rows: Sequence[Mapping[str, Any]] = yaml.load(
        (files("bot.app.demo") / "classes.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader
    )
    return rows


def _class_of(row: Mapping[str, Any], teacher: Person, content: Content, at: datetime) -> ClassSession:
    municipality = content.organisation.municipalities[str(teacher.municipality_id)]
    hours = municipality.office_hours or OfficeHours()
    blank = ClassSession(
        id=_PREFIX,
        municipality_id=municipality.id,
        starts_at=at,
        ends_at=at,
        created_at=at,
        changed_at=at,
    )
    day = _day_of_class(at.astimezone(blank.tz).date(), row["days"], content, hours)
    starts_at = in_zone(day, time.fromisoformat(row["clock"]), blank.tz) or at
    published = min(at - timedelta(days=1), starts_at - _PUBLISHED)
    return replace(
        blank,
        names={Language(code): name for code, name in row["names"].items()},
        about={Language(code): about for code, about in row.get("about", {}).items()},
        venue=row["venue"],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=row["minutes"]),
        seats=row["seats"],
        prerequisites=tuple(row.get("prerequisites", ())),
        teacher_id=teacher.id,
        asked_attendance=row["days"] < 0,
        created_at=published,
        changed_at=published,
    )


def _day_of_class(today: date, days: int, content: Content, hours: OfficeHours) -> date:
    """Return the working day so many working days after today, before it for a negative number."""
    day, left = today, abs(days)
    while left:
        day += timedelta(days=1 if days > 0 else -1)
        left -= is_working_day(day, hours, content.holidays.days)
    return day


def _with_people(
    row: Mapping[str, Any], session: ClassSession, people: Sequence[Person], content: Content, at: datetime
) -> DrawnClass:
    roster = Roster(session=session, enrolments={}, rule=offer_rule(session, content))
    taken = []
    for number, person in enumerate(people, start=1):
        signed_up = session.created_at + number * _BETWEEN
        roster = roster.sign_up(person.id, signed_up)
        taken += [
            CourseTaken(person_id=person.id, course_id=course_id, taken_at=session.created_at)
            for course_id in session.prerequisites
        ]
    if session.ends_at <= at:
        roster = roster.pass_time(session.starts_at)
    if "attended" in row:
        roster = roster.note_attendance({participant.number for participant in roster.participants[: row["attended"]]})
    return DrawnClass(roster=roster, taken=tuple(taken))
