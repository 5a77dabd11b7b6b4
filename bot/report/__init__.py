"""Reports of announcements as files: a CSV table of recipients and a chart of the delivery over time.

Entry point: ``files.Reports``. May import ``bot.content``, ``bot.images`` and the layers below, not channels or
``bot.app``.
"""
