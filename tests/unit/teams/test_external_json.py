"""JSON from the service is text that can be stored, put into an address and sent back."""

from typing import Any

import pytest

from bot.channels.teams.activity import MAX_DEPTH, external_json


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"id": "1"}', {"id": "1"}),
        (b'\xef\xbb\xbf{"id": "1"}', {"id": "1"}),
        (b'{"id": "\\ud83d\\ude00"}', {"id": "\N{GRINNING FACE}"}),
        (b'{"i\\u0000d": ["a\\u0007b\\t\xc2\x85"]}', {"id": ["ab\t"]}),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
    ],
)
def test_text_is_read_without_control_characters(raw: bytes, value: Any) -> None:
    read = external_json(raw)
    assert value is None or read == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"id": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"id": "\xff"}',
        '{"id": "1"}'.encode("utf-16"),
        b'{"id": NaN}',
        b"9" * 5000,
        b"[" * 100_000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    ],
    ids=repr,
)
def test_anything_else_is_refused_without_repeating_it(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"^must (?:be JSON in UTF-8|not nest deeper than 64)$"):
        external_json(raw)
