"""Log lines with ids and counts only.

Exceptions appear by type and place, never with their message.
"""

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog
from structlog.typing import FilteringBoundLogger

_BLANK: Final = re.compile(r"%(?:\(\w*\))?[-#0 +]*(?:\d+|\*)?(?:\.(?:\d+|\*))?[hlL]?[a-zA-Z%]")
LEVELS: Final[Mapping[str, int]] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure_log(level: str = "warning", form: str = "console") -> None:
    """Send log lines to standard error: ids and counts, never utterances, names or addresses."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            add_exception,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    forward_library_logs()


def make_log() -> FilteringBoundLogger:
    log: FilteringBoundLogger = structlog.get_logger()
    return log


def add_exception(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add exception types and their places in our code to the line, as ``exception``."""
    # Messages are left out: validation and drivers quote user input in them.
    given = line.pop("exc_info", None)
    fault = _fault_of(given)
    if fault is not None:
        line["exception"] = traceback_of(fault)
    return line


def traceback_of(fault: BaseException) -> str:
    """Return the traceback of the fault and its causes, outermost call first, without messages."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = fault
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)
        lines += [*(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames), _kinds_of(current)]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if current is not None:
            lines.append("because of")
    return "\n".join(lines)


class LibraryLogHandler(logging.Handler):
    """Forwards library logs: logger name, message template with … for each value, and exception places."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line. A message formatted before it came here may contain user data and is left out."""
        details = {"says": _BLANK.sub("…", record.msg)} if isinstance(record.msg, str) and record.args else {}
        log = structlog.get_logger()
        log.log(record.levelno, "library", source=record.name, **details, exc_info=record.exc_info or None)


def forward_library_logs() -> None:
    """Send warnings of libraries through ``LibraryLogHandler``, replacing an earlier ``LibraryLogHandler``."""
    root = logging.getLogger()
    root.handlers = [
        *(handler for handler in root.handlers if not isinstance(handler, LibraryLogHandler)),
        LibraryLogHandler(logging.WARNING),
    ]
    # It warns of every subprotocol a client offers in vain: a line for each such request of any client.
    logging.getLogger("aiohttp.websocket").setLevel(logging.ERROR)
    # It warns of every attempt to reach a database that is away, which ``dependency_failed`` tells once.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


def _fault_of(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _kinds_of(fault: BaseException) -> str:
    name = f"{type(fault).__module__}.{type(fault).__qualname__}".removeprefix("builtins.")
    if isinstance(fault, BaseExceptionGroup):
        return f"{name} of {', '.join(_kinds_of(inner) for inner in fault.exceptions)}"
    return name
