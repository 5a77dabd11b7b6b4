"""Arrange the model's weights as inputs of the graph beside this file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.content.encoder.model import Matrix, Model

# Weights by input name of the graph.
Weights = Mapping[str, NDArray[Any]]


def weights(model: Model) -> Weights:
    """Return all weights the graph takes, about 14 MB."""
    return dict(_all(model))


def columns_of(model: Model, parts: Sequence[str]) -> int:
    """Return the number of columns in a dense layer's weights."""
    return int(4 * model.width if parts == OUT else model.width)


# Dense layers of each layer, grouped by parts that take the same input and are computed together.
ATTENTION, AFTER, INNER, OUT = ("q", "k", "v"), ("ao",), ("fi",), ("fo",)


def _all(model: Model) -> Iterator[tuple[str, NDArray[Any]]]:
    for part in ("emb.ln.w", "emb.ln.b"):
        yield part, np.array(model.numbers(part))
    for number in range(model.layers):
        layer = f"l{number}."
        for parts in (ATTENTION, AFTER, INNER, OUT):
            yield from _dense(model, layer, parts)
        for norm in ("aln", "oln"):
            for part in ("w", "b"):
                yield f"{layer}{norm}.{part}", np.array(model.numbers(f"{layer}{norm}.{part}"))


def _dense(model: Model, layer: str, parts: Sequence[str]) -> Iterator[tuple[str, NDArray[Any]]]:
    matrices = [model.matrix(f"{layer}{part}.w", columns_of(model, parts)) for part in parts]
    name = layer + "".join(parts)
    yield f"{name}.weights", np.concatenate([_packed(matrix) for matrix in matrices])
    yield f"{name}.scales", np.concatenate([matrix.scales.reshape(-1) for matrix in matrices])
    yield f"{name}.bias", np.concatenate([model.numbers(f"{layer}{part}.b") for part in parts])


def _packed(matrix: Matrix) -> NDArray[np.uint8]:
    """Return two neighbouring weights per byte: shape (rows, blocks, 16)."""
    weights = matrix.weights
    return weights[:, :, 0::2] | weights[:, :, 1::2] << np.uint8(4)
