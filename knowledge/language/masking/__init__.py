"""Masking: remove personal and financial numbers before a text is stored, logged or forwarded.

Entry points: ``mask``; ``last_digits``, ``continues`` and ``mask_rest`` for a number split over two messages. Pure;
imports no other Heia package. ``digits`` extracts digits in any notation, ``labels`` finds words that name a number;
``identity`` and ``money`` find the numbers.
"""

from knowledge.language.masking.digits import Secret
from knowledge.language.masking.masked import MASKS, MaskedText, cut, is_costly, mask
from knowledge.language.masking.split import continues, last_digits, mask_rest

__all__ = ["MASKS", "MaskedText", "Secret", "continues", "cut", "is_costly", "last_digits", "mask", "mask_rest"]
