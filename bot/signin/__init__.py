"""Web sign-in: sessions and one-time links in the store, and marks of former members.

Entry points: ``Sessions`` (start, find, list, end), ``Links`` and ``FormerMarks``. May import ``bot.ports`` and
``bot.records``; no channel.
"""
