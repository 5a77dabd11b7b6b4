"""Erasure beyond a person's own records: find mentions of an id, remove them from others' records, prove the result.

Entry points: ``mentions.mentions``, ``redaction.Redaction`` and ``proof.prove``. May import ``bot.records``,
``bot.ports``, ``bot.signin`` and ``bot.stores.memory.state``, for the names of tables.
"""
