"""Channels to users: Teams and the web chat.

Each implements ``bot.ports.Channel`` and hands events to an ``Inbox``. May import every package of ``bot`` but
``bot.app``.
"""
