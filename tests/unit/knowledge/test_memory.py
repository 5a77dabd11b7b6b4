"""What is kept comes back as it was, or not at all."""

import numpy as np
import pytest

from knowledge.matching.memory import Vocabulary, digest, pack, squeeze, unpack, unsqueeze
from tests.unit.knowledge.fakes import LetterEncoder

ARRAYS = {
    "weights": np.arange(6, dtype=np.float32).reshape(2, 3),
    "names": np.array([3, 1 << 63], dtype=np.uint64),
    "none": np.zeros((0, 4), dtype=np.float16),
}


def test_arrays_come_back_as_they_were_without_a_copy() -> None:
    packed = pack(ARRAYS, name="a b")
    name, found = unpack(packed)
    assert name == "a b"
    for key, array in ARRAYS.items():
        assert found[key].dtype == array.dtype
        assert np.array_equal(found[key], array)
        assert not found[key].flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        found["weights"][0, 0] = 1


@pytest.mark.parametrize("at", [0, 12, 20, 40, -1, -20])
def test_one_wrong_byte_and_nothing_comes_back(at: int) -> None:
    packed = bytearray(pack(ARRAYS, name="x"))
    packed[at] ^= 1
    assert unpack(bytes(packed)) == ("", {})


@pytest.mark.parametrize("length", [0, 5, 25, 100, -1])
def test_half_of_it_and_nothing_comes_back(length: int) -> None:
    assert unpack(pack(ARRAYS, name="x")[:length]) == ("", {})


def test_parts_are_not_run_together_in_a_digest() -> None:
    assert digest("ab", "c") != digest("a", "bc")


def test_a_vocabulary_asks_for_new_texts_only_and_once() -> None:
    encoder, known = LetterEncoder(), Vocabulary()
    known.encode_missing(["en", "to", "en"], encoder)
    known.encode_missing(["to", "tre"], encoder)
    assert encoder.asked == ["en", "to", "tre"]
    fresh = LetterEncoder().encode(["tre", "en"])
    assert known.vectors_of(["tre", "en"]) == pytest.approx(fresh, abs=1e-3)
    with pytest.raises(KeyError):
        known.vectors_of(["fire"])


def test_vectors_shipped_by_the_version_before_are_read() -> None:
    known = Vocabulary()
    known.encode_missing(["en"], LetterEncoder())
    scale = np.abs(known.rows.astype(np.float32)).max(axis=1) / 127
    small = np.rint(known.rows / scale[:, None]).astype(np.int8)
    before = pack({"names": known.names, "rows": small, "scale": scale}, name="vocabulary of letters 1")
    again = Vocabulary.shipped(before, encoder="letters 1")
    assert again.vectors_of(["en"]) == pytest.approx(known.vectors_of(["en"]), abs=0.01)


@pytest.mark.parametrize("rows", [0, 1, 400])
def test_squeezed_values_come_back_and_need_fewer_bits(rows: int) -> None:
    values = np.rint(np.random.default_rng(rows).normal(20, 5, (rows, 12))).clip(0, 40).astype(np.uint8)
    packed = squeeze(values)
    assert np.array_equal(unsqueeze(packed, 12), values)
    assert packed.nbytes < max(values.nbytes * 4.6 / 8, 100)


def test_a_vocabulary_of_some_texts_holds_no_others() -> None:
    known = Vocabulary()
    known.encode_missing(["en", "to"], LetterEncoder())
    assert known.only(["to", "ukjent"]).missing(["en", "to"]) == ["en"]


def test_a_shipped_vocabulary_is_nearly_what_it_was_and_anything_else_is_none() -> None:
    known = Vocabulary()
    known.encode_missing(["en", "to", "tre"], LetterEncoder())
    again = Vocabulary.shipped(known.ship(encoder="letters 1"), encoder="letters 1")
    step = float(np.abs(known.rows).max()) / 11
    assert again.vectors_of(["tre", "en"]) == pytest.approx(known.vectors_of(["tre", "en"]), abs=0.51 * step)
    assert np.array_equal(Vocabulary.shipped(again.ship(encoder="letters 1"), encoder="letters 1").rows, again.rows)
    _, arrays = unpack(known.ship(encoder="letters 1"))
    del arrays["steps"]
    stepless = pack(arrays, name="vocabulary of letters 1")
    for other in (pack(ARRAYS, name="x"), None, known.ship(encoder="letters 2"), stepless):
        assert Vocabulary.shipped(other, encoder="letters 1").missing(["en"]) == ["en"]
