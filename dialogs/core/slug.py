"""Ids and file names made of titles."""

import re
import unicodedata
from typing import Final

MAX_ID: Final = 60
_LETTERS: Final = str.maketrans({"æ": "ae", "ø": "o", "å": "a"})


def slug(title: str) -> str:
    """Return an id for a title: small letters and hyphens; empty if nothing is left."""
    plain = unicodedata.normalize("NFKD", title.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:MAX_ID].strip("-")
