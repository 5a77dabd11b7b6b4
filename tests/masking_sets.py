"""Labelled sentences for masking and warnings, halved by a fixed hash: one half to tune on, one to report.

``own.json`` was written with the rules in mind, ``blind.json`` and ``blind2.json`` by writers without knowing them;
``blind2.json`` after the rules were done. A sentence has
``spans`` that must be masked, ``optional`` ones that may be, and the warnings it deserves.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from knowledge.language.concerns import Concern, concerns_in
from knowledge.language.masking import mask
from knowledge.language.masking.masked import spans_of

FOLDER: Final = Path(__file__).parent / "data" / "masking"
TUNE, REPORT = 0, 1
CLASSES: Final = {
    "national_id": "identity_number",
    "bank_account": "bank_account",
    "iban": "iban",
    "payment_card": "payment_card",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Counts of one kind: ``found`` of ``expected``, ``right`` of ``masked``."""

    expected: int
    found: int
    masked: int
    right: int

    @property
    def recall(self) -> float:
        """Share of what should be masked that is."""
        return self.found / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        """Share of what is masked that should be."""
        return self.right / self.masked if self.masked else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Scores by kind, ``all`` among them, and every mistake as a line."""

    scores: dict[str, Score]
    mistakes: tuple[str, ...]


def sentences(half: int, *, names: Iterable[str] = ("own", "blind", "blind2")) -> list[dict[str, Any]]:
    """Return the labelled sentences of one half."""
    read = (json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) for name in names)
    return [each for file in read for each in file if half_of(each["text"]) == half]


def half_of(text: str) -> int:
    """Return which half a sentence belongs to, for good."""
    return sha256(text.encode()).digest()[0] % 2


def judge_masking(half: int) -> Judged:
    """Compare what is masked with what should be. A number counts as found when none of its digits stays."""
    expected: Counter[str] = Counter()
    found: Counter[str] = Counter()
    masked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    mistakes: list[str] = []
    for each in sentences(half):
        text = each["text"]
        got = [(span.start, span.end, CLASSES[span.secret]) for span in spans_of(text)]
        for start, end, kind in each["spans"]:
            expected[kind] += 1
            covered = {place for first, last, which in got if which == kind for place in range(first, last)}
            if all(place in covered for place in range(start, end) if text[place].isdigit()):
                found[kind] += 1
            else:
                mistakes.append(f"not masked ({kind}): {text!r}")
        for start, end, kind in got:
            masked[kind] += 1
            if any(kind == k and start < e and s < end for s, e, k in each["spans"] + each["optional"]):
                right[kind] += 1
            else:
                mistakes.append(f"masked without reason ({kind}): {text!r}")
    counts = (expected, found, masked, right)
    scores = {kind: _score(*(count[kind] for count in counts)) for kind in CLASSES.values()}
    scores["all"] = _score(*(count.total() for count in counts))
    return Judged(scores=scores, mistakes=tuple(mistakes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Warnings: ``scores`` by kind as (given, deserved), texts warned about without reason, and every mistake."""

    scores: dict[str, tuple[int, int]]
    without_reason: int
    harmless: int
    mistakes: tuple[str, ...]

    @property
    def recall(self) -> float:
        """Share of the deserved warnings that are given."""
        return sum(given for given, _ in self.scores.values()) / sum(deserved for _, deserved in self.scores.values())

    @property
    def false_rate(self) -> float:
        """Share of the texts without reason that are warned about."""
        return self.without_reason / self.harmless


def judge_warnings(half: int) -> Warned:
    """Compare what is warned about, in masked texts as in the flows, with what should be."""
    given: Counter[str] = Counter()
    deserved: Counter[str] = Counter()
    without_reason = harmless = 0
    mistakes: list[str] = []
    for each in sentences(half):
        got = {str(concern) for concern in concerns_in(mask(each["text"]))}
        wanted = set(each["warn"])
        deserved.update(wanted)
        given.update(wanted & got)
        mistakes += [f"no warning ({kind}): {each['text']!r}" for kind in sorted(wanted - got)]
        if not wanted and not each.get("warn_optional"):
            harmless += 1
            without_reason += bool(got)
            mistakes += [f"warned without reason ({kind}): {each['text']!r}" for kind in sorted(got)]
    scores = {str(concern): (given[concern], deserved[concern]) for concern in Concern}
    return Warned(scores=scores, without_reason=without_reason, harmless=harmless, mistakes=tuple(mistakes))


def _score(expected: int, found: int, masked: int, right: int) -> Score:
    return Score(expected=expected, found=found, masked=masked, right=right)
