"""The store in memory: the reference for tests, and the state the tiny store makes durable."""
