"""Normal form of an utterance, without markup, invisible characters and variants of æøå."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

# Maximum characters of an utterance; the rest is cut before any other work.
LONGEST = 10_000

# An escaped tag is a tag after the first round, a link in a link after the second; deeper nesting does not occur.
_ROUNDS = 3

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff\ufff9-\ufffb]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # lone surrogates cannot be encoded
# A tag must start like one, so that "a < b" stays. The limit of 300 characters makes a lone "<" cheap.
_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,300}>")
_MENTION = re.compile(r"<at(?:\s[^<>]{0,300})?>[^<>]{0,300}</at>", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\([^()\s]{0,1000}\)")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S{1,2000}")
_MARKUP = re.compile(r"[*_`~#>|\\]+")
# Text that nothing below would change, beside its blanks; most of what people write.
_PLAIN = re.compile(r"[ 0-9A-Za-zÆØÅæøåÉéÈèÊêÓóÒòÔôÄäÖöÜü.,?!'’\"()/;%+=–-]*")
WORD = re.compile(r"[^\W_]+(?:['’.&+-][^\W_]+)*")
_LETTERS = str.maketrans(
    {"æ": "e", "ä": "e", "ø": "o", "ö": "o", "å": "a", "ð": "d", "þ": "th", "ß": "ss", "đ": "d", "ł": "l"}
)
_DIGRAPHS = re.compile("ae|oe|aa")
_DIGRAPH = {"ae": "e", "oe": "o", "aa": "a"}


# One turn asks for the same message many times.
@lru_cache(maxsize=16)
def clean(text: str) -> str:
    """Return a message as one line of plain text, in NFKC, at most ``LONGEST`` characters.

    Tags and Markdown are removed but their text stays. Teams mentions with their names, web addresses and invisible
    characters are removed.
    """
    text = text[:LONGEST]
    if _PLAIN.fullmatch(text) and "www." not in text:
        return " ".join(text.split())
    text = _visible(text)
    for _ in range(_ROUNDS):
        before = text
        text = _LINK.sub(r"\1", _TAG.sub(" ", _MENTION.sub(" ", text)))
        text = _visible(html.unescape(text))
        if text == before:
            break
    return " ".join(_MARKUP.sub(" ", _ADDRESS.sub(" ", text)).split())[:LONGEST].rstrip()


def _visible(text: str) -> str:
    """Return the text in NFKC, without invisible and unencodable characters, at most ``LONGEST`` long."""
    return _CONTROL.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))[:LONGEST]


def words(text: str) -> list[str]:
    """Return the lower-case words of a cleaned text.

    ``o365``, ``it's`` and ``e-post`` are one word each.
    """
    return WORD.findall(text.lower())


@lru_cache(maxsize=1 << 14)
def fold(word: str) -> str:
    """Return a lower-case word without accents, with æ, ø, å and ae, oe, aa as one letter each."""
    if word.isascii():
        return _DIGRAPHS.sub(lambda match: _DIGRAPH[match[0]], word)
    word = word.translate(_LETTERS)
    if not word.isascii():
        word = "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign))
    return _DIGRAPHS.sub(lambda match: _DIGRAPH[match[0]], word)
