"""Helpers as handoffs need them: profile, registry, topics, worklist.

Entry point: `registry.registry_of`. May import `core` only.
"""
