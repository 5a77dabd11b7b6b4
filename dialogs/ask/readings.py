"""Readings of a message, and which of its clauses are questions of their own: a small learned score of each.

"Kalenderen er tom på mobilen, selv om alt ligger på pc-en" is one question in two clauses, "Passordet går ut, og jeg
får ikke koblet på VPN" is two. ``python -m tests.bench.readings`` learns the weights from labelled messages.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from dialogs.rollout.software.lookup.offering import ProgramOffer
from knowledge.article.action import Action
from knowledge.article.passage import Quote
from knowledge.language.clause_kind import ClauseKind, kind_shares
from knowledge.language.clauses import asks, begins_question
from knowledge.language.text import words
from knowledge.matching.clause_head import kinds_by_vector
from knowledge.matching.features import Floats
from knowledge.matching.followup import depends_on_previous
from knowledge.matching.kept_vector import unpack_vectors
from knowledge.matching.match import Match
from knowledge.matching.policy import Outcome, OutcomeKind

OWN_FROM: Final = 0.3
"""Minimum share at which a clause is taken for a question of its own: one too many is a look, one too few is lost."""

LEANING_FROM: Final = 0.5
"""The same for a clause that leans on another one, or is too short to say what it is about."""

_SENTENCE_END = re.compile(r"[.!?;\n]")
_AND = re.compile(r"\b(?:og|å|and|samt)\b")
_BUT = re.compile(r"\b(?:men|but)\b")
_ALSO = re.compile(
    r"\b(?:også|òg|dessuten|dessutan|forresten|i tillegg|pluss|also|ps|btw|by the way|ellers|elles)\b|\+"
)
_LIST_MARK = re.compile(r"(?:\d{1,2}[.)]?|[a-d]\)|[-•*/])\s*$")
_IT = re.compile(r"(?:så\s+|å\s+)?(?:den|det|dei|de|han|ho|hun|it|that|this|they|d|då|da|then)\b", re.IGNORECASE)
_I = re.compile(r"(?:jeg|eg|æ|ej|e|i|vi|me|we)\b", re.IGNORECASE)
# A share of a kind as evidence: its logarithm, from -1 to 0.
_LEAST_SHARE: Final = 1e-3
_LONG: Final = 12
_SHORT: Final = 4
_NEAR: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a message asks for.

    Attributes:
        match: of the whole message, or of the only clause with an answer.
        outcome: the decision.
        action: with the outcomes ACT, DECLINE and OUT_OF_SCOPE.
        parts: with ANSWERS, the meaning of each question in its order.
        also: the words of other questions that the same entry answers.
        left: the words of further questions, which are too many to answer at once.
        programs: the look-up of programs that it may ask for; if sure, ``action`` is that look-up, to be begun at once.
        quote: the part of the article that answers a follow-up.
    """

    match: Match
    outcome: Outcome
    action: Action | None = None
    parts: tuple[Meaning, ...] = ()
    also: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    programs: ProgramOffer | None = None
    quote: Quote | None = None


def own_shares(whole: Meaning, clauses: Sequence[Meaning], apart: Collection[str]) -> list[float]:
    """Return for each clause the probability that it is a question of its own.

    Args:
        whole: the meaning of the message.
        apart: the clauses that the message says are another matter.
    """
    weights = _weights()
    return [
        1 / (1 + math.exp(-sum(weights.get(name, 0.0) * value for name, value in features.items())))
        for features in evidence(whole, clauses, apart)
    ]


@cache
def _weights() -> Mapping[str, float]:
    text = (files("dialogs.ask") / "readings.json").read_text(encoding="utf-8")
    weights: dict[str, float] = json.loads(text)
    return weights


def evidence(whole: Meaning, clauses: Sequence[Meaning], apart: Collection[str]) -> list[dict[str, float]]:
    """Return for each clause what speaks for or against a question of its own, by name, -1 to 1 each."""
    forms = [_form(clause, apart) for clause in clauses]
    marks = _marks(whole.match.utterance, [clause.match.utterance for clause in clauses])
    alike = _alike([clause.match.vector for clause in clauses])
    asked = [form["begins a question"] for form in forms]
    kinds = _kinds(clauses)
    rows: list[dict[str, float]] = []
    for at, (clause, form) in enumerate(zip(clauses, forms, strict=True)):
        others = asked[:at] + asked[at + 1 :]
        row = {**form, **marks[at], **_likeness(whole, clause), **kinds[at], "always": 1.0}
        row["another is asked"] = max((kind["meant as asked"] for kind in kinds[:at] + kinds[at + 1 :]), default=-1.0)
        row["alike before"] = float(alike[at, :at].max(initial=0.0))
        row["alike after"] = float(alike[at, at + 1 :].max(initial=0.0))
        row["first"], row["last"] = float(at == 0), float(at == len(clauses) - 1)
        row["another asks"] = max(others, default=0.0)
        row["another asks, this does not"] = row["another asks"] * (1 - asked[at])
        row["both ask"] = row["another asks"] * asked[at]
        row["same as before"] = float(at > 0 and _first(clauses[at - 1]) == _first(clause) != "")
        near = {candidate.article_id for candidate in clauses[at - 1].match.candidates[:_NEAR]} if at else set()
        row["near to before"] = float(_first(clause) in near)
        rows.append(row)
    return rows


def _form(clause: Meaning, apart: Collection[str]) -> dict[str, float]:
    """Return what the words of a clause say, whatever they are about."""
    said = clause.match.utterance
    number = len(words(said))
    shares = kind_shares(said)
    return {
        "begins a question": float(begins_question(said)),
        "asks": float(asks(said)),
        "leans": float(depends_on_previous(said)),
        "opens with it": float(bool(_IT.match(said))),
        "opens with I": float(bool(_I.match(said))),
        "apart": float(said in apart),
        "length": min(number, _LONG) / _LONG,
        "short": float(number < _SHORT),
        "asked": float(shares[0]),
        "background": float(shares[list(ClauseKind).index(ClauseKind.BACKGROUND)]),
    }


def _kinds(clauses: Sequence[Meaning]) -> list[dict[str, float]]:
    """Return what each clause is by its meaning: logarithms of shares, -1 for none and 0 for all."""
    shares = kinds_by_vector(
        [clause.match.utterance for clause in clauses], [clause.match.vector for clause in clauses]
    )
    asked, background = shares[:, 0], shares[:, 1]
    columns = {
        "meant as asked": asked,
        "not meant as asked": 1 - asked,
        "meant as background": background,
        "meant as courtesy": 1 - asked - background,
    }
    scaled = {
        name: -np.log(np.maximum(column, _LEAST_SHARE)) / math.log(_LEAST_SHARE) for name, column in columns.items()
    }
    return [{name: float(column[at]) for name, column in scaled.items()} for at in range(len(clauses))]


def _marks(text: str, said: Sequence[str]) -> list[dict[str, float]]:
    """Return what stands around each clause: a question mark, the end of a sentence, a word that joins."""
    rows, start = [], 0
    for clause in said:
        at = max(text.find(clause, start), start)
        before, after = text[start:at].lower(), text[at + len(clause) : at + len(clause) + 2].strip()
        start = at + len(clause)
        rows.append(
            {
                "question mark": float(after[:1] == "?"),
                "sentence before": float(bool(_SENTENCE_END.search(before))),
                "comma before": float("," in before),
                "joined by and": float(bool(_AND.search(before))),
                "joined by but": float(bool(_BUT.search(before))),
                "joined by also": float(bool(_ALSO.search(before)) or bool(_ALSO.search(clause.lower()))),
                "listed": float(bool(_LIST_MARK.search(before))),
            }
        )
    return rows


def _alike(packed: Sequence[bytes]) -> Floats:
    """Return the likeness of each clause to each by the encoder, 0 without it: shape (clauses, clauses)."""
    if not all(packed):
        return np.zeros((len(packed), len(packed)), dtype=np.float32)
    vectors = unpack_vectors(packed)
    return vectors @ vectors.T


def _likeness(whole: Meaning, clause: Meaning) -> dict[str, float]:
    """Return what a clause is about, beside the whole message."""
    first, of_whole = _first(clause), _first(whole)
    near = {candidate.article_id for candidate in whole.match.candidates[:_NEAR]}
    kind = clause.outcome.kind
    confidence = clause.match.candidates[0].confidence if clause.match.candidates else 0.0
    known = whole.match.candidates[0].confidence if whole.match.candidates else 0.0
    same = first == of_whole != ""
    return {
        "confidence": confidence,
        "understood": float(clause.outcome.article_id is not None),
        "choice": float(kind is OutcomeKind.CLARIFY),
        "unknown": float(kind is OutcomeKind.HAND_OVER),
        "same as whole": float(same),
        "understood, unlike whole": float(clause.outcome.article_id is not None and not same),
        "whole is sure": float(whole.outcome.article_id is not None),
        "confidence of whole": known,
        "near to whole": float(first in near),
        "surer than whole": float(confidence > known),
    }


def _first(meaning: Meaning) -> str:
    return meaning.match.candidates[0].article_id if meaning.match.candidates else ""
