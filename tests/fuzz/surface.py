"""What a surface is: a place where bytes from outside come in, with inputs that fit it."""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tests.fuzz.machine import Breach
from tests.fuzz.mutate import MARK, Mutator
from tests.fuzz.rig import Rig
from tests.fuzz.wire import Answer

Case = tuple[bytes, ...]
"""One input: what is sent, piece by piece. The surface knows what each piece is."""

_HERE: Final = re.escape(str(Path(__file__).parents[2])).encode()
_TRACE: Final = re.compile(
    rb"Traceback|File \"/|/site-packages/|\.py[\":,) ]|\b[A-Z][A-Za-z]+(?:Error|Exception)\b|0x[0-9a-f]{8,}|" + _HERE
)
_BASE64: Final = "base64:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What an input was answered. ``outcomes`` are counted in the report; ``told`` is every byte that came back."""

    outcomes: tuple[str, ...]
    told: bytes = b""
    echoes: bool = True

    @classmethod
    def of(cls, answer: Answer, *, echoes: bool = True) -> "Seen":
        """Return what an HTTP answer shows. ``echoes`` False: it must not repeat what was sent."""
        return cls(outcomes=(str(answer.status),), told=answer.whole, echoes=echoes)


class Surface(Protocol):
    """A surface makes inputs and plays them. ``together`` of them are played at once."""

    name: str
    share: int
    together: int

    def make(self, mutator: Mutator, rig: Rig) -> Case:
        """Return an input drawn from the mutator alone and from what the rig was shown before."""
        ...

    async def play(self, rig: Rig, case: Case) -> Seen:
        """Send the input and return what came back. Whatever this raises is a finding."""
        ...


def breaches_seen(seen: Seen) -> Iterator[Breach]:
    """Yield what must not be in an answer."""
    for outcome in seen.outcomes:
        if outcome.isdigit() and int(outcome) >= 500:
            yield Breach(f"answered {outcome}", repr(seen.told[:500]))
    if found := _TRACE.search(seen.told):
        shown = repr(seen.told[max(0, found.start() - 100) :][:300])
        yield Breach(f"an answer shows the inside, {found[0].decode()}", shown)
    if not seen.echoes and MARK.encode() in seen.told:
        words = re.split(rb"[^\w ]", seen.told.rpartition(b"\r\n\r\n")[2].strip())
        yield Breach(f"an answer repeats what was sent, {words[0].decode()[:25]}", repr(seen.told[:300]))


def written(case: Case) -> list[str]:
    """Return a case as JSON strings: text where it is text."""

    def one(piece: bytes) -> str:
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            text = _BASE64
        return _BASE64 + base64.b64encode(piece).decode() if text.startswith(_BASE64) else text

    return [one(piece) for piece in case]


def read(pieces: Sequence[str]) -> Case:
    """Return the case that was ``written``."""
    return tuple(
        base64.b64decode(piece.removeprefix(_BASE64)) if piece.startswith(_BASE64) else piece.encode()
        for piece in pieces
    )
