"""Look-up of a program by name or purpose, and notice to people who asked before there was a decision."""
