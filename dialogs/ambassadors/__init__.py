"""The ambassador network: joining, settings, worklist, nearest ambassador, recognition, tips.

Entry points are ``flow.VERBS`` and ``flow.TIMERS``.
"""
