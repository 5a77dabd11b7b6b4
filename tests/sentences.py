"""Sentences that several tests ask Heia."""

from typing import Final

# No article answers it, and none is near, so that a colleague is offered.
UNKNOWN: Final = "sykkelpumpa er borte"
