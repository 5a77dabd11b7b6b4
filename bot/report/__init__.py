"""Reports of announcements: CSV table and delivery chart.

Entry point: ``files.Reports``. May import ``bot.content``, ``bot.images`` and the layers below, not channels or
``bot.app``.
"""
