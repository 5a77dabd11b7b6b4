"""Invented data to try Heia on: a year of traffic, applications for programs, and classroom sessions.

Entry points: ``year.write_year``, ``applications.load_applications`` and ``classes.load_classes``.
"""
