"""Announcements: write, approve, send to an exact audience, correct, recall, report.

Entry points are ``flow.VERBS`` for buttons and commands and ``flow.TIMERS`` for timers.
"""
