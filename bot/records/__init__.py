"""Records as JSON bodies, and answers to a flow's queries.

Entry points: ``codec`` and ``query_answering``. May import ``bot.ports`` and nothing else of ``bot``.
"""
