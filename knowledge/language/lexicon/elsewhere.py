"""Encyclopaedia questions; calibration learns the scores of unrelated questions from them."""

from __future__ import annotations

from knowledge.language.lexicon.tables import lines

ELSEWHERE = tuple(lines("elsewhere.txt"))
