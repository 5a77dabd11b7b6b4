"""Rehearsal: which answers a change of the articles makes better or worse, before it is published.

Entry point: `page`, and `flow.FEATURE` for people's verdicts. May import unanswered, editing, ask and core.
"""
