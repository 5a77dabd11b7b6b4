"""Verbs of the timeline."""

from typing import Final

from dialogs.core.feature import Feature
from dialogs.rollout.timeline.model import PlanChange, PlanEntry

FEATURE: Final = Feature(records=(PlanEntry, PlanChange))
