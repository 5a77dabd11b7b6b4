"""Concerns: what a text holds that a colleague may not need to see; its writer is warned before it is sent.

Entry point: ``concerns_in``. Nothing is masked, changed or kept here. Pure; uses the digits and labels of
``knowledge.masking`` and the dictionaries of ``knowledge.lexicon``.
"""

from knowledge.concerns.concern import Concern, concerns_in

__all__ = ["Concern", "concerns_in"]
