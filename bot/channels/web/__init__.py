"""The web chat on the organisation's own server.

Entry point: ``chat.endpoint.WebChat``; ``signin`` has the login routes, ``page`` serves both.
"""
