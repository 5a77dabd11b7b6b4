"""The in-memory store: the reference for tests, and the state that the tiny store makes durable.

Entry points: ``store.MemoryStore``, ``state.StoreState``. May import ``bot.ports``, ``bot.stores.copy``,
``bot.stores.document`` and ``bot.stores.slot``.
"""
