"""Handoff: route an unanswered question to a colleague and bring the answer back.

Entry points: `flow.VERBS` (card presses), `flow.TIMERS` (timers) and `flow.talk` (relayed chat messages). May import
`profile`, `announce`, `availability`, `signin` and `core` of `dialogs`, and `knowledge`.
"""
