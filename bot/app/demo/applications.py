"""Invented applications for programs, so that the desk of the demo has some to decide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, Final

import yaml

from bot.directory.current import every
from bot.ports import Commit, Key, RecordWrite, Store, TimerWrite
from bot.records.codec import write_of
from dialogs.core.content import Content
from dialogs.core.decision import Put
from dialogs.core.person import Person, Role
from dialogs.rollout.software.decide.case import DUE_VERB, due_key, listed_program
from dialogs.rollout.software.model import STATUSES, Application, ProgramState, ReviewComment
from dialogs.rollout.software.reviewers import may_decide, sector_of
from knowledge.organisation.unit import Sector
from knowledge.software.program import PersonalData, ProgramUse

_PREFIX: Final = "sample"


async def load_applications(store: Store, content: Content, *, at: datetime) -> int:
    """Write the invented applications of sample people, unless they are there. Return their number."""
    records: list[RecordWrite] = []
    timers: list[TimerWrite] = []
    for municipality_id in content.organisation.municipalities:
        people = [person async for person in every(store, Person, f"role:{Role.EMPLOYEE}@{municipality_id}")]
        sample = sorted(
            (person for person in people if (person.email or "").endswith(".example")), key=lambda person: person.id
        )
        for application in draw_applications(content, sample, at):
            records.append(write_of(Put(record=application), {}))
            if application.due_at is not None:
                key, data = due_key(application.id), {"application_id": application.id}
                timers.append(TimerWrite(key=key, at=application.due_at, verb=DUE_VERB, data=data))
    if not records or await store.get([Key(kind=Application.KIND, id=records[0].key.id)]):
        return 0
    await store.commit(Commit(at=at, records=tuple(records), timers=tuple(timers)))
    return len(records)


def draw_applications(content: Content, people: Sequence[Person], at: datetime) -> Iterator[Application]:
    """Yield the applications of one municipality's people; those without an applicant or a reviewer are left out."""
    rows: Sequence[Mapping[str, Any]] = yaml.load(
        (files("bot.app.demo") / "applications.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader
    )
    plain = [person for person in people if person.roles == {Role.EMPLOYEE}]
    for number, row in enumerate(rows, start=1):
        at_school = row.get("school", False)
        here = [person for person in plain if (sector_of(content, person) is Sector.SCHOOL) is at_school]
        if not here:
            continue
        applicant = here[number % len(here)]
        municipality_id, sector = str(applicant.municipality_id), sector_of(content, applicant)
        reviewers = [
            person
            for person in people
            if person.has(Role.REVIEWER) and may_decide(content, person, municipality_id, sector)
        ]
        leaders = [person for person in people if person.has(Role.LEADER) and sector_of(content, person) is sector]
        if not reviewers or (at_school and not leaders):
            continue
        drawn = _application(row, applicant, leader=leaders[0] if at_school else None, reviewer=reviewers[0], at=at)
        drawn = replace(drawn, id=f"{_PREFIX}-{municipality_id}-{number}", sector=sector)
        program = listed_program(content, drawn)
        yield drawn.about(program.id if program else None)


def _application(
    row: Mapping[str, Any], applicant: Person, *, leader: Person | None, reviewer: Person, at: datetime
) -> Application:
    """Return a row as an application; ``leader``: agrees first, where demanded."""
    standing = ProgramState(row["standing"])
    sent = at - timedelta(days=row["days"])
    comment = row.get("comment")
    return Application(
        id=_PREFIX,
        person_id=applicant.id,
        municipality_id=str(applicant.municipality_id),
        program=row["program"],
        use=ProgramUse(row.get("use", ProgramUse.STAFF)),
        reason=row["reason"],
        users=row["users"],
        personal_data=PersonalData(row["personal_data"]),
        link=row.get("link", ""),
        standing=standing,
        manager_ids=(leader.id,) if leader else (),
        manager_id=leader.id if leader and standing is not ProgramState.WITH_MANAGER else None,
        manager_word=row.get("manager_word", ""),
        comments=(ReviewComment(by=reviewer.id, text=comment, at=sent + timedelta(days=1)),) if comment else (),
        report=row.get("report", ""),
        decided_by=reviewer.id if standing in STATUSES else None,
        word=row.get("word", ""),
        due_at=at + timedelta(days=row["left"]) if "left" in row else None,
        applied_at=sent,
        changed_at=at - timedelta(days=row.get("decided", row["days"])),
    )
