"""The ambassador network: joining, settings, worklist, nearest ambassador, recognition, tips.

Entry points are ``feature.VERBS`` and ``feature.TIMERS``.
"""
