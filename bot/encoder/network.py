"""The model's layers as an ONNX graph: what onnxruntime computes a sentence with.

Source: operator schemas of ONNX opset 20 and of onnxruntime's own domain, com.microsoft, read 2026-11-25.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from bot.encoder.model import BLOCK, Model

GIVEN, KEPT = "given", "kept"
"""Embeddings (texts, tokens, width); 1 where a token is real and 0 where a text has ended (texts, tokens)."""

EARLIER, LAST = "earlier", "last"
"""Results, of the embeddings' shape: what the layer ``EARLIER_LAYER`` gives, and what the last one gives."""

EARLIER_LAYER: Final = 10
"""It knows more of the words than the last one does, and less of what they mean in whatever language."""

_OURS: Final = "com.microsoft"
_WHOLE_NUMBERS: Final = 4
"""Activations are rounded to 8 bits within a block of a row, so that the products are of whole numbers."""


class _Graph:
    """A graph that grows in place: to put one together from finished parts would copy its weights twice."""

    def __init__(self, name: str) -> None:
        self._model = onnx.ModelProto(ir_version=9)
        self._model.opset_import.extend([helper.make_opsetid("", 20), helper.make_opsetid(_OURS, 1)])
        self._model.graph.name = name

    def weight(self, name: str, numbers: NDArray[np.generic]) -> str:
        self._model.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(numbers), name))
        return name

    def node(
        self, operator: str, inputs: list[str], outputs: list[str], *, domain: str = _OURS, **settings: int | float
    ) -> str:
        node = helper.make_node(operator, inputs, outputs, domain=domain, **settings)  # type: ignore[arg-type]
        self._model.graph.node.append(node)
        return outputs[0]

    def serialized(self, width: int) -> bytes:
        """Return the whole, with the tensors it takes and gives."""
        shape: list[str | int | None] = ["texts", "tokens", width]
        numbers, whole = onnx.TensorProto.FLOAT, onnx.TensorProto.INT32
        self._model.graph.input.extend(
            [
                helper.make_tensor_value_info(GIVEN, numbers, shape),
                helper.make_tensor_value_info(KEPT, whole, shape[:2]),
            ]
        )
        for result in (EARLIER, LAST):
            self._model.graph.output.append(helper.make_tensor_value_info(result, numbers, shape))
        return bytes(self._model.SerializeToString())


def network(model: Model) -> bytes:
    """Return the graph with its weights, serialized: about 14 MB."""
    graph = _Graph("multilingual-e5-small")
    begin = [graph.weight(part, model.numbers(part)) for part in ("emb.ln.w", "emb.ln.b")]
    state = graph.node("LayerNormalization", [GIVEN, *begin], ["begin"], domain="", axis=-1, epsilon=model.epsilon)
    for layer in range(model.layers):
        state = _layer(graph, model, f"l{layer}.", state)
        if layer + 1 == EARLIER_LAYER:
            graph.node("Identity", [state], [EARLIER], domain="")
    graph.node("Identity", [state], [LAST], domain="")
    return graph.serialized(model.width)


def _layer(graph: _Graph, model: Model, layer: str, state: str) -> str:
    """Add one layer: attention and two dense layers, each added to what came in and normalized."""
    wide = _dense(graph, model, layer, state, ["q", "k", "v"])
    parts = [f"{layer}{part}" for part in ("query", "key", "value")]
    graph.node("Split", [wide], parts, domain="", axis=-1, num_outputs=3)
    seen = graph.node("MultiHeadAttention", [*parts, "", KEPT], [f"{layer}seen"], num_heads=model.heads)
    state = _added(graph, model, f"{layer}aln", state, _dense(graph, model, layer, seen, ["ao"]))
    inner = graph.node("Gelu", [_dense(graph, model, layer, state, ["fi"])], [f"{layer}inner"])
    return _added(graph, model, f"{layer}oln", state, _dense(graph, model, layer, inner, ["fo"]))


def _dense(graph: _Graph, model: Model, layer: str, state: str, parts: list[str]) -> str:
    """Add one product with the weights of parts that take the same input, side by side, and their biases."""
    columns = 4 * model.width if parts == ["fo"] else model.width
    matrices = [model.matrix(f"{layer}{part}.w", columns) for part in parts]
    weights = np.concatenate([matrix.weights for matrix in matrices])
    scales = np.concatenate([matrix.scales for matrix in matrices])
    name = layer + "".join(parts)
    return graph.node(
        "MatMulNBits",
        [
            state,
            graph.weight(f"{name}.weights", weights[:, :, 0::2] | weights[:, :, 1::2] << 4),
            graph.weight(f"{name}.scales", scales.reshape(-1)),
            "",
            "",
            graph.weight(f"{name}.bias", np.concatenate([model.numbers(f"{layer}{part}.b") for part in parts])),
        ],
        [name],
        K=columns,
        N=len(weights),
        bits=4,
        block_size=BLOCK,
        accuracy_level=_WHOLE_NUMBERS,
    )


def _added(graph: _Graph, model: Model, name: str, state: str, more: str) -> str:
    parts = [graph.weight(f"{name}.{part}", model.numbers(f"{name}.{part}")) for part in ("w", "b")]
    return graph.node("SkipLayerNormalization", [state, more, *parts], [name], epsilon=model.epsilon)
