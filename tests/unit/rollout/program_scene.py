"""Lillevik with health, a school with its own forum, and administration; Storvik; and the provider's own people."""

from dataclasses import replace
from datetime import date
from typing import Any

from dialogs.core.person import Role
from dialogs.rollout.software.feature import TIMERS, VERBS
from dialogs.rollout.software.model import Application
from dialogs.rollout.software.register.entry import ProgramEntry
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import LocalisedName, Municipality, Sector, Unit
from knowledge.software.program import Assessment, Program, ProgramStatus, ProgramUse
from knowledge.software.register import Forum, ProgramPlace, Register
from tests.unit.driver import Stage
from tests.unit.handoff.scene import person

SCHOOL_FORUM = Forum(sector=Sector.SCHOOL, own_list=True, line_manager=True, days=21, manager_days=7, months=12)
FULL = {"program": "WinRAR", "reason": "Pakke ut arkiv", "users": "Hele avdelingen", "personal_data": "no"}
NOTE = {Language.NB: "Merknad."}
ZOOM = Program(id="zoom", name="Zoom", assessments=(Assessment(status=ProgramStatus.REVIEW, note=NOTE),))
SIGNAL = Program(id="signal", name="Signal", assessments=(Assessment(status=ProgramStatus.APPROVED, note=NOTE),))


def organisation() -> Organisation:
    def unit(id_: str, parent: str, municipality: str = "lillevik", sector: Sector | None = None) -> Unit:
        names = LocalisedName(nb=id_.title())
        return Unit(id=id_, municipality_id=municipality, parent_id=parent, names=names, sector=sector)

    return Organisation.from_units(
        municipalities=[
            Municipality(id="lillevik", names=LocalisedName(nb="Lillevik kommune")),
            Municipality(id="storvik", names=LocalisedName(nb="Storvik kommune")),
            Municipality(id="drift", names=LocalisedName(nb="Driften"), provider=True),
        ],
        units=[
            unit("helse", "lillevik", sector=Sector.HEALTH),
            unit("nord", "helse"),
            unit("skole", "lillevik", sector=Sector.SCHOOL),
            unit("trinn", "skole"),
            unit("adm", "lillevik", sector=Sector.ADMINISTRATION),
            unit("bryggen", "storvik", "storvik", Sector.SCHOOL),
            unit("drift-it", "drift", "drift", Sector.ADMINISTRATION),
        ],
    )


def program_stage(*, programs: tuple[Program, ...] = (ZOOM, SIGNAL)) -> Stage:
    """Return a stage with askers, a school leader, reviewers of both forums, a contact and an administrator."""
    scene = Stage(organisation(), verbs=VERBS, timers=TIMERS)
    scene.content = replace(scene.content, register=Register.from_files(programs, (SCHOOL_FORUM, Forum())))
    scene.put(
        person("kari", "nord", registered=True),
        person("nils", "nord", registered=True),
        person("lars", "trinn", registered=True),
        person("lea", "skole", Role.LEADER),
        person("rita", "skole", Role.REVIEWER),
        person("rune", "skole", Role.REVIEWER),
        person("gro", "adm", Role.REVIEWER),
        person("gunn", "adm", Role.REVIEWER),
        person("kim", "adm", Role.CONTACT),
        person("ada", "adm", Role.ADMIN),
        person("siv", "bryggen", Role.REVIEWER, Role.CONTACT, municipality_id="storvik", registered=True),
        person("dina", "drift-it", Role.REVIEWER, municipality_id="drift", registered=True),
    )
    return scene


def applied(scene: Stage, who: str = "kari", **data: Any) -> Application:
    """Let a person apply, and return the application."""
    before = {each.id for each in scene.all(Application)}
    outcome = scene.press(who, "software.send", **{**FULL, **data})
    [new] = [each for each in scene.all(Application) if each.id not in before] or [outcome.notice]
    assert isinstance(new, Application), new
    return new


def published(scene: Stage) -> Register:
    """Let the register have the store's changes, as every process does within a second."""
    changes = [each.to_change() for each in scene.all(ProgramEntry)]
    scene.content = replace(scene.content, register=scene.content.register.with_changes(changes))
    return scene.content.register


def status_of(
    scene: Stage,
    name: str,
    *,
    municipality: str = "lillevik",
    sector: Sector | None = Sector.HEALTH,
    use: ProgramUse = ProgramUse.STAFF,
    day: date = date(2026, 11, 25),
) -> str | None:
    """Return the status of a program at a place."""
    register = published(scene)
    [program] = register.called(name, municipality)
    place = ProgramPlace(municipality_id=municipality, sector=sector, use=use)
    return register.standing_of(program, place).status_on(day)
