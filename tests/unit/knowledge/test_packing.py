"""What is kept comes back as it was, or not at all."""

import numpy as np
import pytest

from knowledge.matching.kept_vector import digest, pack, squeeze, unpack, unsqueeze

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


@pytest.mark.parametrize("rows", [0, 1, 400])
def test_squeezed_values_come_back_and_need_fewer_bits(rows: int) -> None:
    values = np.rint(np.random.default_rng(rows).normal(20, 5, (rows, 12))).clip(0, 40).astype(np.uint8)
    packed = squeeze(values)
    assert np.array_equal(unsqueeze(packed, 12), values)
    assert packed.nbytes < max(values.nbytes * 4.6 / 8, 100)
