"""Sending an announcement page by page, progress, corrections and recall."""
