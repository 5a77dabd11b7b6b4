"""The part of a long message that is matched: its beginning, and its end, where the question often stands."""

from typing import Final

FIRST: Final = 700
LAST: Final = 300


def is_too_long(text: str) -> bool:
    """Return whether only a part of a text is matched."""
    return len(text) > FIRST + LAST + 1


def excerpt(text: str) -> str:
    """Return the first ``FIRST`` and the last ``LAST`` characters of a longer text, as two lines of whole words."""
    if not is_too_long(text):
        return text
    return f"{_without_last_word(text[: FIRST + 1])}\n{_without_last_word(text[: -LAST - 2 : -1])[::-1]}"


def _without_last_word(text: str) -> str:
    """Return a text without its last character, and without the word that this would cut in two."""
    words = text.split()
    whole = text[: -len(words[-1])].rstrip() if words and not text[-1].isspace() else text[:-1].rstrip()
    return whole or text[:-1]
