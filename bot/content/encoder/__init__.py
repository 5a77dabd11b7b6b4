"""Sentence encoder of the extra ``semantic``: multilingual-e5-small, fine-tuned on questions, run locally.

Entry point: ``load_encoder``. May import ``knowledge`` and the libraries of the extra; only ``engine`` imports
onnxruntime.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import structlog

from bot.content.encoder.pace import ThreadChoice
from knowledge.matching.encoder import Encoder, Vectors

# onnxruntime 1.29 and newer sends usage data to Microsoft and writes ~/.cache/Microsoft unless this variable is set
# when it is loaded: its own call to disable that comes too late. Set here, because this runs before any module of this
# folder, and before a thread computes that reads the environment.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# Tokens per batch: larger batches fall out of the processor's cache, gain nothing and keep questions waiting.
_BATCH_SIZE = 1_024

_log = structlog.get_logger(__name__)


class EncoderEngine(Protocol):
    """The engine interface the encoder uses."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    def tokenize(self, text: str) -> list[int]:
        """Return the token ids of a text."""
        ...

    def embed(self, cut: Sequence[Sequence[int]], *, cores: int) -> Vectors:
        """Return one vector per tokenised text."""
        ...


class TunedEncoder:
    """Multilingual-e5-small. Thread-safe; runs one batch at a time and releases the GIL while computing."""

    def __init__(self, engine: EncoderEngine, *, version: str, cores: int) -> None:
        self._engine = engine
        self._pace = {alone: ThreadChoice(cores) for alone in (True, False)}
        self._name = f"multilingual-e5-small {version}"
        self._turn = threading.Lock()

    @property
    def name(self) -> str:
        """Name and version of the model."""
        return self._name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of 384 numbers and length one per text. Takes about 0.3 ms a word on two cores."""
        rows = np.empty((len(texts), self._engine.dimensions), dtype=np.float32)
        cut = [self._engine.tokenize(text) for text in texts]
        for chosen in _batches([len(numbers) for numbers in cut]):
            with self._turn:
                rows[chosen] = self._embed([cut[at] for at in chosen])
        return rows

    def _embed(self, cut: Sequence[Sequence[int]]) -> Vectors:
        pace = self._pace[len(cut) == 1]
        cores = pace.choose()
        began = time.perf_counter()
        read = self._engine.embed(cut, cores=cores)
        pace.note(cores, seconds=time.perf_counter() - began, work=len(cut) * max(map(len, cut)))
        return read


def load_encoder(*, threads: int = 2) -> Encoder | None:
    """Return the encoder, or None if it cannot be loaded.

    The reason is logged once; matching is then lexical.

    Args:
        threads: cores one sentence may use.
    """
    try:
        # The extra's libraries may not be installed.
        from bot.content.encoder.engine import OnnxSession  # noqa: PLC0415
        from bot.content.encoder.model import Model, Tuning  # noqa: PLC0415

        tuning = Tuning()
        engine = OnnxSession(Model(tuning), cores=sorted({1, threads}))
        encoder = TunedEncoder(engine, version=f"tuned {tuning.name}, two layers", cores=threads)
        encoder.encode(["hei"])
    except (ImportError, OSError, RuntimeError, ValueError, AttributeError) as fault:
        _log.warning("encoder_missing", reason=str(fault), consequence="questions are matched by their words alone")
        return None
    return encoder


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield batches of text indexes with similar lengths, to reduce padding."""
    batch: list[int] = []
    for at in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[at] > _BATCH_SIZE:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch
