"""Stores for records, deliveries and timers: in memory, TinyDB and PostgreSQL.

Entry points: ``tiny.store.TinyStore``, ``postgres.store.PostgresStore``, ``memory.store.MemoryStore``. May import
``bot.ports``, ``bot.support`` and ``dialogs.core``. The only package that may import a database library.
"""
