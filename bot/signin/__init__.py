"""Web sign-in: sessions and one-time links in the store, and marks of former members.

Start at ``Sessions`` (start, find, list, end) and ``Links``. Imports ports, codec and records; no channel.
"""
