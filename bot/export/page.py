"""Documents with chapters as stand-alone HTML pages."""

from collections.abc import Sequence
from html import escape
from typing import Final, Protocol

from dialogs.privacy.chapter import Chapter
from knowledge.article.article import Language

STYLE: Final = (
    "body{font:11pt/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:9.5pt}"
    "th,td{border:1px solid #888;padding:.35rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "h2{margin-top:2rem}"
)


class Chaptered(Protocol):
    """A document: title, lead and chapters."""

    @property
    def title(self) -> str:
        """The title."""
        ...

    @property
    def lead(self) -> str:
        """The first paragraph."""
        ...

    @property
    def chapters(self) -> Sequence[Chapter]:
        """The chapters in order."""
        ...


def page_of(document: Chaptered, language: Language) -> str:
    """Return a stand-alone HTML page; every text is escaped."""
    chapters = "\n".join(map(_chapter, document.chapters))
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(document.title)}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n<h1>{escape(document.title)}</h1>\n<p>{escape(document.lead)}</p>\n"
        f"{chapters}\n</body>\n</html>\n"
    )


def _chapter(chapter: Chapter) -> str:
    table = ""
    if chapter.columns:
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in chapter.columns)
        rows = "\n".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in chapter.rows)
        table = f"\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    paragraphs = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in chapter.paragraphs)
    return f"<h2>{escape(chapter.heading)}</h2>\n{paragraphs}{table}"
