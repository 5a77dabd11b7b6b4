"""An export written to standard output, to a file or to a folder, readable by its owner only."""

import os
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import IO

from bot.export.bundle import data_json, files_of, readable_page, write_zip
from bot.ports import Images
from dialogs.core.texts import Texts
from dialogs.privacy.own_data import OwnData


class ExportFormat(StrEnum):
    """Format of a single file."""

    JSON = "json"
    HTML = "html"


async def write_export(
    data: OwnData,
    texts: Texts,
    images: Images,
    *,
    out: Path | None,
    form: ExportFormat | None,
    at: datetime,
) -> None:
    """Write an export. Without ``form``, the ending of ``out`` decides: .json, .html, .zip, else a folder."""
    ending = "" if out is None else out.suffix.lower().removeprefix(".")
    if out is None or form is not None or ending in set(ExportFormat):
        html = (form or ending) == ExportFormat.HTML
        text = readable_page(data, texts, at=at) if html else data_json(data, texts, at=at)
        if out is None:
            sys.stdout.write(text)
            return
        with _private(out) as file:
            file.write(text.encode())
    elif ending == "zip":
        with _private(out) as file:
            await write_zip(file, data, texts, images, at=at)
    else:
        async for name, content in files_of(data, texts, images, at=at):
            path = out / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _private(path) as file:
                file.write(content)


def _private(path: Path) -> IO[bytes]:
    descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    os.fchmod(descriptor, 0o600)  # also a file that existed
    return os.fdopen(descriptor, "wb")
