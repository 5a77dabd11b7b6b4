"""The HTTP edge: connections, source addresses, hosts and headers, before any handler sees a request.

Entry points: ``GuardedRunner`` (connections), ``SourceRule`` (where a request comes from), ``AddressGate`` and
``only_host`` (middlewares), ``add_security_headers``. May import ``bot.budget`` and ``bot.ports``; a channel may import
``bot.edge.source`` only.
"""
