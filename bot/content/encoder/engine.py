"""The model's arithmetic: texts in, one vector a text out, by onnxruntime on this machine's processor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bot.content.encoder.model import Model
from bot.content.encoder.pieces import Pieces
from bot.content.encoder.weights import Weights, weights
from knowledge.matching.encoder import Vectors

onnxruntime.disable_telemetry_events()  # beside the variable set in this folder's __init__.py, which alone is enough

GRAPH: Final = Path(__file__).with_name("graph.onnx")
"""The model's layers without their weights, built by tests/encoder_graph.py."""

GIVEN, KEPT = "given", "kept"
"""Embeddings (texts, tokens, width); 1 where a token is real and 0 where a text has ended (texts, tokens)."""

EARLIER, LAST = "earlier", "last"
"""Results, of the embeddings' shape: states after an earlier layer, and after the last one."""

_ASKED: Final = "query: "
"""How the model was told, when it was trained, that a text is a question."""

_EARLIER_SHARE: Final = 0.3
"""What an earlier layer counts beside the last: it tells questions of one language apart better, and costs no time."""


class OnnxSession:
    """Multilingual-e5-small in 4 bits. One call at a time; Python's lock is free meanwhile."""

    def __init__(self, model: Model, *, cores: Sequence[int]) -> None:
        """Make the model ready for each of the given numbers of cores, some 15 MB each. Raises RuntimeError."""
        self._pieces = Pieces(model.pieces, model.scores, unknown=model.unknown, normal=model.normal)
        self._ends = (model.first, model.last)
        self._words = model.matrix("emb.word", model.width)
        self._places = model.numbers("emb.pos").reshape(-1, model.width) + model.numbers("emb.type")[: model.width]
        self.dimensions: int = model.width
        # Sessions read the weights where they lie and do not own them.
        self._weights = weights(model)
        self._sessions = {count: _session(self._weights, count) for count in cores}
        for count in cores:  # the first sentence is slower, and would mislead whoever compares them
            self.read([self.cut("")], cores=count)

    def cut(self, text: str) -> list[int]:
        """Return the numbers of a text's pieces, with the marks around them: 512 at most, the rest is not read."""
        first, last = self._ends
        return [first, *self._pieces.cut(_ASKED + text)[: len(self._places) - 2], last]

    def read(self, cut: Sequence[Sequence[int]], *, cores: int) -> Vectors:
        """Return one row a text that was cut, of length one: shape (texts, dimensions)."""
        earlier, last = self.layers(cut, cores=cores)
        return _of_length_one(_EARLIER_SHARE * earlier + (1 - _EARLIER_SHARE) * last)

    def layers(self, cut: Sequence[Sequence[int]], *, cores: int) -> tuple[Vectors, Vectors]:
        """Return what ``read`` mixes: an earlier layer's rows and the last one's, each of length one."""
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
    """Return the direction of the mean over each text's real tokens."""
    return _of_length_one(np.einsum("tpw,tp->tw", states, real))


def _of_length_one(rows: Vectors) -> Vectors:
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def _session(weights: Weights, cores: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores
    options.enable_cpu_mem_arena = False
    # The second thread spins for the next step of a sentence, half the time of one that sleeps between, and stops
    # when the sentence is read.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(numbers) for numbers in weights.values()]
    options.add_external_initializers(list(weights), values)
    graph = GRAPH.read_bytes()
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as fault:  # onnxruntime's faults have no type in common
        raise RuntimeError(f"onnxruntime does not take the model: {fault}") from fault
