"""A register of up to 5,000 programs, the same at every run: well-known programs, and invented ones."""

import csv
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import yaml

from knowledge.article.article import Language
from knowledge.organisation.unit import Sector
from knowledge.software.program import Assessment, PersonalData, Program, ProgramStatus, ProgramUse

FOLDER: Final = Path(__file__).parent / "data" / "programs"
SIZE: Final = 5_000
TODAY: Final = date(2026, 11, 27)
TASK: Final = "task:"

_STATUSES: Final = (*[ProgramStatus.APPROVED] * 5, *[ProgramStatus.CONDITIONS] * 2, *list(ProgramStatus)[2:])


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRequest:
    """What a person wrote, and the ids of the programs that are right."""

    text: str
    right: frozenset[str]


def register_programs(size: int = SIZE) -> tuple[Program, ...]:
    """Return ``size`` programs, the well-known ones first."""
    return tuple(program for program, _ in _labelled(size))


def requests(name: str = "requests.csv", size: int = SIZE) -> tuple[ProgramRequest, ...]:
    """Return the requests of a file; for a task every program with that task is right."""
    of_task: dict[str, set[str]] = {}
    for program, tasks in _labelled(size):
        for task in tasks:
            of_task.setdefault(TASK + task, set()).add(program.id)
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    found = (line.rsplit(";", 1) for line in lines)
    return tuple(
        ProgramRequest(
            text=text, right=frozenset(id_ for each in right.split("|") for id_ in of_task.get(each, {each}))
        )
        for text, right in found
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _labelled(size: int) -> list[tuple[Program, tuple[str, ...]]]:
    rng = random.Random(f"programs/{size}")
    parts = yaml.safe_load((FOLDER / "invented.yaml").read_text(encoding="utf-8"))
    tasks = {row["id"]: row for row in _rows("tasks.csv")}
    found: list[tuple[Program, tuple[str, ...]]] = []
    for row in _rows("known.csv")[:size]:
        own = tuple(row["tasks"].split("|"))
        program = Program(
            id=row["id"],
            name=row["name"],
            vendor=row["vendor"],
            aliases=tuple(filter(None, row["aliases"].split("|"))),
            purpose=_purpose([tasks[task] for task in own], rng),
            personal_data=rng.choice(list(PersonalData)),
            assessments=_assessments(rng),
        )
        found.append((program, own))
    taken = {program.name for program, _ in found}
    while len(found) < size:
        name = "".join(rng.choice(parts[each]) for each in ("first", "last", "more"))
        if name in taken:
            continue
        taken.add(name)
        task = rng.choice(list(tasks)) if rng.random() < 0.15 else ""
        who = rng.choice(parts["who"])
        nb = tasks[task]["nb"] if task else " ".join(rng.choice(parts[each]) for each in ("work", "thing"))
        program = Program(
            id=f"program-{len(found)}",
            name=name,
            vendor=f"{rng.choice(parts['first'])} {rng.choice(('AS', 'Systemer', 'Software'))}",
            purpose={Language.NB: f"{nb} {who}".strip()},
            personal_data=rng.choice(list(PersonalData)),
            assessments=_assessments(rng),
        )
        found.append((program, (task,) if task else ()))
    return found


def _purpose(tasks: list[dict[str, str]], rng: random.Random) -> dict[Language, str]:
    """Return the purpose in Bokmål, and in two of three registers also in Nynorsk and English."""
    languages = list(Language) if rng.random() < 0.6 else [Language.NB]
    return {language: ". ".join(task[language] for task in tasks) for language in languages}


def _assessments(rng: random.Random) -> tuple[Assessment, ...]:
    keys: list[tuple[Sector | None, ProgramUse]] = [(None, ProgramUse.STAFF)]
    if rng.random() < 0.3:
        keys += [(Sector.SCHOOL, ProgramUse.STAFF), (Sector.SCHOOL, ProgramUse.PUPILS)]
    return tuple(_assessment(rng, sector, use) for sector, use in keys)


def _assessment(rng: random.Random, sector: Sector | None, use: ProgramUse) -> Assessment:
    status = rng.choice(_STATUSES)
    assessed = TODAY - timedelta(days=rng.randrange(600))
    return Assessment(
        status=status,
        sector=sector,
        use=use,
        note={Language.NB: "Hentes i Firmaportalen."},
        assessed=assessed,
        review_by=max(assessed, TODAY + timedelta(days=rng.randrange(-30, 700))),
    )
