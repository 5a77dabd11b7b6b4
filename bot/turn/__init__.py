"""One turn: identify the sender, let a flow decide, commit, send the replies.

Entry point: ``runtime.Runtime``. May import ``bot.ports``, ``bot.records``, ``bot.signin`` and ``bot.support``, and the
``dialogs`` and ``knowledge`` packages; no channel and no concrete store.
"""
