"""The store for several processes: PostgreSQL 14 or newer.

Entry points: ``store.PostgresStore``, ``connection.migrate``. May import ``bot.ports``, ``bot.support``, the shared
modules of ``bot.stores`` and, for shared types, ``bot.stores.memory.state`` and ``record_index``.
"""
