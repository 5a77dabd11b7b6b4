"""Records in the store: JSON bodies, and the answers to the queries of a flow. May import ports only."""
