"""The default store: TinyDB in the data folder, for one process.

Entry point: ``store.TinyStore``. May import ``bot.ports``, ``bot.support``, ``bot.stores.document`` and
``bot.stores.memory``.
"""
