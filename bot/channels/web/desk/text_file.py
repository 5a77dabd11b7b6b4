"""The text of a file that a form brings."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import suppress

from bot.channels.web.desk.multipart import MOST_TEXT_BYTES, SentFile


def text_of_file(file: SentFile) -> str:
    """Return the text of a file, in the encodings that spreadsheets write; empty for one that is too large."""
    raw = file.body or b""
    if len(raw) > MOST_TEXT_BYTES:
        return ""
    for encoding in ("utf-16",) if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else ("utf-8-sig", "cp1252"):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return ""
