"""The Teams channel over the Bot Framework; the only package that imports botbuilder.

Entry point: ``setup.open_teams``.
"""
