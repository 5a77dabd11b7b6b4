"""The running bot: channels, stores, delivery, settings and the command line.

Entry point: ``bot.app.cli``. May import ``dialogs`` and ``knowledge``; its packages are layered (see pyproject.toml).
"""
