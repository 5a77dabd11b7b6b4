"""Dialogs: the use cases of the bot, as flows that decide and return values. No I/O.

Entry point: ``router.route``. May import `knowledge`; must not import `bot`. The layers between the packages are listed
in `pyproject.toml`.
"""
