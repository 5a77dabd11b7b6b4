"""Erasure beyond a person's own records: remove the id from records of others, prove the result.

Entry points: ``redaction.Redaction`` and ``proof.prove_erasure``. May import ``bot.records``, ``bot.ports``,
``bot.signin`` and ``bot.stores.words``, for the search of words.
"""
