"""Verbs of the timeline."""

from typing import Final

from dialogs.core.feature import Feature, Verbs
from dialogs.rollout.timeline import editing
from dialogs.rollout.timeline.answer import WHEN, show_unit_plan
from dialogs.rollout.timeline.model import PlanChange, PlanEntry

VERBS: Final[Verbs] = {WHEN: show_unit_plan, **editing.VERBS}
FEATURE: Final = Feature(
    verbs=VERBS, records=(PlanEntry, PlanChange), answers=("timeline",), open_until_removal=("timeline.when",)
)
