"""Web sign-in records: sessions, one-time links, and hashes of former employees.

Entry points: `model` (records) and `ending.end_sessions`. May import `core` only.
"""
