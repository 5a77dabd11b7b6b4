"""Handoff: route an unanswered question to a colleague and bring the answer back.

Entry points: `feature.VERBS` (card presses), `feature.TIMERS` (timers) and `talking.talk` (relayed messages). May
import `profile`, `announce`, `availability`, `signin` and `core` of `dialogs`, and `knowledge`.
"""
