"""Words that are spelled right in Bokmål, Nynorsk or English, kept as hashes: 4 MB where the words would take 120.

The words are those of simplemma's dictionaries (see ``data/NOTICE``). A hash has 32 bits, so one wrong word in five
thousand passes for right; it is then left as it was typed.
"""

import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

FILE: Final = "known.u32"
SPEAKERS_FILE: Final = "known.u8"

SPEAKERS: Final = ("nb", "nn", "en")
"""The dictionaries, in the order of their bits."""

Hashes = NDArray[np.uint32]
Bits = NDArray[np.uint8]

_SPOKEN: Final = tuple(
    frozenset(language for bit, language in enumerate(SPEAKERS) if bits >> bit & 1)
    for bits in range(1 << len(SPEAKERS))
)


@cache
def known_words() -> tuple[Hashes, Bits]:
    """Return the hashes of all known words, sorted, and whose dictionaries hold each. The files are read once."""
    folder = files("knowledge.language") / "lexicon" / "data"
    hashes = np.frombuffer((folder / FILE).read_bytes(), dtype="<u4")
    return hashes, np.frombuffer((folder / SPEAKERS_FILE).read_bytes(), dtype=np.uint8)


def speakers(word: str) -> frozenset[str]:
    """Return the languages, of nb, nn and en, whose dictionaries hold a lower-case word."""
    hashes, bits = known_words()
    wanted = hash_of(word)
    at = int(hashes.searchsorted(np.uint32(wanted)))
    return _SPOKEN[int(bits[at])] if at < len(hashes) and int(hashes[at]) == wanted else _SPOKEN[0]


def is_known(word: str) -> bool:
    """Say whether a lower-case word is in a dictionary."""
    return bool(speakers(word))


def hash_of(word: str) -> int:
    """Return the 32 bits that stand for a word."""
    return zlib.crc32(word.encode())


def pack(words: Mapping[str, Iterable[str]]) -> tuple[Hashes, Bits]:
    """Return the content of the two files for the words of each language."""
    found: dict[int, int] = {}
    for bit, language in enumerate(SPEAKERS):
        for word in words[language]:
            found[hash_of(word)] = found.get(hash_of(word), 0) | 1 << bit
    hashes = np.array(sorted(found), dtype="<u4")
    return hashes, np.array([found[int(each)] for each in hashes], dtype=np.uint8)
