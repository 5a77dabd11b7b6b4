"""A submitted form: its verb, its one-time id and its inputs."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from bot.channels.web.desk.multipart import MULTIPART, SentFile, read_multipart

URLENCODED: Final = "application/x-www-form-urlencoded"
UTF_8: Final = "utf-8"
_FORM_ID: Final = re.compile(r"form-[0-9a-p]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskForm:
    """What a form sends.

    ``id``: fresh for every form shown, so that a second press of the same one is recognised. ``data``: the other
    inputs; several values of one name are joined by commas, as the choices of a card are. ``files``: those that were
    chosen. All of it is untrusted.
    """

    id: str
    verb: str
    data: Mapping[str, str]
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
    form_id, verb = ("".join(texts.pop(name, [])) for name in ("form", "verb"))
    if not _FORM_ID.fullmatch(form_id) or not verb:
        raise web.HTTPBadRequest
    # A browser sends line ends as CRLF.
    data = {name: ",".join(parts).replace("\r\n", "\n") for name, parts in texts.items()}
    return DeskForm(id=form_id, verb=verb, data=data, files=files)
