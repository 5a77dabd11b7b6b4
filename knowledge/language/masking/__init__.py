"""Masking: numbers of people and money are taken out of a text before it is stored, logged or forwarded.

Entry point: ``mask``. Pure; imports nothing of Heia. ``digits`` reads the digits of a text however they are written,
``labels`` finds the words that name a number, ``identity``, ``money`` and ``iban`` find one kind of number each.
"""

from knowledge.language.masking.masked import MASKS, MaskedText, cut, is_costly, mask
from knowledge.language.masking.span import Secret

__all__ = ["MASKS", "MaskedText", "Secret", "cut", "is_costly", "mask"]
