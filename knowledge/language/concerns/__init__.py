"""Concerns: content a colleague may not need to see.

The author gets a warning before sending.

Entry point: ``concerns_in``. It masks, changes and stores nothing. May import ``masking`` (digits and labels) and
``lexicon`` (dictionaries) of ``knowledge.language``.
"""

from knowledge.language.concerns.concern import Concern, concerns_in

__all__ = ["Concern", "concerns_in"]
