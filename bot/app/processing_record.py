"""The record of processing activities as Markdown, a stand-alone HTML page, or JSON."""

import json
from dataclasses import asdict
from enum import StrEnum
from html import escape
from typing import Final

from dialogs.privacy.processing_record import Chapter, ProcessingRecord
from knowledge.article.article import Language

STYLE: Final = (
    "body{font:11pt/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:9.5pt}"
    "th,td{border:1px solid #888;padding:.35rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "h2{margin-top:2rem}"
)


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
            return _html(record, language)
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


def _html(record: ProcessingRecord, language: Language) -> str:
    chapters = "\n".join(map(_chapter, record.chapters))
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(record.title)}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n<h1>{escape(record.title)}</h1>\n<p>{escape(record.lead)}</p>\n"
        f"{chapters}\n</body>\n</html>\n"
    )


def _chapter(chapter: Chapter) -> str:
    table = ""
    if chapter.columns:
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in chapter.columns)
        rows = "\n".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in chapter.rows)
        table = f"\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    paragraphs = "\n".join(f"<p>{escape(each)}</p>" for each in chapter.paragraphs)
    return f"<h2>{escape(chapter.heading)}</h2>\n{paragraphs}{table}"
