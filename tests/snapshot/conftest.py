"""Fixtures of snapshots: the cards of a dialog as people see them, in three languages."""

from tests.snapshot.stages import snapshot, stages

__all__ = ["snapshot", "stages"]
