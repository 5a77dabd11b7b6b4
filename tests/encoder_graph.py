"""Build ``bot/content/encoder/graph.onnx``; run ``python -m tests.encoder_graph`` after a change here.

The file has the model's layers and the names and shapes of their weights, not the weights. Heia needs onnxruntime to
compute it, and only this module needs onnx. A test compares the file with what is built here.

Source: operator schemas of ONNX opset 20 and of onnxruntime's own domain, com.microsoft, read 2026-11-25.
"""

from __future__ import annotations

from typing import Final

import onnx
from onnx import helper

from bot.content.encoder.engine import EARLIER, GIVEN, GRAPH, KEPT, LAST
from bot.content.encoder.model import AFTER, ATTENTION, BLOCK, INNER, OUT, Model, Tuning, columns_of, weights

EARLIER_LAYER: Final = 10
"""It knows more of the words than the last one does, and less of what they mean in whatever language."""

OURS: Final = "com.microsoft"
WHOLE_NUMBERS: Final = 4
"""Activations are rounded to 8 bits within a block of a row, so that the products are of whole numbers."""


class Graph:
    """A graph that grows node by node. Its weights are declared and come from elsewhere."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.onnx = onnx.ModelProto(ir_version=9)
        self.onnx.opset_import.extend([helper.make_opsetid("", 20), helper.make_opsetid(OURS, 1)])
        self.onnx.graph.name = "multilingual-e5-small"
        for name, numbers in weights(model).items():
            kind = helper.np_dtype_to_tensor_dtype(numbers.dtype)
            declared = onnx.TensorProto(name=name, data_type=kind, dims=numbers.shape)
            declared.data_location = onnx.TensorProto.EXTERNAL
            declared.external_data.add(key="location", value="weights")
            self.onnx.graph.initializer.append(declared)

    def node(
        self, operator: str, inputs: list[str], outputs: list[str], *, domain: str = OURS, **settings: int | float
    ) -> str:
        self.onnx.graph.node.append(helper.make_node(operator, inputs, outputs, domain=domain, **settings))
        return outputs[0]


def build(model: Model) -> onnx.ModelProto:
    """Return the graph, without the numbers of its weights."""
    graph = Graph(model)
    state = graph.node(
        "LayerNormalization", [GIVEN, "emb.ln.w", "emb.ln.b"], ["begin"], domain="", axis=-1, epsilon=model.epsilon
    )
    for number in range(model.layers):
        state = _layer(graph, f"l{number}.", state)
        if number + 1 == EARLIER_LAYER:
            graph.node("Identity", [state], [EARLIER], domain="")
    graph.node("Identity", [state], [LAST], domain="")
    shape: list[str | int | None] = ["texts", "tokens", model.width]
    number_type, whole = onnx.TensorProto.FLOAT, onnx.TensorProto.INT32
    graph.onnx.graph.input.append(helper.make_tensor_value_info(GIVEN, number_type, shape))
    graph.onnx.graph.input.append(helper.make_tensor_value_info(KEPT, whole, shape[:2]))
    for result in (EARLIER, LAST):
        graph.onnx.graph.output.append(helper.make_tensor_value_info(result, number_type, shape))
    return graph.onnx


def _layer(graph: Graph, layer: str, state: str) -> str:
    """Add one layer: attention and two dense layers, each added to what came in and normalized."""
    parts = [f"{layer}{part}" for part in ("query", "key", "value")]
    graph.node("Split", [_dense(graph, layer, state, ATTENTION)], parts, domain="", axis=-1, num_outputs=3)
    seen = graph.node("MultiHeadAttention", [*parts, "", KEPT], [f"{layer}seen"], num_heads=graph.model.heads)
    state = _added(graph, f"{layer}aln", state, _dense(graph, layer, seen, AFTER))
    inner = graph.node("Gelu", [_dense(graph, layer, state, INNER)], [f"{layer}inner"])
    return _added(graph, f"{layer}oln", state, _dense(graph, layer, inner, OUT))


def _dense(graph: Graph, layer: str, state: str, parts: tuple[str, ...]) -> str:
    """Add one product with the weights of ``parts``, side by side, and their biases."""
    name = layer + "".join(parts)
    rows = next(each.dims[0] for each in graph.onnx.graph.initializer if each.name == f"{name}.weights")
    return graph.node(
        "MatMulNBits",
        [state, f"{name}.weights", f"{name}.scales", "", "", f"{name}.bias"],
        [name],
        K=columns_of(graph.model, parts),
        N=rows,
        bits=4,
        block_size=BLOCK,
        accuracy_level=WHOLE_NUMBERS,
    )


def _added(graph: Graph, name: str, state: str, more: str) -> str:
    return graph.node(
        "SkipLayerNormalization", [state, more, f"{name}.w", f"{name}.b"], [name], epsilon=graph.model.epsilon
    )


if __name__ == "__main__":
    GRAPH.write_bytes(build(Model(Tuning())).SerializeToString(deterministic=True))
