"""What happens in the year, drawn in advance from a seed: the same again after every death of the process."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from tests.bench.classes.town import BEGIN, MODULES, UNITS, CourseTown

FIRST_DAY: Final = 12
# Shares of sessions that are moved, get more seats, or are called off.
MOVED, GROWN, CALLED_OFF = 0.08, 0.06, 0.04
RUSH: Final = 0.1
"""Share of sessions that many sign up for in the same instant."""
AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act. ``burst``: steps of the same burst happen in the same instant."""

    at: datetime
    who: str
    verb: str
    data: Mapping[str, str] = field(default_factory=dict)
    burst: str = ""


def script_of(town: CourseTown, *, sessions: int, days: int, seed: int, leavers: float = 0.01) -> list[Step]:
    """Return the steps of the year in order. ``leavers``: share of the employees that leave in that time."""
    draw = random.Random(seed)
    steps: list[Step] = []
    for number in range(sessions):
        steps += _life_of(town, number, days, draw)
    steps += _departures(town, days, leavers, draw)
    return sorted(steps, key=lambda step: step.at)


def _life_of(town: CourseTown, number: int, days: int, draw: random.Random) -> Iterator[Step]:
    here = draw.choice(sorted(town.employees))
    teacher, session_id = draw.choice(town.teachers[here]), f"class-{number}"
    day = _working_day(draw.randrange(FIRST_DAY, days))
    hour, seats = draw.randrange(8, 14), draw.randrange(4, 25)
    made_at = datetime.combine(day, BEGIN.timetz()) - timedelta(days=draw.randrange(6, FIRST_DAY), hours=draw.random())
    starts_at = datetime.combine(day, BEGIN.timetz()) + timedelta(hours=hour - 6)
    form = {
        "session_id": session_id,
        "title_nb": f"Kurs {number}",
        "place": "Rådhuset",
        "day": day.isoformat(),
        "start": f"{hour:02}:00",
        "end": f"{hour + 2:02}:00",
        "seats": str(seats),
        "language": "nb",
        "teacher_id": teacher,
        "prerequisites": ",".join(each.id for each in MODULES if draw.random() < 0.25),
        "unit_id": f"{here}-u{draw.randrange(UNITS)}" if draw.random() < 0.15 else "",
    }
    yield Step(at=made_at, who=teacher if draw.random() < 0.5 else f"{here}-a", verb="classroom.create", data=form)
    yield from _sign_ups(town, here, form, (made_at, starts_at), draw)
    change_at = made_at + (starts_at - made_at) * draw.uniform(0.3, 0.9)
    admin = f"{here}-a"
    if draw.random() < MOVED:
        moved = {**form, "day": _working_day((day - BEGIN.date()).days + draw.randrange(0, 4)).isoformat()}
        yield Step(at=change_at, who=admin, verb="classroom.change", data={**moved, "place": "Biblioteket"})
    elif draw.random() < GROWN:
        more = {**form, "seats": str(seats + draw.randrange(1, 9))}
        yield Step(at=change_at, who=admin, verb="classroom.change", data=more)
    elif draw.random() < CALLED_OFF:
        yield Step(at=change_at, who=admin, verb="classroom.call_off", data={"session_id": session_id})
    held_at = starts_at + timedelta(days=draw.choice((0, 4)), hours=3)
    yield Step(at=held_at, who=teacher, verb="classroom.attendance", data={"session_id": session_id})


def _sign_ups(
    town: CourseTown, here: str, form: Mapping[str, str], span: tuple[datetime, datetime], draw: random.Random
) -> Iterator[Step]:
    made_at, starts_at = span
    wanted = int(int(form["seats"]) * draw.uniform(0.4, 3))
    pool = town.employees[here]
    people = draw.sample(pool, min(wanted, len(pool)))
    if draw.random() < 0.2:  # one of elsewhere tries too
        people.append(draw.choice(town.employees[draw.choice(sorted(town.employees))]))
    data = {"session_id": form["session_id"]}
    rush = form["session_id"] if draw.random() < RUSH else ""
    for n, who in enumerate(people):
        at = made_at + (starts_at - made_at) * min(0.999, draw.expovariate(4))
        if rush and n < AT_ONCE:
            at = made_at + timedelta(hours=1)
        for module in filter(None, form["prerequisites"].split(",")):
            if draw.random() < 0.8:
                yield Step(at=at - timedelta(minutes=30), who=who, verb="learn.done", data={"module_id": module})
        yield Step(at=at, who=who, verb="classroom.sign_up", data=data, burst=rush if n < AT_ONCE else "")
        if draw.random() < 0.03:
            yield Step(at=at + timedelta(minutes=1), who=who, verb="classroom.sign_up", data=data)
        if draw.random() < 0.15:
            gone_at = at + (starts_at - at) * draw.random()
            yield Step(at=gone_at, who=who, verb="classroom.cancel", data=data)
            if draw.random() < 0.2:
                back_at = gone_at + (starts_at - gone_at) * draw.random()
                yield Step(at=back_at, who=who, verb="classroom.sign_up", data=data)


def _departures(town: CourseTown, days: int, leavers: float, draw: random.Random) -> Iterator[Step]:
    for people in town.employees.values():
        for who in draw.sample(people, int(len(people) * leavers)):
            yield Step(at=BEGIN + timedelta(days=draw.random() * days), who=who, verb="leaves")


def _working_day(number: int) -> date:
    day = BEGIN.date() + timedelta(days=number)
    return day + timedelta(days=7 - day.weekday() if day.weekday() > 4 else 0)
