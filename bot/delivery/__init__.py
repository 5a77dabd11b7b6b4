"""Delivery of messages from the outbox: claim, send within the rate limits, store the outcome, ring timers.

Entry point: ``setup.make_delivering``. May import ``bot.content`` and the layers below it, not channels or ``bot.app``.
"""
