"""What speaks for and against a question of its own: each reading of a clause, as the weights were learned from it."""

import math

import numpy as np
import pytest

from dialogs.ask.readings import Meaning, evidence, own_shares
from knowledge.language.clause_kind import KINDS, ClauseKind
from knowledge.matching import clause_head
from knowledge.matching.clause_head import ClauseHead, head_rows
from knowledge.matching.kept_vector import pack_vector
from knowledge.matching.match import Candidate, Match
from knowledge.matching.policy import Outcome, OutcomeKind

Found = tuple[tuple[str, float], ...]
CODE: Found = (("code", 0.6), ("phone", 0.3))


def meant(words: str, found: Found = (), kind: OutcomeKind = OutcomeKind.HAND_OVER, *, vector: bytes = b"") -> Meaning:
    """Return the meaning of words with these candidates, of which an answer takes the first."""
    candidates = tuple(Candidate(article_id=article_id, confidence=share) for article_id, share in found)
    answer = found[0][0] if kind is OutcomeKind.ANSWER else None
    match = Match(utterance=words, language="nb", small_talk=None, candidates=candidates, precision=0.0, vector=vector)
    return Meaning(match=match, outcome=Outcome(kind=kind, article_id=answer))


def read(message: str, *clauses: str, apart: tuple[str, ...] = ()) -> list[dict[str, float]]:
    return evidence(meant(message), [meant(clause) for clause in clauses], apart)


@pytest.mark.parametrize(
    ("name", "clause", "value"),
    [
        ("begins a question", "hvordan bytter jeg passord", 1),
        ("begins a question", "passordet er borte", 0),
        ("asks", "skriveren virker ikke", 1),
        ("asks", "jeg er vikar på skolen", 0),
        ("leans", "og på mobil", 1),
        ("leans", "hvordan bytter jeg passord", 0),
        ("opens with it", "så den går ikke på", 1),
        ("opens with it", "skriveren er tom", 0),
        ("opens with I", "Jeg får ikke lyd", 1),
        ("opens with I", "jegeren får ikke lyd", 0),
        ("length", "ett to tre fire fem seks", 0.5),
        ("length", "ord " * 20, 1),
        ("short", "skriveren er tom", 1),
        ("short", "skriveren er helt tom", 0),
        ("first", "skriveren er tom", 1),
        ("last", "skriveren er tom", 1),
        ("always", "skriveren er tom", 1),
        ("joined by also", "dessuten er skriveren tom", 1),
        ("joined by also", "skriveren er tom", 0),
    ],
)
def test_the_words_of_a_clause_are_read(name: str, clause: str, value: float) -> None:
    [row] = read(clause, clause)
    assert row[name] == value


@pytest.mark.parametrize(
    ("name", "message", "second", "value"),
    [
        ("question mark", "skjermen er svart, er skriveren tom?", "er skriveren tom", 1),
        ("question mark", "skjermen er svart, er skriveren tom??", "er skriveren tom", 1),
        ("question mark", "er skjermen svart? skriveren er tom.", "skriveren er tom", 0),
        ("sentence before", "skjermen er svart. skriveren er tom", "skriveren er tom", 1),
        ("sentence before", "skjermen er svart, skriveren er tom.", "skriveren er tom", 0),
        ("comma before", "skjermen er svart, skriveren er tom", "skriveren er tom", 1),
        ("comma before", "skjermen er svart og skriveren er tom", "skriveren er tom", 0),
        ("joined by and", "skjermen er svart Og skriveren er tom", "skriveren er tom", 1),
        ("joined by and", "skjermen er svart, men skriveren er tom", "skriveren er tom", 0),
        ("joined by but", "skjermen er svart, men skriveren er tom", "skriveren er tom", 1),
        ("joined by but", "skjermen er svart og skriveren er tom", "skriveren er tom", 0),
        ("joined by also", "skjermen er svart, forresten, skriveren er tom", "skriveren er tom", 1),
        ("joined by also", "skjermen er svart og skriveren er tom", "skriveren er tom", 0),
        ("listed", "1) skjermen er svart 2) skriveren er tom", "skriveren er tom", 1),
        ("listed", "skjermen er svart, skriveren er tom", "skriveren er tom", 0),
    ],
)
def test_what_stands_around_a_clause_is_read(name: str, message: str, second: str, value: float) -> None:
    first = "skjermen er svart" if "skjermen er svart" in message else "er skjermen svart"
    assert read(message, first, second)[1][name] == value


def test_a_clause_is_looked_for_behind_the_one_before_it() -> None:
    said = "skriveren er tom"
    rows = read(f"{said}! {said}, {said}?", said, said, said)
    assert [(row["comma before"], row["question mark"]) for row in rows] == [(0, 0), (0, 0), (1, 1)]


def test_what_the_message_calls_another_matter_is_apart() -> None:
    rows = read(
        "skjermen er svart, ellers er skriveren tom",
        "skjermen er svart",
        "er skriveren tom",
        apart=("er skriveren tom",),
    )
    assert [row["apart"] for row in rows] == [0, 1]


@pytest.mark.parametrize(
    ("whole", "clause", "expected"),
    [
        (
            meant("alt", (("code", 0.7), ("phone", 0.2)), OutcomeKind.ANSWER),
            meant("koden", (("code", 0.9),), OutcomeKind.ANSWER),
            {"confidence": 0.9, "understood": 1, "choice": 0, "unknown": 0, "same as whole": 1, "near to whole": 1}
            | {"understood, unlike whole": 0, "whole is sure": 1, "confidence of whole": 0.7, "surer than whole": 1},
        ),
        (
            meant("alt", (("code", 0.7), ("phone", 0.2))),
            meant("mobil", (("phone", 0.7),), OutcomeKind.ANSWER),
            {"understood": 1, "same as whole": 0, "near to whole": 1, "understood, unlike whole": 1}
            | {"whole is sure": 0, "surer than whole": 0},
        ),
        (
            meant("alt", (("far", 0.3), ("farther", 0.2), ("farthest", 0.2), ("code", 0.1))),
            meant("koden", CODE, OutcomeKind.CLARIFY),
            {"understood": 0, "choice": 1, "unknown": 0, "near to whole": 0, "understood, unlike whole": 0},
        ),
        (
            meant("alt"),
            meant("noe"),
            {"confidence": 0, "understood": 0, "choice": 0, "unknown": 1, "same as whole": 0, "near to whole": 0}
            | {"confidence of whole": 0, "surer than whole": 0},
        ),
    ],
)
def test_what_a_clause_is_about_is_read_beside_the_whole_message(
    whole: Meaning, clause: Meaning, expected: dict[str, float]
) -> None:
    [row] = evidence(whole, [clause], ())
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("hvordan a", "b er borte", [(0, 0, 0), (1, 1, 0)]),
        ("hvordan a", "hvordan b", [(1, 0, 1), (1, 0, 1)]),
        ("a er borte", "hvordan b", [(1, 1, 0), (0, 0, 0)]),
    ],
)
def test_a_question_beside_a_clause_speaks_for_or_against_it(
    first: str, second: str, expected: list[tuple[float, float, float]]
) -> None:
    names = ("another asks", "another asks, this does not", "both ask")
    rows = read(f"{first}, {second}", first, second)
    assert [tuple(row[name] for name in names) for row in rows] == expected


@pytest.mark.parametrize(
    ("before", "clause", "same", "near"),
    [
        (CODE, (("code", 0.5),), 1, 1),
        (CODE, (("phone", 0.5),), 0, 1),
        (CODE, (("print", 0.5),), 0, 0),
        (CODE, (), 0, 0),
        ((), (), 0, 0),
        ((), (("code", 0.5),), 0, 0),
    ],
)
def test_what_the_clause_before_is_about_is_read_beside_it(
    before: Found, clause: Found, same: float, near: float
) -> None:
    first, second = evidence(meant("a b"), [meant("a", before), meant("b", clause)], ())
    assert (second["same as before"], second["near to before"]) == (same, near)
    assert (first["same as before"], first["near to before"]) == (0, 0), "nothing is before the first"
    assert [(row["first"], row["last"]) for row in (first, second)] == [(1, 0), (0, 1)]


def test_one_question_among_several_clauses_is_enough() -> None:
    rows = read("hvordan a, b er borte, c er tom", "hvordan a", "b er borte", "c er tom")
    assert [row["another asks"] for row in rows] == [0, 1, 1]


@pytest.fixture
def towards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head for which the first dimension means asked and the second background."""
    weights = np.full((head_rows(["a"], np.zeros((1, 2), np.float32)).shape[1], len(KINDS)), -1, dtype=np.float32)
    for dimension, kind in enumerate((ClauseKind.ASK, ClauseKind.BACKGROUND)):
        weights[dimension, KINDS.index(kind)] = 4
    monkeypatch.setattr(clause_head, "_head", lambda: ClauseHead(weights=weights, encoder="sample"))


@pytest.mark.usefixtures("towards")
def test_vectors_say_what_a_clause_is_and_how_alike_two_are() -> None:
    vectors = [(0.0, 1.0), (1.0, 0.0), (0.6, 0.8)]
    packed = [pack_vector(np.array(vector, dtype=np.float32), encoder="sample") for vector in vectors]
    clauses = [meant(words, vector=vector) for words, vector in zip(("a", "b", "c"), packed, strict=True)]
    background, asked, mixed = rows = evidence(meant("a, b, c"), clauses, ())
    assert asked["meant as asked"] > mixed["meant as asked"] > background["meant as asked"]
    assert background["meant as background"] > mixed["meant as background"] > asked["meant as background"]
    assert background["not meant as asked"] > mixed["not meant as asked"] > asked["not meant as asked"]
    assert all(row["meant as courtesy"] < row["not meant as asked"] for row in rows), "background is no courtesy"
    meant_as = [value for row in rows for name, value in row.items() if "meant as" in name]
    assert len(meant_as) == 12
    assert all(-1 <= value <= 0 for value in meant_as)
    others = [asked["meant as asked"], mixed["meant as asked"], asked["meant as asked"]]
    assert [row["another is asked"] for row in rows] == others
    alike = [(row["alike before"], row["alike after"]) for row in rows]
    assert np.allclose(alike, [(0, 0.8), (0, 0.6), (0.8, 0)], atol=0.01)


@pytest.mark.usefixtures("towards")
def test_where_one_clause_has_no_vector_none_is_alike() -> None:
    vector = pack_vector(np.array((1.0, 0.0), dtype=np.float32), encoder="sample")
    clauses = [meant("a", vector=vector), meant("b", vector=vector), meant("c")]
    rows = evidence(meant("a, b, c"), clauses, ())
    assert [(row["alike before"], row["alike after"]) for row in rows] == [(0, 0)] * 3


def test_without_vectors_clauses_are_not_alike_and_their_letters_say_what_they_are() -> None:
    asked, thanks = read("hvordan bytter jeg passord, tusen takk", "hvordan bytter jeg passord", "tusen takk for det")
    assert [(row["alike before"], row["alike after"]) for row in (asked, thanks)] == [(0, 0), (0, 0)]
    assert asked["asked"] > thanks["asked"]
    assert asked["meant as asked"] > thanks["meant as asked"]
    assert thanks["meant as courtesy"] > asked["meant as courtesy"]


def test_a_clause_alone_has_nothing_asked_beside_it() -> None:
    [row] = read("skriveren er tom", "skriveren er tom")
    assert (row["another is asked"], row["another asks"]) == (-1, 0)


def test_the_share_of_a_question_is_the_logistic_sum_of_its_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialogs.ask.readings._weights", lambda: {"always": -1.0, "question mark": 3.0, "length": 1.0})
    whole, clauses = meant("skriveren er tom, er den det?"), [meant("skriveren er tom"), meant("er den det")]
    shares = own_shares(whole, clauses, ())
    expected = [1 / (1 + math.exp(1 - 0.25)), 1 / (1 + math.exp(1 - 0.25 - 3))]
    assert np.allclose(shares, expected)
