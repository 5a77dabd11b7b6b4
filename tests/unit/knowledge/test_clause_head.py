"""Kinds of clauses by their vectors, and by their letters without."""

import numpy as np
import pytest

from knowledge.language.clause_kind import KINDS, ClauseKind
from knowledge.matching import clause_head
from knowledge.matching.clause_head import ClauseHead, head_rows, kinds_by_vector
from knowledge.matching.kept_vector import pack_vector


@pytest.fixture
def towards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head for which the first dimension means asked, the second background, the third thanks."""
    weights = np.zeros((head_rows(["a"], np.zeros((1, 3), np.float32)).shape[1], len(KINDS)), dtype=np.float32)
    for dimension, kind in enumerate((ClauseKind.ASK, ClauseKind.BACKGROUND, ClauseKind.THANKS)):
        weights[dimension, KINDS.index(kind)] = 3
    monkeypatch.setattr(clause_head, "_head", lambda: ClauseHead(weights=weights, encoder="sample"))


@pytest.mark.usefixtures("towards")
def test_each_clause_has_the_kind_that_its_vector_is_near_to() -> None:
    packed = [pack_vector(row, encoder="sample") for row in np.eye(3, dtype=np.float32)]
    shares = kinds_by_vector(["får ikke lyd", "er på rom 3", "setter pris på det"], packed)
    assert [KINDS[at] for at in shares.argmax(axis=1)] == [ClauseKind.ASK, ClauseKind.BACKGROUND, ClauseKind.THANKS]
    assert np.allclose(shares.sum(axis=1), 1)


@pytest.mark.usefixtures("towards")
@pytest.mark.parametrize("packed", [b"", pack_vector(np.eye(3, dtype=np.float32)[1], encoder="another")])
def test_without_a_vector_of_the_encoder_that_was_learned_from_letters_count(packed: bytes) -> None:
    shares = kinds_by_vector(["tusen takk for hjelpen", "hvordan bytter jeg passord"], [packed, packed])
    assert [KINDS[at] for at in shares.argmax(axis=1)] == [ClauseKind.THANKS, ClauseKind.ASK]
    assert np.allclose(shares.sum(axis=1), 1)


def test_no_clause_has_no_kinds() -> None:
    assert kinds_by_vector([], []).shape == (0, len(KINDS))


def test_the_head_reads_the_place_and_length_of_a_clause_beside_its_vector() -> None:
    clauses = ["takk", "tusen takk", "skriveren er helt tom", "skriveren er helt tom nå", " ".join(["ord"] * 20)]
    rows = head_rows(clauses, np.full((len(clauses), 1), 0.5, np.float32))
    lengths = [1, 2, 4, 5, 12]
    expected = [
        (2.0, at == 0, at == len(clauses) - 1, 1.0, length / 12, length == 1, length == 2, length <= 4)
        for at, length in enumerate(lengths)
    ]
    assert np.allclose(rows, np.array(expected, dtype=np.float32))
