"""The record of processing activities as Markdown, a stand-alone HTML page, or JSON."""

import json
from dataclasses import asdict
from enum import StrEnum

from bot.export.bundle import page_of
from dialogs.privacy.processing_record import ProcessingRecord
from knowledge.article.article import Language


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
