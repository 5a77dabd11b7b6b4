"""``heia`` that tells its processor time, and what of it the encoder took to read: run by ``bench_turn``.

It runs in a checkout of another commit, too: run the file with that folder as PYTHONPATH. A signal USR1 writes the
numbers to the file that HEIA_BENCH_TALLY names. Processor time is of all threads. While the encoder reads for the only
question, nothing else runs.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.app.cli import main
from bot.content.encoder import TunedEncoder
from knowledge.matching.matcher import Matcher

_TALLY = Path(os.environ["HEIA_BENCH_TALLY"])
# Of each question: seconds of the encoder, and of the whole match with it.
_reading: list[float] = []
_matching: list[float] = []
# Seconds of processor of each reading.
_processor: list[float] = []


def _timed_encode(encode: Callable[..., Any]) -> Callable[..., Any]:
    def timed(self: TunedEncoder, texts: Any) -> Any:
        processor, wall = time.process_time(), time.perf_counter()
        try:
            return encode(self, texts)
        finally:
            _processor.append(time.process_time() - processor)
            _reading.append(time.perf_counter() - wall)

    return timed


def _timed_match(match_each: Callable[..., Any]) -> Callable[..., Any]:
    def timed(self: Matcher, *args: Any, **named: Any) -> Any:
        began, read = time.perf_counter(), len(_reading)
        try:
            return match_each(self, *args, **named)
        finally:
            _matching.append(time.perf_counter() - began - sum(_reading[read:]))

    return timed


def _write(*_: object) -> None:
    told = {
        "processor": time.process_time(),
        "encoder": sum(_processor),
        "reading": _reading,
        "matching": _matching,
    }
    _TALLY.with_suffix(".new").write_text(json.dumps(told))
    _TALLY.with_suffix(".new").rename(_TALLY)


if __name__ == "__main__":
    TunedEncoder.encode = _timed_encode(TunedEncoder.encode)  # type: ignore[method-assign]
    Matcher.match_each = _timed_match(Matcher.match_each)  # type: ignore[method-assign]
    signal.signal(signal.SIGUSR1, _write)
    sys.exit(main())
