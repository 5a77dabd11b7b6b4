"""Invented data to try Heia on: a year of traffic, and applications for programs.

Entry points: ``year.write_year`` and ``applications.load_applications``.
"""
