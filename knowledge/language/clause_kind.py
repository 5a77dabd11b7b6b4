"""What the pieces of a message are: asked, its background, or courtesy around it.

"Hei! Får ikke logget inn, hva gjør jeg? Mvh lærer på trinn 4" asks one thing in four pieces. A linear classifier reads
each piece by its words, its letters and its place; ``python -m tests.bench.clause_kinds`` learns it from labelled
lines.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.language.lexicon.spelling import BY_TALK
from knowledge.language.lexicon.tables import lines
from knowledge.language.text import WORD, fold, words

BUCKETS: Final = 1 << 13
"""Rows of the classifier: features are hashed to them."""

COURTESY_FROM: Final = 0.7
"""Minimum share of all kinds of courtesy together, for a piece not to be looked up."""

BACKGROUND_FROM: Final = 0.45
"""Minimum share of background, for a piece not to be looked up beside one that asks."""

# Scale of a sum of weights, which is divided by the root of their number.
SCALE: Final = 3.0
_MOST_PIECES: Final = 40
_LONGEST_NAME: Final = 5
_LEAST_REST: Final = 2
# Words of a piece that tells something.
_LEAST_TOLD: Final = 2

_SHORTENED = "".join(
    rf"(?<!\b{re.escape(abbreviation)})"
    for abbreviation in ("f.eks", "bl.a", "kl", "ca", "nr", "etg", "tlf", "evt", "dvs", "pga")
)
# Ends of a piece, and pictures, which stand between sentences as a full stop does.
_END = re.compile(
    rf"[.?!…;]{{2,}}+|{_SHORTENED}(?<!\d)\.(?=\s|$)|(?<=\d)\.(?=\s+[A-ZÆØÅ])|[?!…;](?=\s|$)|\n+|,(?=\s)|:(?=\s)"
    r"|(?<!,)(?<!\s)\s++(?:men|but)(?=\s)|(?<=\s)[-–—]+(?=\s)|(?<=\s)/(?=\w)|[()]|[\U0001F000-\U0001FAFF\u2600-\u27bf]+|(?<!\w)[:;]-?[)(DP](?!\w)"
)
# Courtesy that people write on without a mark.
_TAIL = re.compile(
    r"(?<=\w)(?<!\bog)(?<!\band)\s++(?=(?:mvh|m\.v\.h|(?:med )?vennlig hilsen|(?:med )?venleg helsing|kind regards"
    r"|best regards|takk på forhånd|takk på førehand|på forhånd (?:\w+ )?takk|på førehand (?:\w+ )?takk"
    r"|thanks in advance|ha en (?:fin|god) dag|ha ein (?:fin|god) dag)\b)",
    re.IGNORECASE,
)
_JOINT = re.compile(r"\s*+(?:(?:men|og|å|but|and|så|so)\s++)", re.IGNORECASE)
_GREETINGS = frozenset(tuple(phrase.split()) for phrase in BY_TALK["greeting"])
# What people write on without a mark: "… hva gjør jeg", "… tusen takk". Written by the same command as the weights.
_PHRASES: Final = frozenset(tuple(phrase.split()) for phrase in lines("courtesy_phrases.txt"))
# What joins such words to what is asked: "jeg trenger hjelp med …".
_JOINING: Final = frozenset(
    {
        *("med", "me", "te", "til", "å", "at", "om", "for", "fordi", "i", "på", "av", "og", "som", "and", "with", "to"),
        *("of", "meg", "mæ", "oss", "us"),
    }
)
_LONGEST_PHRASE: Final = max(map(len, _PHRASES | _GREETINGS))
_MIX: Final = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64
)
_STIR: Final = np.uint64(0xFF51AFD7ED558CCD)


class ClauseKind(StrEnum):
    """What a piece of a message is; the order is that of the classifier's columns."""

    ASK = "ask"
    BACKGROUND = "background"
    GREETING = "greeting"
    FILLER = "filler"
    THANKS = "thanks"
    EMOTION = "emotion"
    SIGNATURE = "signature"


KINDS: Final = tuple(ClauseKind)
LOOKED_UP: Final = (ClauseKind.ASK, ClauseKind.BACKGROUND)
"""The kinds that are looked up, the first of ``KINDS``; the others are courtesy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a message between two marks.

    Attributes:
        text: without the mark that ends it.
        mark: that mark; empty for none.
        start, end: its place in the message, without the mark.
        kind: what it most likely is, and ``share`` the probability of that.
    """

    text: str
    mark: str
    start: int
    end: int
    kind: ClauseKind = ClauseKind.ASK
    share: float = 1.0


@lru_cache(maxsize=16)
def split(text: str) -> tuple[Piece, ...]:
    """Return the pieces of a message, each of them as asked; of a message of more than 40 only itself."""
    cuts = [(match.start(), match.end()) for match in _END.finditer(text)]
    cuts += [(match.start(), match.end()) for match in _TAIL.finditer(text)]
    spans, start = [], 0
    for cut, after in [*sorted(cuts), (len(text), len(text))]:
        bounds = [start, *_courtesy_bounds(text, start, cut), cut]
        marks = [""] * (len(bounds) - 2) + [text[cut:after].strip()]
        spans += [
            (first, last, mark)
            for (first, last), mark in zip(pairwise(bounds), marks, strict=True)
            if WORD.search(text, first, last)
        ]
        start = max(start, after)
    if len(spans) > _MOST_PIECES:
        spans = [(0, len(text), "")]
    return tuple(Piece(text=text[a:b].strip(), mark=mark, start=a, end=b) for a, b, mark in spans)


def _courtesy_bounds(text: str, start: int, end: int) -> list[int]:
    """Return where known courtesy at the beginning of a span ends and at its end begins, without a mark."""
    if end <= start:
        return []
    found = [(match.start(), match.end(), fold(match[0].lower())) for match in WORD.finditer(text, start, end)]
    said = [word for _, _, word in found]
    if tuple(said) in _PHRASES:
        return []
    first, last = 0, len(said)
    heads, tails = list[int](), list[int]()
    while size := _phrase_length(said[first:last], at_end=False):
        first += size
        heads.append(found[first - 1][1])
    while size := _phrase_length(said[first:last], at_end=True):
        last -= size
        tails.append(found[last][0])
    return [*heads, *reversed(tails)]


def _phrase_length(said: Sequence[str], *, at_end: bool) -> int:
    """Return how many words at one end are the longest known courtesy that leaves something said; 0 for none."""
    for size in range(min(_LONGEST_PHRASE, len(said) - _LEAST_REST), 0, -1):
        phrase = tuple(said[-size:] if at_end else said[:size])
        beside = said[-size - 1] if at_end else said[size]
        # "Takk for sist" begins otherwise than "takk" ends.
        known = phrase in _GREETINGS if not at_end and size == 1 else phrase in _PHRASES or phrase in _GREETINGS
        if known:
            return 0 if beside in _JOINING else size
    return 0


@lru_cache(maxsize=16)
def pieces(text: str) -> tuple[Piece, ...]:
    """Return the pieces of a message with their kinds. The only piece of a message is asked."""
    bare = split(text)
    if len(bare) < 2:
        return bare
    read: list[Piece] = []
    for number, piece in enumerate(bare):
        before = bare[number - 1].text if number else ""
        shares = kind_shares(
            piece.text, before=before, first=number == 0, last=number == len(bare) - 1, mark=piece.mark
        )
        read.append(_as_kind(piece, shares, read[-1] if read else None, is_last=number >= len(bare) - 2))
    return tuple(read)


def _as_kind(piece: Piece, shares: NDArray[np.float32], before: Piece | None, *, is_last: bool) -> Piece:
    """Return a piece with its kind; a name and a place that follow a signature are more of it."""
    signed = before is not None and before.kind is ClauseKind.SIGNATURE
    if signed and is_last and "?" not in piece.mark and len(words(piece.text)) <= _LONGEST_NAME:
        return replace(piece, kind=ClauseKind.SIGNATURE, share=1.0)
    asked, background, *courtesies = (float(share) for share in shares)
    if sum(courtesies) >= COURTESY_FROM:
        likeliest = KINDS[2 + courtesies.index(max(courtesies))]
        return replace(piece, kind=likeliest, share=sum(courtesies))
    if background >= BACKGROUND_FROM:
        return replace(piece, kind=ClauseKind.BACKGROUND, share=background)
    return replace(piece, share=asked)


def kind_shares(
    text: str, *, before: str = "", first: bool = True, last: bool = True, mark: str = ""
) -> NDArray[np.float32]:
    """Return the probability of each kind, in the order of ``KINDS``.

    Args:
        before: the piece before it.
        first, last: whether it begins or ends the message.
        mark: what ends it, such as "?".
    """
    rows = feature_rows(text, before=before, first=first, last=last, mark=mark)
    sums = _weights()[rows].sum(axis=0) * (SCALE / len(rows) ** 0.5)
    powers: NDArray[np.float32] = np.exp(sums - sums.max())
    shares: NDArray[np.float32] = powers / powers.sum()
    return shares


@cache
def _weights() -> NDArray[np.float32]:
    with (files("knowledge.language.lexicon") / "data" / "clause_kinds.npy").open("rb") as file:
        weights: NDArray[np.float32] = np.load(file).astype(np.float32)
    return weights


def feature_rows(text: str, *, before: str, first: bool, last: bool, mark: str) -> NDArray[np.int64]:
    """Return the rows of the classifier that a piece has: shape (features), increasing."""
    said = [fold(word) for word in words(text)] or ["-"]
    letters = np.frombuffer(f" {' '.join(said)} ".encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    sums, hashes = letters * _MIX[0], []
    for size in (1, 2, 3):
        if len(letters) <= size:
            break
        sums = sums[: len(letters) - size] + letters[size:] * _MIX[size]
        if size > 1:
            hashes.append(sums)
    keys = [f"^{said[0]}", f"{said[-1]}$", *said, *(f"{one}_{two}" for one, two in pairwise(["^", *said, "$"]))]
    keys += [f"^2{said[0]}{said[1]}"] if len(said) > 1 else []
    keys += [f"n{min(len(said), 8)}", "first" if first else "later", "last" if last else "goes on"]
    keys.append("?" if "?" in mark else "!" if "!" in mark else ".")
    if before:
        earlier = [fold(word) for word in words(before)]
        keys += [*(f"<{word}" for word in earlier[:2]), f"<n{min(len(earlier), 5)}"]
    hashes.append(np.fromiter((zlib.crc32(key.encode()) * 2654435761 for key in keys), dtype=np.uint64))
    mixed = np.concatenate(hashes)
    mixed ^= mixed >> np.uint64(29)
    mixed *= _STIR
    mixed ^= mixed >> np.uint64(32)
    return np.unique((mixed % np.uint64(BUCKETS)).astype(np.int64))


def without_courtesy(text: str) -> str:
    """Return what a message asks, with its background; the whole where nothing else is left."""
    return _kept(text, frozenset(LOOKED_UP))


def without_background(text: str) -> str:
    """Return only what a message asks; the whole where nothing else is left."""
    return _kept(text, frozenset({ClauseKind.ASK}))


def told_beside(text: str) -> str:
    """Return what ``without_background`` leaves out that tells something, as one text: background and emotion."""
    told = {ClauseKind.BACKGROUND, ClauseKind.EMOTION}
    left = [piece.text for piece in pieces(text) if piece.kind in told and len(words(piece.text)) >= _LEAST_TOLD]
    return ". ".join(left)


def _kept(text: str, kinds: frozenset[ClauseKind]) -> str:
    read = pieces(text)
    if all(piece.kind in kinds for piece in read):
        return text
    runs = [(kept, list(run)) for kept, run in groupby(read, key=lambda piece: piece.kind in kinds)]
    parts = [_run_text(text, run, opens=number == 0) for number, (kept, run) in enumerate(runs) if kept]
    return "\n".join(parts) or text


def _run_text(text: str, run: Sequence[Piece], *, opens: bool) -> str:
    """Return pieces in a row as written; without the word that joins them to what is left out before."""
    written = text[run[0].start : run[-1].end].strip()
    joint = None if opens else _JOINT.match(written)
    written = written if joint is None else written[joint.end() :]
    return f"{written}?" if "?" in run[-1].mark else written
