"""A submitted form, with its files: the verb, the one-time id and the inputs."""

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from aiohttp import BodyPartReader, hdrs, web
from aiohttp.http import HttpProcessingError

from bot.images.cleaning import MAX_BYTES

# A form with files, part by part: each within its limit, before any of it is used.

MULTIPART: Final = "multipart/form-data"
# All texts of a form together, as the application limits a form without files.
MOST_TEXT_BYTES: Final = 2**20
MOST_PARTS: Final = 500
# A whole form. A larger file than is taken is read to its end up to here, so that the texts behind it are not lost.
MOST_BYTES: Final = 3 * MAX_BYTES
_CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file of a form; ``body`` is None if it is too large."""

    name: str
    body: bytes | None


@dataclass(slots=True, kw_only=True)
class MultipartForm:
    """Texts and files of a form, by the names of its inputs; an input without a file is left out."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, SentFile] = field(default_factory=dict)


class _TooMuch(Exception):
    """The whole form is larger than any form of the desk."""


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One form while it is read.

    Attributes:
        several: an input may have several files.
        text_left, left: bytes that texts, and all parts, may still have.
    """

    names: Collection[str]
    several: bool = False
    form: MultipartForm = field(default_factory=MultipartForm)
    text_left: int = MOST_TEXT_BYTES
    left: int = MOST_BYTES

    async def read_part(self, part: object) -> None:
        """Read one part into the form. Raises ValueError for one that no page of the desk sends."""
        if not isinstance(part, BodyPartReader) or not part.name or _is_encoded(part):
            raise ValueError("no part of a form")
        if part.filename is None:
            body = await self._body_of(part, self.text_left)
            if body is None:
                raise _TooMuch
            self.text_left -= len(body)
            self.form.texts.setdefault(part.name, []).append(body.decode())
            return
        again = part.name in self.form.files
        if part.name not in self.names or (again and not self.several):
            raise ValueError("no file of this form")
        file = SentFile(name=part.filename, body=await self._body_of(part, MAX_BYTES))
        if file.name or file.body != b"":
            # No input has a line break in its name.
            self.form.files[f"{part.name}\n{len(self.form.files)}" if again else part.name] = file

    async def _body_of(self, part: BodyPartReader, most: int) -> bytes | None:
        """Return the bytes of a part; None for too many, which are read to their end, for the parts behind them."""
        body, kept = bytearray(), True
        while chunk := await part.read_chunk(_CHUNK):
            self.left -= len(chunk)
            if self.left < 0:
                raise _TooMuch
            kept = kept and len(body) + len(chunk) <= most
            if kept:
                body += chunk
            else:
                body.clear()
        return bytes(body) if kept else None


async def read_multipart(request: web.Request, names: Collection[str], *, several: bool = False) -> MultipartForm:
    """Return a form with files in the inputs ``names``; further files of an input have separate keys.

    Raises HTTPBadRequest, HTTPRequestEntityTooLarge.
    """
    reading = _Reading(names=names, several=several)
    try:
        reader = await request.multipart()
        for _ in range(MOST_PARTS):
            part = await reader.next()
            if part is None:
                return reading.form
            await reading.read_part(part)
    except _TooMuch:
        raise web.HTTPRequestEntityTooLarge(max_size=MOST_BYTES, actual_size=MOST_BYTES + 1) from None
    # Texts that are not UTF-8, no boundary, headers that are none, and (AssertionError) an end in the middle of a part.
    except (ValueError, AssertionError, HttpProcessingError, web.RequestPayloadError):
        raise web.HTTPBadRequest from None
    raise web.HTTPBadRequest


def _is_encoded(part: BodyPartReader) -> bool:
    """Return whether a part would have to be decoded; browsers send none."""
    return bool({hdrs.CONTENT_ENCODING, hdrs.CONTENT_TRANSFER_ENCODING} & set(part.headers))


URLENCODED: Final = "application/x-www-form-urlencoded"
UTF_8: Final = "utf-8"
# The id, and the mark of the person it was shown to. Pages of earlier versions have no mark.
_FORM_ID: Final = re.compile(r"(form-[0-9a-p]{32})(?:\.([A-Za-z0-9_-]{22}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskForm:
    """What a form sends.

    ``id``: fresh for every form shown, so that a second press of the same one is recognised. ``data``: the other
    inputs; several values of one name are joined by commas, as the choices of a card are. ``inputs``: all texts, one by
    one. ``files``: those that were chosen. ``mark``: of the person the form was shown to. All of it is untrusted.
    """

    id: str
    verb: str
    data: Mapping[str, str]
    inputs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    mark: str = ""
    files: Mapping[str, SentFile] = field(default_factory=dict)

    @property
    def characters(self) -> int:
        return sum(map(len, self.data.values()))


async def read_form(request: web.Request, *, files: Collection[str] = (), several: bool = False) -> DeskForm:
    """Return the form of a request; ``files``: its inputs for files, with ``several`` for any number each.

    Raises HTTPBadRequest, HTTPUnsupportedMediaType, HTTPRequestEntityTooLarge.
    """
    if files and request.content_type == MULTIPART:
        sent = await read_multipart(request, files, several=several)
        return _form(sent.texts, sent.files)
    # Other encodings can make texts that UTF-8 cannot write, so that no page could show them again.
    if request.content_type != URLENCODED or (request.charset or UTF_8).lower() != UTF_8:
        raise web.HTTPUnsupportedMediaType
    try:
        posted = await request.post()
    except ValueError:
        raise web.HTTPBadRequest from None
    return _form({name: [text for text in posted.getall(name) if isinstance(text, str)] for name in posted}, {})


def _form(texts: dict[str, list[str]], files: Mapping[str, SentFile]) -> DeskForm:
    given, verb = ("".join(texts.get(name, ())) for name in ("form", "verb"))
    form_id = _FORM_ID.fullmatch(given)
    if form_id is None or not verb:
        raise web.HTTPBadRequest
    # A browser sends line ends as CRLF.
    inputs = {name: [text.replace("\r\n", "\n") for text in parts] for name, parts in texts.items()}
    data = {name: ",".join(parts) for name, parts in inputs.items() if name not in {"form", "verb"}}
    return DeskForm(id=form_id[1], mark=form_id[2] or "", verb=verb, data=data, inputs=inputs, files=files)


# The text of a file that a form brings.


def text_of_file(file: SentFile) -> str:
    """Return the text of a file, in the encodings that spreadsheets write; empty for one that is too large."""
    raw = file.body or b""
    if len(raw) > MOST_TEXT_BYTES:
        return ""
    for encoding in ("utf-16",) if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else ("utf-8-sig", "cp1252"):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return ""
