"""Number of scans of a JPEG.

Each scan costs the sender ten bytes and the decoder the whole picture.
"""

import re
from typing import Final

# A marker as decoders see one: fill bytes before it are skipped, and restart markers belong to a scan.
_MARKER: Final = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])", re.DOTALL)
_ALONE: Final = frozenset({0x01, 0xD8})
_SCAN, _END, _SIZE_BYTES = 0xDA, 0xD9, 2


def more_scans_than(raw: bytes, most: int) -> bool:
    """Return whether the JPEG in ``raw`` has more than ``most`` scans.

    Bytes after its end do not count.
    """
    scans = at = 0
    while marker := _MARKER.search(raw, at):
        kind, at = marker[1][0], marker.end()
        if kind == _END:
            return False
        if kind == _SCAN:
            scans += 1
            if scans > most:
                return True
        if kind not in _ALONE:
            at += max(int.from_bytes(raw[at : at + _SIZE_BYTES]), _SIZE_BYTES)
    return False
