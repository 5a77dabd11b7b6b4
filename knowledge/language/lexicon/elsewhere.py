"""Encyclopaedia questions: calibration learns from them how a far-away question scores."""

from __future__ import annotations

from knowledge.language.lexicon.tables import lines

ELSEWHERE = tuple(lines("elsewhere.txt"))
