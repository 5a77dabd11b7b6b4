"""The plan of the rollout: milestones of files and of the desk, for people, calendars and pictures.

Entry points: ``plan.plan_for`` (what concerns a person), ``feature.FEATURE`` (verbs) and ``views`` (the desk). May
import ``dialogs.announce`` and the layers below it; of the rollout, only the status is above.
"""
