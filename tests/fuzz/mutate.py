"""Seeded mutation of values, texts and bytes: valid in, nearly valid out.

A ``Mutator`` draws everything from the random generator it is given, so equal seeds give equal inputs.
"""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

from tests.hostile import AROUND, PIECES, hostile

MARK: Final = "heiafuzzmark"
"""Planted in what people write; it must never reach a log or an error answer."""
NUMBER: Final = "01017050040"
"""An identity number that passes its check digits, planted likewise."""

TEXTS: Final[tuple[str, ...]] = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfffæ",
    "\u202egnp.exe\u2066",
    "\u200b\ufeff\u2028\u2029",
    "a\u0301\u0323" * 40,
    "\U0001f469\u200d\U0001f4bb\U0001f1f3\U0001f1f4",
    "ﬁＡ１٣²①",
    "İıſK",
    "<at>Heia</at>",
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "@SUM(1)",
    "../../etc/passwd",
    "..\\..",
    "%00%ff%2e%2e",
    "{{7*7}}${x}%(x)s{0}",
    "'; DROP TABLE person; --",
    "[a](javascript:x)",
    "\r\nX-Heia: 1",
    "null",
    "NaN",
    "-0",
    "1e999",
    "9" * 400,
    "true",
    "0000-00-00",
    "9999-12-31",
    "10000-01-01",
    "2026-02-30",
    "24:61",
    "23:59:59.999999+23:59",
    "(" * 300,
    "1 " * 200,
    f"født {NUMBER} {MARK}",
    MARK,
    "hvordan bytter jeg passord",
    "x" * 129,
    "x" * 2049,
    "æ" * 9_000,
)
NUMBERS: Final[tuple[Any, ...]] = (
    0, -1, 1, 2**31, -(2**63), 2**64, 10**30, 10**4000, 0.1, -0.0, 1e308, float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
OTHERS: Final[tuple[Any, ...]] = (None, True, False, [], {}, [[]], [None], {"": ""}, [{}, {}], {"a": {"b": {"c": []}}})
KEYS: Final[tuple[str, ...]] = (
    "", "id", "type", "name", "text", "value", "data", "verb", "slot", "token", "images", "again", "tenantId", "locale",
    "isGroup", "aadObjectId", "channelData", "tenant", "team", "channel", "eventType", "action", "attachments",
    "entities", "membersAdded", "membersRemoved", "__proto__", "\x00", "\ud800", "\u202e", "a" * 300,
)  # fmt: skip


class Mutator:
    """Draws mutations from ``random``."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def value(self, value: Any) -> Any:
        """Return a copy of a JSON value with one to four things changed."""
        box = [_copy(value)]
        for _ in range(self.random.choice((1, 1, 1, 2, 2, 3, 4))):
            self._change(box)
        return box[0]

    def json(self, value: Any) -> bytes:
        """Return a JSON value as bytes, now and then in a form that readers disagree about."""
        escaped = self.random.random() < 0.5
        raw = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
        draw = self.random.random()
        if draw > 0.2:
            return raw
        if draw > 0.12:
            return self._twice(raw, value)
        if draw > 0.08:
            return self.bytes(raw)
        coding = self.random.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7", "cp1252", "utf-16-le"))
        return json.dumps(value, ensure_ascii=False).encode(coding, "replace")

    def text(self, text: str) -> str:
        """Return a text that is nearly the same, or an odd one."""
        at, rest = self._spot(len(text)), self._spot(len(text))
        odd = self.said(TEXTS)
        return self.random.choice((
            odd,
            text[:at] + odd + text[at:],
            text[:at],
            text[at:] + text[:at],
            text * self.random.choice((2, 7, 60)),
            text.swapcase(),
            text[:at] + chr(self.random.choice((self.random.randrange(0x300), self.random.randrange(0x110000)))) + text,
            text[: min(at, rest)] + text[max(at, rest) :],
            " ".join(self.random.sample(text.split(" "), text.count(" ") + 1)),
        ))  # fmt: skip

    def said(self, usual: Sequence[str]) -> str:
        """Return one of the usual texts, and of ten times once a long one that patterns are slow on."""
        if self.random.random() > 0.1:
            return self.random.choice(usual)
        piece, around = self.random.choice(tuple(PIECES.values())), self.random.choice(AROUND)
        return hostile(piece, self.random.choice((1_000, 10_000)), around)

    def bytes(self, raw: bytes) -> bytes:
        """Return bytes that are cut, repeated, overwritten or filled in one to three places."""
        for _ in range(self.random.choice((1, 1, 2, 3))):
            at, to = sorted((self._spot(len(raw)), self._spot(len(raw))))
            noise = self.random.randbytes(self.random.choice((1, 1, 2, 4, 16)))
            raw = self.random.choice((
                raw[:at],
                raw[at:],
                raw[:at] + raw[to:],
                raw[:to] + raw[at:],
                raw[:at] + noise + raw[at:],
                raw[:at] + noise + raw[at + len(noise) :],
                raw[:at] + bytes(len(noise)) + raw[at + len(noise) :],
                raw[:at] + raw[at:to][::-1] + raw[to:],
            ))  # fmt: skip
            raw = raw[:300_000]
        return raw

    def lines(self, lines: Sequence[Any], change: Callable[[Any], Any]) -> list[Any]:
        """Return a list with a member changed, dropped, repeated or moved."""
        changed = list(lines)
        for _ in range(self.random.choice((1, 1, 2, 3))):
            if not changed:
                return changed
            at = self.random.randrange(len(changed))
            match self.random.randrange(6):
                case 0:
                    del changed[at]
                case 1:
                    changed[at:at] = [changed[at]] * self.random.choice((1, 2, 30))
                case 2:
                    changed.insert(self._spot(len(changed)), changed.pop(at))
                case _:
                    changed[at] = change(changed[at])
        return changed

    def odd(self) -> Any:
        """Return a value of any kind, seldom one that is expected."""
        draw = self.random.random()
        if draw < 0.45:
            return self.random.choice(TEXTS)
        if draw < 0.65:
            return self.random.choice(NUMBERS)
        if draw < 0.95:
            return _copy(self.random.choice(OTHERS))
        return self._deep()

    def _deep(self) -> Any:
        inner: Any = self.random.choice(TEXTS)
        for _ in range(self.random.choice((5, 8, 63, 64, 65, 400))):
            inner = [inner] if self.random.random() < 0.5 else {"a": inner}
        return inner

    def _change(self, box: list[Any]) -> None:
        holder, key = self.random.choice(_places(box))
        value = holder[key]
        draw = self.random.randrange(12)
        if draw < 3 and isinstance(value, str):
            holder[key] = self.text(value)
        elif draw < 5 and isinstance(value, dict):
            value[self._key(value)] = self.odd()
        elif draw < 5 and isinstance(value, list):
            value[:] = self.lines(value, lambda _: self.odd())
        elif draw == 5:
            del holder[key]
            if holder is box:
                holder.append(self.odd())
        elif draw == 6:
            holder[key] = [value] if self.random.random() < 0.5 else {self.random.choice(KEYS): value}
        elif draw == 7:
            other, name = self.random.choice(_places(box))
            holder[key] = _copy(other[name])
        elif draw == 8 and isinstance(key, str):
            holder[self.random.choice((key.upper(), key + " ", key[:-1], self.random.choice(KEYS)))] = holder.pop(key)
        else:
            holder[key] = self.odd()

    def _key(self, value: dict[str, Any]) -> str:
        return self.random.choice(KEYS if self.random.random() < 0.8 or not value else tuple(value))

    def _twice(self, raw: bytes, value: Any) -> bytes:
        """Name a key twice, the way the second reader sees something else."""
        if not isinstance(value, dict) or not value:
            return raw + raw
        pair = json.dumps({self.random.choice(tuple(value)): self.odd()})[1:-1].encode("utf-8", "surrogatepass")
        return b"{" + pair + b"," + raw[1:] if self.random.random() < 0.5 else raw[:-1] + b"," + pair + b"}"

    def _spot(self, length: int) -> int:
        return self.random.randint(0, length)


def _places(box: list[Any]) -> list[tuple[Any, Any]]:
    """Return every place in a JSON value as its holder and key; at most a thousand."""
    found: list[tuple[Any, Any]] = [(box, 0)]
    for holder, key in found:
        inner = holder[key]
        if isinstance(inner, dict):
            found += [(inner, name) for name in inner]
        elif isinstance(inner, list):
            found += [(inner, at) for at in range(len(inner))]
        if len(found) > 1000:
            break
    return found


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(inner) for name, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value
