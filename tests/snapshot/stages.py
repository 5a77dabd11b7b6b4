"""Towns to take snapshots of, one a language; import `snapshot` and `stages` in a conftest to use them."""

from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from dialogs.core.milestone import Milestone
from dialogs.core.person import Person
from dialogs.router import TIMERS
from dialogs.router import VERBS as ROUTER_VERBS
from dialogs.welcome.flow import arrive
from knowledge.article.article import Language
from knowledge.learning.curriculum import Curriculum
from knowledge.learning.module import LearningModule
from knowledge.software.program import Assessment, Program, ProgramStatus
from knowledge.software.register import Register
from tests.snapshot.seen import Watched
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff import scene

VERBS = {**ROUTER_VERBS, "arrive": arrive}


class Outline(SingleFileSnapshotExtension):
    """A snapshot as a text file."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(Outline)


@pytest.fixture
def stages() -> Watched:
    return Watched({language: reading(language) for language in Language})


def ruled(id_: str, name: str, status: ProgramStatus, note: str, *aliases: str) -> Program:
    """Return a program with a status for all."""
    assessment = Assessment(status=status, note={Language.NB: note})
    return Program(id=id_, name=name, aliases=aliases, assessments=(assessment,))


def reading(language: Language) -> Stage:
    """Return the town of the handoff tests with everybody reading ``language``, and a newcomer."""
    town = scene.stage(verbs=VERBS, timers=TIMERS)
    town.content = replace(
        town.content,
        register=Register.from_files(
            (
                ruled("7-zip", "7-Zip", ProgramStatus.APPROVED, "Firmaportalen.", "zip"),
                ruled("dropbox", "Dropbox", ProgramStatus.REJECTED, "Ingen avtale."),
                ruled("zoom", "Zoom", ProgramStatus.REVIEW, "Vurderes."),
            )
        ),
        curriculum=Curriculum().with_modules(
            (
                LearningModule(
                    id="safe",
                    title={Language.NB: "Trygg pålogging"},
                    minutes=10,
                    topics=("mfa",),
                    url="https://courses.example/safe",
                ),
                LearningModule(
                    id="one", title={Language.NB: "Ett"}, minutes=1, topics=(), url="https://courses.example/one"
                ),
            )
        ),
        milestones=(Milestone(date="2020-10-21", what={Language.NB: "Siden ble endret."}),),
    )
    for person in town.all(Person):
        town.put(replace(person, language=language))
    town.put(Person(id="nina", name="Nina Ny", object_id="nina", language=language, created_at=TUESDAY))
    return town
