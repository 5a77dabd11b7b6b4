"""Small tools for every layer above: waiting, supervision, the health of dependencies. May import ports only."""
