"""The sentence encoder of the extra ``semantic``: multilingual-e5-small, tuned to questions, on this machine alone."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import structlog

from bot.engine import Engine, Tuning
from bot.pace import Pace
from knowledge.encoder import Encoder, Vectors

_BATCH = 32
"""Texts handed over at once: larger ones fall out of the processor's cache and gain nothing."""

_PREFIX = 20
"""Letters that the marks around a sentence cost."""

_log = structlog.get_logger(__name__)


class Reads(Protocol):
    """What the encoder needs of an engine."""

    @property
    def dimensions(self) -> int:
        """How long a row is."""
        ...

    @property
    def use_cores(self) -> Callable[[int], object] | None:
        """Sets how many cores the calling thread's next sentence may use; None where that cannot be set."""
        ...

    def read(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text."""
        ...


class TunedEncoder:
    """Multilingual-e5-small. Calls may come from any thread and run one at a time; Python's lock is free meanwhile."""

    def __init__(self, engine: Reads, *, version: str, cores: int) -> None:
        self._engine = engine
        self._pace = {alone: Pace(cores) for alone in (True, False)}
        self._name = f"multilingual-e5-small {version}"
        self._turn = threading.Lock()

    @property
    def name(self) -> str:
        """Return the model and its version."""
        return self._name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row of 384 a text, of length one. About 0.5 ms a word on two cores."""
        rows = np.empty((len(texts), self._engine.dimensions), dtype=np.float32)
        shortest_first = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for start in range(0, len(texts), _BATCH):
            chosen = shortest_first[start : start + _BATCH]
            with self._turn:
                rows[chosen] = self._read([texts[at] for at in chosen])
        return rows

    def _read(self, texts: Sequence[str]) -> Vectors:
        pace = self._pace[len(texts) == 1]
        cores = pace.choose()
        if self._engine.use_cores is not None:
            self._engine.use_cores(cores)
        began = time.perf_counter()
        read = self._engine.read(texts)
        pace.note(cores, seconds=time.perf_counter() - began, work=sum(len(text) + _PREFIX for text in texts))
        return read


def load_encoder(*, threads: int = 2) -> Encoder | None:
    """Return the encoder, or None after one log line that says why there is none; matching is lexical then.

    Args:
        threads: cores one sentence may use. Fixed for the life of the process by the first call.
    """
    try:
        _require_avx2(Path("/proc/cpuinfo"))
        # A thread that waits for the other one spins a few microseconds and then sleeps. A sentence on two free cores
        # takes 8 ms so; 19 ms when it sleeps at once. ``Pace`` sees to it that there are two free cores.
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
        tuning = Tuning()
        encoder = TunedEncoder(Engine(threads=threads, tuning=tuning), version=f"tuned {tuning.name}", cores=threads)
        encoder.encode(["hei"])
    except (ImportError, OSError, RuntimeError, ValueError, AttributeError) as fault:
        _log.warning("encoder_missing", reason=str(fault), consequence="questions are matched by their words alone")
        return None
    return encoder


def _require_avx2(listing: Path) -> None:
    """Raise RuntimeError when the processor lacks AVX2: the compiled engine would end the process there."""
    flags = next((line for line in listing.read_text().splitlines() if line.startswith("flags")), "")
    if " avx2" not in flags:
        raise RuntimeError("the processor has no AVX2 instructions")
