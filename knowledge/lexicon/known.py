"""Words that are spelled right in Bokmål, Nynorsk or English, kept as hashes: 3 MB where the words would take 120.

The words are those of simplemma's dictionaries (see ``data/NOTICE``). A hash has 32 bits, so one wrong word in five
thousand passes for right; it is then left as it was typed.
"""

import zlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

FILE: Final = "known.u32"

Hashes = NDArray[np.uint32]


@cache
def known_hashes() -> Hashes:
    """Return the hashes of all known words, sorted. They lie in a file of the package, read once."""
    data = (files("knowledge") / "lexicon" / "data" / FILE).read_bytes()
    return np.frombuffer(data, dtype="<u4")


def is_known(word: str) -> bool:
    """Say whether a lower-case word is in a dictionary."""
    hashes = known_hashes()
    wanted = hash_of(word)
    at = int(np.searchsorted(hashes, np.uint32(wanted)))
    return at < len(hashes) and int(hashes[at]) == wanted


def hash_of(word: str) -> int:
    """Return the 32 bits that stand for a word."""
    return zlib.crc32(word.encode())


def hashes_of(words: Iterable[str]) -> Hashes:
    """Return the file's content for these words: sorted, each once."""
    return np.unique(np.fromiter((hash_of(word) for word in words), dtype="<u4"))
