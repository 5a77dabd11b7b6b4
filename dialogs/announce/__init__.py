"""Announcements: write, approve, send to an exact audience, correct, recall, report.

Entry points are ``feature.VERBS`` for buttons and commands and ``feature.TIMERS`` for timers.
"""
