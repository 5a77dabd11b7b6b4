"""Simulate typing errors, for evaluation and for robust training."""

from __future__ import annotations

import random

_ROWS = ("1234567890", "qwertyuiopå", "asdfghjkløæ", "zxcvbnm")
_FOLD = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "Æ": "Ae", "Ø": "O", "Å": "A"})
_SHORTEST_WORD = 4
_SHORT_TEXT = 25


def _neighbours() -> dict[str, str]:
    """Return the adjacent keys of each key of a Norwegian keyboard."""
    place = {key: (row, column) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)}
    return {
        key: "".join(
            neighbour
            for neighbour, (r, c) in place.items()
            if neighbour != key and neighbour.isalpha() and abs(r - row) <= 1 and abs(c - column) <= 1
        )
        for key, (row, column) in place.items()
    }


_NEIGHBOURS = _neighbours()


def fold_letters(text: str) -> str:
    """Replace æ, ø, å by ae, o, a, as typed without a Norwegian keyboard."""
    return text.translate(_FOLD)


def typing_errors(text: str, *, seed: int) -> str:
    """Return ``text`` with one typing error, or with two from 25 characters.

    An error is a neighbouring key, a lost letter, or two swapped letters, inside a word of at least four letters. A
    text without such a word is returned unchanged. The same ``seed`` gives the same errors.
    """
    draw = random.Random(seed)  # noqa: S311  reproducible, not security-relevant
    for _ in range(1 if len(text) < _SHORT_TEXT else 2):
        text = _one_error(text, draw)
    return text


def _one_error(text: str, draw: random.Random) -> str:
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if sum(map(str.isalpha, word)) >= _SHORTEST_WORD]
    if not long:
        return text
    index = draw.choice(long)
    word = words[index]
    at = draw.randrange(1, len(word) - 1)
    match draw.randrange(3):
        case 0:
            near = _NEIGHBOURS.get(word[at].lower(), "")
            word = word[:at] + (draw.choice(near) if near else "") + word[at + 1 :]
        case 1:
            word = word[:at] + word[at + 1 :]
        case _:
            word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    words[index] = word
    return " ".join(words)
