"""The audit log's retention, signed heads and verification.

Entry points: ``retention.AuditRetention``. May import ``bot.records``, ``bot.stores.document``, ``bot.support`` and
``bot.ports``, and ``dialogs``.
"""
