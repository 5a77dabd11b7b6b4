"""Concerns: what a text holds that a colleague may not need to see; its writer is warned before it is sent.

Entry point: ``concerns_in``. Nothing is masked, changed or kept here. Pure; uses the digits and labels of
``knowledge.language.masking`` and the dictionaries of ``knowledge.language.lexicon``.
"""

from knowledge.language.concerns.concern import Concern, concerns_in

__all__ = ["Concern", "concerns_in"]
