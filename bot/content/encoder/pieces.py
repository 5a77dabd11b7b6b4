"""Tokenise text by the likeliest split of each word (Kudo 2018, unigram language model)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

# First character of a token that begins a word.
_SPACE: Final = "\u2581"

_WORD = re.compile(r" [^ ]*")

# Log-likelihood penalty of a character outside the vocabulary, relative to the rarest token.
_UNLIKELY: Final = 10.0

_IMPOSSIBLE: Final = float("-inf")


class Pieces:
    """A vocabulary. No token crosses a space, so each word is split by itself."""

    def __init__(
        self, pieces: Sequence[bytes], scores: Sequence[float], *, unknown: int, normal: Mapping[int, str]
    ) -> None:
        """Take tokens in UTF-8, their log-likelihoods, and the replacements of single characters."""
        self._numbers = {piece: number for number, piece in enumerate(pieces) if number != unknown}
        self._scores = scores
        self._unknown = unknown
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
                number = self._numbers.get(piece)
                if number is not None and so_far + self._scores[number] > best[end + 1]:
                    best[end + 1] = so_far + self._scores[number]
                    steps[end + 1] = (start, number)
        found = []
        at = len(letters)
        while at:
            at, number = steps[at]
            found.append(number)
        return found[::-1]
