"""Helpers as hand-off needs them: profile, registry, topics, worklist. May import core only."""
