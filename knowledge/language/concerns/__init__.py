"""Concerns: content a colleague may not need to see.

The author gets a warning before sending.

Entry points: ``concerns_in`` for askers, ``concerns_in_advice`` for helpers. They mask, change and store nothing. May
import ``masking`` (digits and labels) and ``lexicon`` (dictionaries) of ``knowledge.language``.
"""

from knowledge.language.concerns.concern import Concern, concerns_in, concerns_in_advice

__all__ = ["Concern", "concerns_in", "concerns_in_advice"]
