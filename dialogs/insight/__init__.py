"""Statistics of closed weeks and months: counting, suppression, and the overview of a span.

Entry points: ``closing`` for the nightly job, ``overview`` for cards and pages. May import ``rollout``, ``ambassadors``
and the packages below.
"""
