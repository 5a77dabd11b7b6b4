"""The HTTP edge: connections, source addresses, hosts and headers, before any handler sees a request.

Entry points: ``GuardedRunner`` (connections), ``SourceRule`` (source address of a request), ``AddressGate`` and
``only_host`` (middlewares), ``add_security_headers``. May import ``bot.budget``, ``bot.ports`` and ``bot.settings``; a
channel may import ``bot.edge.source`` only.
"""
