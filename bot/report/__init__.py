"""Reports of announcements and the plan as files, and the nightly closing of statistics and themes.

Entry point: ``files.Reports``. May import ``bot.content``, ``bot.images`` and the layers below, not channels or
``bot.app``.
"""
