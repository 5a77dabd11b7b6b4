"""Editing of articles in the store."""
