"""Images that people send: checked, cleaned, and kept only as long as their record.

Entry points: ``intake.Intake`` and ``intake.ImageRetention``. May import ``bot.budget``, ``bot.ports``,
``bot.records`` and ``bot.turn.repeated_acts``.
"""
