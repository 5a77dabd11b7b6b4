"""Tokenise text by the likeliest split of each word (Kudo 2018, unigram language model)."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, overload

# First character of a token that begins a word.
_SPACE: Final = "\u2581"

_WORD = re.compile(r" [^ ]*")

# Log-likelihood penalty of a character outside the vocabulary, relative to the rarest token.
_UNLIKELY: Final = 10.0

_IMPOSSIBLE: Final = float("-inf")

# Text in Latin letters, with usual punctuation and the mark of a word's start, as UTF-8. Only tokens of these occur in
# it: two in five of the model's.
_LATIN: Final = re.compile(rb"(?:[\x00-\x7f]|[\xc2-\xc9].|\xe2(?:[\x80-\x81].|\x96\x81))*", re.DOTALL)


class PackedPieces(Sequence[bytes]):
    """Tokens in one text, each a separate string only while used."""

    def __init__(self, text: bytes, bounds: Sequence[int]) -> None:
        """Take the joined tokens, and where each begins and the last ends."""
        self._text, self._bounds = text, bounds

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[bytes]: ...
    def __getitem__(self, at: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        return self._text[self._bounds[at] : self._bounds[at + 1]]

    def __iter__(self) -> Iterator[bytes]:
        return (self._text[start:end] for start, end in pairwise(self._bounds))


class Pieces:
    """A vocabulary. No token crosses a space, so each word is split by itself."""

    def __init__(
        self, pieces: Sequence[bytes], scores: Sequence[float], *, unknown: int, normal: Mapping[int, str]
    ) -> None:
        """Take tokens in UTF-8, their log-likelihoods, and the replacements of single characters."""
        self._pieces = pieces
        self._scores = scores
        self._unknown = unknown
        # By Latin token its number; all would take 35 MB. The others are looked up in order, once one is asked for.
        self._latin = {
            piece: number for number, piece in enumerate(pieces) if number != unknown and _LATIN.fullmatch(piece)
        }
        self._ordered: Sequence[int] = ()
        self._normal = normal
        self._longest = max(map(len, pieces))
        self._fallback = min(scores) - _UNLIKELY

    def tokenize(self, text: str) -> list[int]:
        """Return the token ids of a text, in order."""
        spaced = " " + text.translate(self._normal)
        return [
            number
            for word in _WORD.findall(re.sub(" +", " ", spaced))
            for number in self._tokenize_word(_SPACE + word[1:])
        ]

    def _tokenize_word(self, word: str) -> list[int]:
        letters = [letter.encode("utf-8", "replace") for letter in word]
        number_of = self._latin.get if _LATIN.fullmatch(b"".join(letters)) else self._find
        best = [0.0] + [_IMPOSSIBLE] * len(letters)
        steps: list[tuple[int, int]] = [(0, self._unknown)] * (len(letters) + 1)
        for start in range(len(letters)):
            so_far = best[start]
            if so_far + self._fallback > best[start + 1]:
                best[start + 1] = so_far + self._fallback
                steps[start + 1] = (start, self._unknown)
            piece = b""
            for end in range(start, len(letters)):
                piece += letters[end]
                if len(piece) > self._longest:
                    break
                number = number_of(piece)
                if number is not None and so_far + self._scores[number] > best[end + 1]:
                    best[end + 1] = so_far + self._scores[number]
                    steps[end + 1] = (start, number)
        pieces = []
        at = len(letters)
        while at:
            at, number = steps[at]
            pieces.append(number)
        return pieces[::-1]

    def _find(self, piece: bytes) -> int | None:
        """Return the number of a token in any letters."""
        if piece in self._latin:
            return self._latin[piece]
        if not self._ordered:
            others = (number for number, token in enumerate(self._pieces) if token not in self._latin)
            self._ordered = array("I", sorted(others, key=self._pieces.__getitem__))
        at = bisect_left(self._ordered, piece, key=self._pieces.__getitem__)
        number = self._ordered[at] if at < len(self._ordered) else self._unknown
        return number if number != self._unknown and self._pieces[number] == piece else None
