"""The web chat on the organisation's own server."""
