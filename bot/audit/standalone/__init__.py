"""The verifier for outsiders: one file that runs alone, with Python's standard library only."""
