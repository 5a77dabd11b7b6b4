"""The desk: pages for the service's staff. Entry point: ``routes.Desk``; the pages are in ``table.PAGES``.

A page reads by a view (``dialogs.core.speaker``) and writes by the verbs of the chat. May import the other parts of the
web channel, but not ``chat``.
"""
