"""Concerns: content another person may not need to see.

The author gets a warning before sending.

Entry points: ``concerns_in`` for every text that reaches another person, ``is_sensitive_term`` for a term without its
sentence. They mask, change and store nothing. May import ``masking`` (digits and labels) and ``lexicon`` (dictionaries)
of ``knowledge.language``.
"""

from knowledge.language.concerns.concern import Concern
from knowledge.language.concerns.detection import concerns_in, is_sensitive_term

__all__ = ["Concern", "concerns_in", "is_sensitive_term"]
