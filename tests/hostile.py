"""Texts that patterns and loops are slow on: one short piece many times, alone or between other words.

Used by the test of linear work, the fuzzer and the benchmark of the event loop.
"""

from collections.abc import Iterator
from typing import Final

PIECES: Final = {
    "blanks": " ",
    "tabs": "\t",
    "no-break blanks": "\u00a0",
    "line ends": "\n",
    "carriage returns": "\r\n",
    "round brackets": "(",
    "square brackets": "[",
    "braces": "{",
    "angle brackets": "<",
    "begun tags": "<a ",
    "begun links": "[a](",
    "begun placeholders": "{{",
    "begun comments": "<!-- ",
    "escaped tags": "&lt;",
    "digits": "1",
    "digits with blanks": "1 ",
    "numbers in a list": "1. ",
    "quotes": '"',
    "apostrophes": "'",
    "guillemets": "«",
    "joints": "a og ",
    "conjunctions": "og ",
    "commas and conjunctions": ", og ",
    "denials": "men ikke ",
    "words": "ord ",
    "letters": "a",
    "letters with accents": "e\u0301",
    "capitals": "Å",
    "emoji": "👩\u200d💻",
    "question marks": "?",
    "full stops": ".",
    "commas": ", ",
    "cells": "a,",
    "semicolons": ";",
    "hyphens": "a-",
    "bullets": "- ",
    "pluses": " + ",
    "stars": "*",
    "bars": "|",
    "backticks": "`",
    "rules": "---\n",
    "headings": "# ",
    "quotations": "> ",
    "lines": "a\n",
    "addresses": "http://",
    "at signs": "a@",
    "names of hosts": "a.",
    "fields": "a: ",
    "equals signs": "=",
    "underscores": "_a ",
    "thanks": "takk ",
    "passwords": "passord ",
}
# What stands before and after the pieces: a pattern that has begun must fail at the end.
AROUND: Final = (("", ""), ("det gjelder ikke", "x"), ("a", "\n"))


def hostile(piece: str, length: int, around: tuple[str, str] = AROUND[0]) -> str:
    """Return a text of about ``length`` characters."""
    before, after = around
    room = max(0, length - len(before) - len(after))
    return f"{before}{piece * (room // len(piece))}{after}"


def hostile_texts(length: int) -> Iterator[str]:
    """Yield every hostile text of about ``length`` characters."""
    for piece in PIECES.values():
        for around in AROUND:
            yield hostile(piece, length, around)
