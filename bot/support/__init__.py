"""Small tools for the layers above: waiting, supervision of loops, health of dependencies.

Entry points: ``wait_or_stop``, ``Supervisor``, ``Dependencies``. May import ``bot.ports`` and nothing else of ``bot``.
"""
