"""Runs ``heia`` with a clock that is ahead by the seconds in a file: for tests of hours that are not now.

The file, the path of ``heia`` and its words are the arguments, as ``Program`` gives them after ``under``.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app.cli import main
from bot.app.clock import SystemClock


def shift(file: Path) -> None:
    """Let the clock be ahead by the seconds in the file, read at every look."""

    def now(_: SystemClock) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(file.read_text("utf-8")))

    SystemClock.now = now  # type: ignore[method-assign]


if __name__ == "__main__":
    _, given, *words = sys.argv
    shift(Path(given))
    sys.argv = words
    sys.exit(main())
