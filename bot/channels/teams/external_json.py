"""JSON from the service, checked before any of it is used or stored."""

import json
import re
from typing import Any, Final, NoReturn

MAX_DEPTH: Final = 64

# Forms in JSON bytes: escaped, or, for the later ranges, as raw bytes.
_SENT_CONTROL: Final = re.compile(rb"\\u00(?:[01][0-9a-fA-F]|7[fF]|[89][0-9a-fA-F])|\\[bf]|\x7f|\xc2[\x80-\x9f]")
_ESCAPED_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def external_json(raw: bytes) -> Any:
    """Return the value in ``raw``, control characters removed from its strings.

    Raises:
        ValueError: not JSON in UTF-8, or nested deeper than ``MAX_DEPTH``; the text has nothing of ``raw``.
    """
    try:
        body = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant)
        if _ESCAPED_SURROGATE.search(raw):
            # Half a surrogate pair fails here, not deep inside a store or in an address.
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as fault:
        raise ValueError("must be JSON in UTF-8") from fault
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _deeper_than(body, MAX_DEPTH):
        raise ValueError(f"must not nest deeper than {MAX_DEPTH}")
    return _without_control(body) if _SENT_CONTROL.search(raw) else body


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(constant)


def _deeper_than(body: Any, limit: int) -> bool:
    level = [body]
    for _ in range(limit + 1):
        containers = [value for value in level if isinstance(value, dict | list)]
        if not containers:
            return False
        level = [inner for value in containers for inner in (value.values() if isinstance(value, dict) else value)]
    return True


def _without_control(value: Any) -> Any:
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    if isinstance(value, list):
        return [_without_control(item) for item in value]
    if isinstance(value, dict):
        return {_CONTROL.sub("", name): _without_control(item) for name, item in value.items()}
    return value
