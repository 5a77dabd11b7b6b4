"""Web sign-in records: sessions, one-time links, and hashes of former employees.

Entry points: `model` (records) and `flow.end_sessions`. May import `core` only.
"""
