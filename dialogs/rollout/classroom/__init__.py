"""Classroom courses: sessions with seats and a waiting list, sign-up, invitations, reminders, attendance.

``roster.py`` decides on seats, ``commit.py`` turns a changed roster into records, cards and the next timer. Entry
points: ``feature.FEATURE`` and the views of ``views.py``. May import ``dialogs.rollout.learn`` for completed modules.
"""
