#!/usr/bin/env python3
"""Verify an export of Heia's audit log, without Heia: Python 3.11 or newer, nothing else.

    python3 verify.py log.jsonl --heads audit-heads.jsonl --key 0123…cdef
    python3 verify.py --receipt 4f0c….20261124T080100Z.ab12….9d3e… --key 0123…cdef

``--heads`` takes every file of signed heads you have, best those that were collected outside the organisation.
``--key`` takes public keys (64 hexadecimal digits) or files of them. The exit code is 0 when nothing is wrong, 1 when
something is, 2 when it could not be checked. ``--json`` prints the faults for a program.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

START = "0" * 64
MAX_LINE = 10_000
# Number, time in UTC and short name of the key.
RECEIPT = r"[0-9a-zA-Z-]{1,64}\.[0-9]{8}T[0-9]{6}Z\.[0-9a-f]{16}"

# Ed25519 (RFC 8032, section 5.1). Verification needs no secret, and therefore no constant time.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]


def recover_x(y: int, sign: int) -> int | None:
    """Return the x of a point, or None."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def add(a: Point, b: Point) -> Point:
    """Return the sum of two points in extended coordinates."""
    first, second = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    third, fourth = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = second - first, fourth - third, fourth + third, second + first
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar: int, point: Point) -> Point:
    """Return a multiple of a point."""
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def point_of(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    y = number & (1 << 255) - 1
    x = recover_x(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(public: str, message: bytes, signature: str) -> bool:
    """Return whether the signature (hex) of the message is that of the public key (hex)."""
    if not re.fullmatch("[0-9a-f]{128}", signature):
        return False
    key, raw = bytes.fromhex(public), bytes.fromhex(signature)
    a, r, s = point_of(key), point_of(raw[:32]), int.from_bytes(raw[32:], "little")
    if a is None or r is None or BASE is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(raw[:32] + key + message).digest(), "little") % ORDER
    left, right = multiply(s, BASE), add(r, multiply(h, a))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


def canonical(value: Any) -> str:
    """Return JSON in ASCII, keys sorted, without spaces. Raises ValueError."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))


def key_id(public: str) -> str:
    """Return the short name of a public key."""
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]


def is_number(value: object) -> bool:
    """Return whether a JSON value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


class Verifier:
    """Collects faults: name, number of the row or line, sentence."""

    def __init__(self, publics: Iterable[str]) -> None:
        self.keys = {key_id(public): public for public in publics}
        self.heads: list[dict[str, Any]] = []
        self.checkpoints: list[dict[str, Any]] = []
        self.faults: list[tuple[str, int, str]] = []

    def statements(self, data: bytes) -> None:
        """Take in a file of signed heads; a last line without its end was being written."""
        for number, line in enumerate(data.split(b"\n")[:-1], start=1):
            self.statement(line, number, f"line {number} of the heads file")

    def statement(self, line: bytes, number: int, where: str) -> None:
        """Take in one statement if a known key signed it; it may introduce another key."""
        fields = parsed(line)
        if fields is None:
            self._fault("bad_line", number, f"{where} is no signed statement")
            return
        signature, public = fields.pop("signature"), self.keys.get(fields["key"])
        if public is None:
            self._fault("unknown_key", number, f"{where} is signed by a key that you did not give")
        elif not is_signed(public, b"heia-audit-statement-1\n" + canonical(fields).encode(), signature):
            self._fault("bad_signature", number, f"{where} was changed: its signature is wrong")
        elif fields["kind"] == "key":
            self.keys[key_id(fields["public"])] = fields["public"]
        else:
            (self.heads if fields["kind"] == "head" else self.checkpoints).append(fields)

    def log(self, header: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> int:
        """Check an export, its rows in the order of the file; return the number of the last row."""
        if header["checkpoint"] is not None:
            self.statement(str(header["checkpoint"]).encode("utf-8", "replace"), 0, "the checkpoint")
        none: dict[str, Any] = {"number": 0, "hash": START}
        newest = max(self.checkpoints, key=lambda checkpoint: int(checkpoint["number"]), default=none)
        start = last = int(newest["number"])
        before = str(newest["hash"])
        hashes = {start: before}
        for row in rows:
            number = row["number"]
            if number <= start:
                self._fault("before_start", number, f"row {number} is older than the checkpoint allows")
                continue
            if number > last + 1:
                self._fault("rows_missing", last + 1, f"rows {last + 1} to {number - 1} are missing")
            elif number <= last or row["previous"] != before:
                self._fault("not_following", number, f"row {number} does not follow row {last} as it stands")
            self._entry(row)
            last, before = number, row["hash"]
            hashes[number] = before
        for id_ in header["outside_chain"]:
            self._fault("outside_chain", 0, f"the entry {id_} is not in the chain")
        if start < last < header["last"]:
            self._fault("cut_short", last + 1, f"the export ends at row {last}, not at row {header['last']} as made")
        self._signed(newest, last, hashes)
        return last

    def _entry(self, row: Mapping[str, Any]) -> None:
        number = row["number"]
        if row["format"] != 1:
            self._fault("unknown_format", number, f"row {number} has the unknown format {row['format']}")
        elif row["entry"] is None or row["schema"] is None:
            self._fault("entry_missing", number, f"row {number} is there, but its entry was removed")
        elif hash_of(row) != row["hash"]:
            self._fault("changed", number, f"row {number} was changed")

    def _signed(self, start: Mapping[str, Any], last: int, hashes: Mapping[int, str]) -> None:
        heads = [head for head in self.heads if head["number"] > 0]
        if beyond := [head for head in heads if head["number"] > last]:
            head = max(beyond, key=lambda head: int(head["number"]))
            told = f"rows {last + 1} to {head['number']} are missing: a head signed at {head['at']} has them"
            self._fault("end_missing", last + 1, told)
        for head in heads:
            number = head["number"]
            if number <= last and hashes.get(number, head["hash"]) != head["hash"]:
                self._fault("head_differs", number, f"row {number} is not the one that was signed at {head['at']}")
        for checkpoint in self.checkpoints:
            if checkpoint["number"] == start["number"] and checkpoint["hash"] != start["hash"]:
                number = checkpoint["number"]
                self._fault("checkpoint", number, f"two checkpoints state different hashes for row {number}")

    def _fault(self, name: str, number: int, text: str) -> None:
        self.faults.append((name, number, text))


def hash_of(row: Mapping[str, Any]) -> str | None:
    """Return the hash that a row must have; None for an entry that no program writes."""
    try:
        content = canonical({"entry": row["entry"], "schema": row["schema"]})
        text = "\n".join(("heia-audit-1", str(row["number"]), row["previous"], content))
        return hashlib.sha256(text.encode()).hexdigest()
    except (ValueError, TypeError, RecursionError):
        return None


def parsed(line: bytes) -> dict[str, Any] | None:
    """Return the fields of a statement, or None."""
    try:
        fields = json.loads(line, parse_constant=_refuse) if len(line) <= MAX_LINE else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or fields.get("kind") not in ("head", "checkpoint", "key"):
        return None
    texts = ["at", "key", "signature", "public" if fields["kind"] == "key" else "hash"]
    if not all(isinstance(fields.get(name), str) for name in texts):
        return None
    if fields["kind"] == "key":
        return fields if re.fullmatch("[0-9a-f]{64}", fields["public"]) else None
    return fields if is_number(fields.get("number")) else None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def read_export(file: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return header and rows. Raises ValueError, OSError."""
    with open(file, encoding="ascii") as opened:
        lines = [json.loads(line) for line in opened]
    if not lines or not isinstance(lines[0], dict) or lines[0].get("format") != "heia-audit":
        raise ValueError("it is no export of an audit log")
    if lines[0].get("version") != 1:
        raise ValueError("its version is unknown: get a newer verifier")
    names = {"number", "id", "format", "previous", "hash", "schema", "entry"}
    for row in lines[1:]:
        if not isinstance(row, dict) or set(row) != names or not is_number(row["number"]):
            raise ValueError("a row is not as an export writes it")
    return lines[0], lines[1:]


def read_keys(given: Iterable[str]) -> list[str]:
    """Return public keys from hex texts and files. Raises ValueError, OSError."""
    keys = []
    for key in given:
        text = key if re.fullmatch("[0-9a-f]{64}", key) else Path(key).read_text("utf-8", "replace")
        words = [line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("#")]
        if not all(re.fullmatch("[0-9a-f]{64}", word) for word in words):
            raise ValueError(f"{key} holds no public key")
        keys += words
    return keys


def check_receipt(receipt: str, publics: Iterable[str]) -> int:
    """Check the signed receipt of an erasure; return the exit code."""
    text, _, signature = receipt.strip().rpartition(".")
    name = text.rpartition(".")[2]
    public = {key_id(key): key for key in publics}.get(name)
    message = b"heia-erasure-receipt-1\n" + text.encode("ascii", "replace")
    sound = public is not None and re.fullmatch(RECEIPT, text) and is_signed(public, message, signature)
    print("The receipt is in order." if sound else "WRONG: none of the keys has signed this receipt.")
    return 0 if sound else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command line names; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("export", nargs="?", help="the file that heia audit export wrote")
    parser.add_argument("--receipt", help="check the signed receipt of an erasure instead")
    parser.add_argument("--heads", action="append", default=[], help="file of signed heads; may be repeated")
    parser.add_argument("--key", action="append", default=[], help="public key or file of them; may be repeated")
    parser.add_argument("--json", action="store_true", help="print the faults as JSON")
    given = parser.parse_args(arguments)
    if (given.export is None) == (given.receipt is None):
        parser.error("name an export, or a --receipt")
    try:
        if given.receipt is not None:
            return check_receipt(given.receipt, read_keys(given.key))
        verifier = Verifier(read_keys(given.key))
        header, rows = read_export(given.export)
        for file in given.heads:
            verifier.statements(Path(file).read_bytes())
    except (OSError, ValueError, RecursionError) as fault:
        print(f"Nothing was checked: {fault}", file=sys.stderr)
        return 2
    last = verifier.log(header, rows)
    if given.json:
        print(json.dumps([{"fault": name, "number": number, "text": text} for name, number, text in verifier.faults]))
        return 1 if verifier.faults else 0
    covered = max((head["number"] for head in verifier.heads), default=0)
    print(f"{len(rows)} rows, the last is {last}; {len(verifier.heads)} signed heads, the newest covers row {covered}.")
    for _, _, text in verifier.faults:
        print(f"WRONG: {text}.")
    print("Something is wrong." if verifier.faults else "All is in order as far as the heads go.")
    return 1 if verifier.faults else 0


if __name__ == "__main__":
    sys.exit(main())
