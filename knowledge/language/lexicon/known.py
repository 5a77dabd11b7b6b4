"""Correctly spelled words of Bokmål, Nynorsk and English, as hashes: 4 MB instead of 120 MB.

The words come from simplemma's dictionaries (see ``data/NOTICE``). A hash has 32 bits, so about one misspelt word in
5,000 counts as correct; it is then left unchanged.
"""

import zlib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

FILE: Final = "known.u32"
SPEAKERS_FILE: Final = "known.u8"

# The dictionaries, in the order of their bits.
SPEAKERS: Final = ("nb", "nn", "en")

Hashes = NDArray[np.uint32]
Bits = NDArray[np.uint8]

_SPOKEN: Final = tuple(
    frozenset(language for bit, language in enumerate(SPEAKERS) if bits >> bit & 1)
    for bits in range(1 << len(SPEAKERS))
)


@cache
def known_words() -> tuple[Hashes, Bits]:
    """Return the sorted hashes of all known words, and per hash the bits of its dictionaries. Reads the files once."""
    folder = files("knowledge.language") / "lexicon" / "data"
    hashes = np.frombuffer((folder / FILE).read_bytes(), dtype="<u4")
    return hashes, np.frombuffer((folder / SPEAKERS_FILE).read_bytes(), dtype=np.uint8)


# As many words as a language uses often: the languages of a word are asked for several times a message.
@lru_cache(maxsize=1 << 14)
def speakers(word: str) -> frozenset[str]:
    """Return the languages (nb, nn, en) with a lower-case word in their dictionary."""
    hashes, bits = known_words()
    wanted = hash_of(word)
    at = int(hashes.searchsorted(np.uint32(wanted)))
    return _SPOKEN[int(bits[at])] if at < len(hashes) and int(hashes[at]) == wanted else _SPOKEN[0]


def is_known(word: str) -> bool:
    """Return whether a lower-case word is in a dictionary."""
    return bool(speakers(word))


def hash_of(word: str) -> int:
    return zlib.crc32(word.encode())
