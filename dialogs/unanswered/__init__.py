"""Unanswered questions for editors: grouped into themes, and the decisions of editors.

Entry point: `flow.FEATURE`; the desk reads through `themes`. May import editing, ask, handoff and core.
"""
