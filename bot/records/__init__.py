"""Records in the store as JSON bodies, and the answers to the queries of a flow.

Entry points: ``codec`` and ``query_answering``. May import ``bot.ports`` and nothing else of ``bot``.
"""
