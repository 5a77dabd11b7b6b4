"""Place names, as lower-case words. The table is ``data/places.txt``."""

from __future__ import annotations

from typing import Final

from knowledge.language.lexicon.tables import lines

PLACES: Final = frozenset(word for line in lines("places.txt") for word in line.split())
