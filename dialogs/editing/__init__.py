"""Articles that editors write in the store: drafts, publications, history, retirement, and what readers get.

Entry point: ``feature.FEATURE``; the desk reads through ``listing``, ``reading`` and ``history``. May import ask,
insight, handoff and the packages below.
"""
