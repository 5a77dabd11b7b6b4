"""Alerts outside the pages, and the mail server that gets them."""
