"""Verbs, timers and records of the register of programs and its applications."""

from typing import Final

from dialogs.core.feature import Feature, Verbs
from dialogs.core.review import Exempt, ReviewGround
from dialogs.rollout.software.apply import flow as apply
from dialogs.rollout.software.assess import editing, importing
from dialogs.rollout.software.decide import case, deciding, managing, reviewing
from dialogs.rollout.software.lookup import flow as lookup
from dialogs.rollout.software.lookup import interests
from dialogs.rollout.software.model import Application, ProgramInterest
from dialogs.rollout.software.register.entry import ProgramEntry, RegisterEdition

VERBS: Final[Verbs] = {
    **lookup.VERBS,
    **apply.VERBS,
    **managing.VERBS,
    **reviewing.VERBS,
    **deciding.VERBS,
    **editing.VERBS,
    **importing.VERBS,
}
TIMERS: Final[Verbs] = {**case.TIMERS, **interests.TIMERS}
FEATURE: Final = Feature(
    verbs=VERBS,
    timers=TIMERS,
    records=(Application, ProgramInterest, ProgramEntry, RegisterEdition),
    answers=("software",),
    exempt={
        "software.ask": Exempt(ReviewGround.SEARCH),
        "software.apply": Exempt(ReviewGround.SEARCH),
        "software.send": Exempt(ReviewGround.HELD),
        "software.import": Exempt(ReviewGround.FILE),
    },
)
