"""Commands of ``heia``, one module each, loaded by ``bot.app.cli``. May import every other package of ``bot``."""
