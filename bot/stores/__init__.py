"""Stores for records, deliveries and timers: in memory, TinyDB, PostgreSQL, and the running bot's over a socket.

Entry points: ``tiny.store.TinyStore``, ``postgres.store.PostgresStore``, ``memory.store.MemoryStore``,
``remote.store.RemoteStore``. May import ``bot.ports``, ``bot.support`` and ``dialogs.core``. The only package that may
import a database library.
"""
