"""Run the model locally with onnxruntime: texts in, vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bot.content.encoder.model import Model, Weights, weights
from bot.content.encoder.pieces import Pieces
from knowledge.matching.encoder import Vectors

onnxruntime.disable_telemetry_events()  # a second guard beside the variable set in __init__.py

# The model's layers without their weights, built by tests/encoder_graph.py.
GRAPH: Final = Path(__file__).with_name("graph.onnx")

# Graph inputs: embeddings (texts, tokens, width), and a mask (texts, tokens): 1 for a token, 0 for padding.
GIVEN, KEPT = "given", "kept"

# Graph outputs, in the shape of the embeddings: states after an earlier layer, and after the last one.
EARLIER, LAST = "earlier", "last"

# Prefix that marked questions during training.
_ASKED: Final = "query: "

# Weight of the earlier layer (0–1): it separates questions of one language better and costs no time.
_EARLIER_SHARE: Final = 0.3


class OnnxSession:
    """Multilingual-e5-small in 4 bits. Allows one call at a time, and releases the GIL while it runs."""

    def __init__(self, model: Model, *, cores: Sequence[int]) -> None:
        """Prepare the model for each of the given numbers of cores, about 15 MB each. Raises RuntimeError."""
        self._pieces = Pieces(model.pieces, model.scores, unknown=model.unknown, normal=model.normal)
        self._ends = (model.first, model.last)
        self._words = model.matrix("emb.word", model.width)
        self._places = model.numbers("emb.pos").reshape(-1, model.width) + model.numbers("emb.type")[: model.width]
        self.dimensions: int = model.width
        # Sessions use the weights without copying, so this object must keep them alive.
        self._weights = weights(model)
        self._sessions = {count: _session(self._weights, count) for count in cores}
        for count in cores:  # warm up: the first sentence is slower and would distort the choice of cores
            self.embed([self.tokenize("")], cores=count)

    def tokenize(self, text: str) -> list[int]:
        """Return the token ids of a text with its start and end marks.

        At most 512; the rest is cut off.
        """
        first, last = self._ends
        return [first, *self._pieces.tokenize(_ASKED + text)[: len(self._places) - 2], last]

    def embed(self, cut: Sequence[Sequence[int]], *, cores: int) -> Vectors:
        """Return one vector of length one per tokenised text: shape (texts, dimensions)."""
        earlier, last = self.layers(cut, cores=cores)
        return _of_length_one(_EARLIER_SHARE * earlier + (1 - _EARLIER_SHARE) * last)

    def layers(self, cut: Sequence[Sequence[int]], *, cores: int) -> tuple[Vectors, Vectors]:
        """Return the two sets of vectors that ``embed`` mixes.

        They are from an earlier layer and from the last one, each vector of length one.
        """
        longest = max(map(len, cut))
        kept = np.zeros((len(cut), longest), dtype=np.int32)
        given = np.zeros((len(cut), longest, self.dimensions), dtype=np.float32)
        for at, numbers in enumerate(cut):
            kept[at, : len(numbers)] = 1
            given[at, : len(numbers)] = self._words.rows(numbers) + self._places[: len(numbers)]
        earlier, last = self._sessions[cores].run([EARLIER, LAST], {GIVEN: given, KEPT: kept})
        real = kept.astype(np.float32)
        return _mean(earlier, real), _mean(last, real)


def _mean(states: NDArray[np.float32], real: NDArray[np.float32]) -> Vectors:
    """Return the normalised mean over each text's real tokens."""
    return _of_length_one(np.einsum("tpw,tp->tw", states, real))


def _of_length_one(rows: Vectors) -> Vectors:
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def _session(weights: Weights, cores: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores
    options.enable_cpu_mem_arena = False
    # The second thread spins while it waits for the next step of a sentence, twice as fast as sleeping, and stops after
    # the sentence.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(numbers) for numbers in weights.values()]
    options.add_external_initializers(list(weights), values)
    graph = GRAPH.read_bytes()
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as fault:  # onnxruntime's exceptions have no common type
        raise RuntimeError(f"onnxruntime does not take the model: {fault}") from fault
