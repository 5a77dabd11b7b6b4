"""Matching utterances to articles. Entry point: ``matcher.Matcher``."""
