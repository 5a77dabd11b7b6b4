"""Owed messages become delivered ones: claimed, sent at the pace the service allows, and settled."""
