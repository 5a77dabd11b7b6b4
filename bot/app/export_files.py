"""An export written to standard output, a file or a folder, and the record of processing as Markdown or a page."""

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import IO

from bot.export.bundle import data_json, files_of, page_of, readable_page, write_zip
from bot.ports import Images
from dialogs.core.texts import Texts
from dialogs.privacy.own_data import OwnData
from dialogs.privacy.processing_record import ProcessingRecord
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation


class ExportFormat(StrEnum):
    """Format of a single file."""

    JSON = "json"
    HTML = "html"


@dataclass(slots=True)
class PreparedExport:
    """An export that is written but not handed over: ``text`` for standard output, or files beside their places."""

    text: str = ""
    files: list[tuple[Path, Path]] = field(default_factory=list)

    def hand_over(self) -> None:
        """Print the text, or move each file to its place. Raises OSError."""
        sys.stdout.write(self.text)
        for unfinished, path in self.files:
            unfinished.replace(path)

    def add(self, path: Path) -> IO[bytes]:
        """Return a new file beside ``path``, readable by its owner only. Raises OSError."""
        unfinished = path.with_name(f".{path.name}.{os.getpid()}.new")
        descriptor = os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        self.files.append((unfinished, path))
        return os.fdopen(descriptor, "wb")


@asynccontextmanager
async def prepared_export(
    data: OwnData,
    texts: Texts,
    organisation: Organisation,
    images: Images,
    *,
    out: Path | None,
    form: ExportFormat | None,
    at: datetime,
) -> AsyncIterator[PreparedExport]:
    """Write an export and yield it to be handed over. Without that, no file stays. Raises OSError, StoreUnavailable.

    Without ``form``, the ending of ``out`` decides: .json, .html, .zip, else a folder.
    """
    # In two steps, because the audit log must have every export that was handed over, and none that failed.
    export = PreparedExport()
    ending = "" if out is None else out.suffix.lower().removeprefix(".")
    try:
        if out is None or form is not None or ending in set(ExportFormat):
            html = (form or ending) == ExportFormat.HTML
            text = readable_page(data, texts, organisation, at=at) if html else data_json(data, texts, at=at)
            if out is None:
                export.text = text
            else:
                with export.add(out) as file:
                    file.write(text.encode())
        elif ending == "zip":
            with export.add(out) as file:
                await write_zip(file, data, texts, organisation, images, at=at)
        else:
            async for name, content in files_of(data, texts, organisation, images, at=at):
                path = out / name
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with export.add(path) as file:
                    file.write(content)
        yield export
    finally:
        for unfinished, _ in export.files:
            unfinished.unlink(missing_ok=True)


# The record of processing activities as Markdown, a stand-alone HTML page, or JSON.


class RecordFormat(StrEnum):
    """Format of the document."""

    MD = "md"
    HTML = "html"
    JSON = "json"


def rendered(record: ProcessingRecord, form: RecordFormat, language: Language) -> str:
    """Return the document as text with a final line break."""
    match form:
        case RecordFormat.MD:
            return _markdown(record)
        case RecordFormat.HTML:
            return page_of(record, language)
        case RecordFormat.JSON:
            return json.dumps(asdict(record), ensure_ascii=False, indent=1) + "\n"


def _markdown(record: ProcessingRecord) -> str:
    blocks = [f"# {record.title}", record.lead]
    for chapter in record.chapters:
        blocks += [f"## {chapter.heading}", *chapter.paragraphs]
        if chapter.columns:
            lines = [chapter.columns, ("---",) * len(chapter.columns), *chapter.rows]
            blocks.append("\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines))
    return "\n\n".join(blocks) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
