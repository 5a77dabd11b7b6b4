"""Delivery of messages from the outbox, rate limits and timers.

Entry point: ``setup.make_delivering``. May import ``bot.content`` and the layers below it, not channels or ``bot.app``.
"""
