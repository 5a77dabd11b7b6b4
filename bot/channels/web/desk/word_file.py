"""A Word document as Markdown with headings, for the import of articles. Only its text is read.

mammoth makes HTML of the document; it gets the XML parts alone, within limits, and never an image, a macro or a link
to a file.
"""

import io
import re
import zipfile
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from bot.channels.web.desk.form import SentFile
from bot.channels.web.desk.rendering import SCHEMES
from bot.directory.file_rows import MAX_ENTRIES, BadPackage, check_directory, check_package
from bot.images.cleaning import MAX_BYTES
from knowledge.article.importing import BadImport, ImportRule
from knowledge.article.sections import UnreadPart, plain_paragraph, unread_mark

# Start and end tags of all parts.
MAX_TAGS: Final = 200_000
MAX_XML_BYTES: Final = 20_000_000
# Begins, middles and ends of fields: mammoth looks through all open ones at each run of text.
MAX_FIELD_MARKS: Final = 5_000
_WITH_MACROS: Final = (".docm", ".dotm")
_OLD: Final = (".doc", ".dot")
ENDINGS: Final = (".docx", ".dotx", *_WITH_MACROS, *_OLD)
# The container of older formats, and of documents locked with a password.
_OLE: Final = b"\xd0\xcf\x11\xe0"
_DOCUMENT: Final = "word/document.xml"
_STYLES: Final = "\n".join(
    ("p[style-name='Title'] => h1:fresh", *(f"p[style-name='heading {level}'] => h6:fresh" for level in range(5, 10)))
)
# Parts that mammoth leaves out without a trace. The prefixes are those that Word writes.
_SILENT: Final = {
    UnreadPart.FORMULA: re.compile(rb"<m:oMath[ />]"),
    UnreadPart.CHART: re.compile(rb"<(?:c:chart|dgm:relIds)[ />]"),
    UnreadPart.OTHER: re.compile(rb"<w:altChunk[ />]"),
}
_FIELD_MARK: Final = re.compile(rb"fldChar[\s/>]")
_SPACES: Final = re.compile(r"\s+")
_NOTE: Final = re.compile(r"#?(?:foot|end)note-")
_HEADINGS: Final = frozenset(f"h{level}" for level in range(1, 7))
# The check of an article says what is wrong with http.
_LINKED: Final = SCHEMES | {"http"}
_IN_LINK: Final = str.maketrans({" ": "%20", "(": "%28", ")": "%29"})
_MARKS: Final = {"strong": "**", "em": "*"}


def is_word(file: SentFile) -> bool:
    """Return whether a file's name is one of Word's."""
    return file.name.lower().endswith(ENDINGS)


def markdown_of_word(file: SentFile) -> str:
    """Return the text of a document, below its name and its headings. Raises BadImport.

    Slow: up to seconds for the largest that is taken.
    """
    body, name = file.body, file.name.lower()
    if body is None:
        raise BadImport(ImportRule.FILE_SIZE, most=MAX_BYTES // 2**20)
    if body.startswith(_OLE) or name.endswith(_OLD):
        raise BadImport(ImportRule.WORD_OLD)
    if name.endswith(_WITH_MACROS):
        raise BadImport(ImportRule.MACROS)
    try:
        package = _xml_parts(body)
        check_package(package)
        html, silent = _html_of(package)
        writer = MarkdownWriter(PurePosixPath(file.name.replace("\\", "/")).stem, silent)
        writer.feed(html)
        writer.close()
        return writer.text
    except BadImport:
        raise
    # Whatever a foreign document lets the library raise, such as KeyError or RecursionError: it cannot be read.
    except Exception:
        raise BadImport(ImportRule.WORD) from None


def _xml_parts(body: bytes) -> io.BytesIO:
    """Return a package with the XML parts of a document alone. Raises BadImport, BadPackage, zipfile's exceptions."""
    check_directory(io.BytesIO(body))
    kept, left, tags, marks = io.BytesIO(), MAX_XML_BYTES, 0, 0
    with zipfile.ZipFile(io.BytesIO(body)) as archive, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as package:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise BadPackage(f"more than {MAX_ENTRIES:,} parts")
        if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
            raise BadImport(ImportRule.MACROS)
        for entry in entries:
            if not entry.filename.endswith((".xml", ".rels")):
                continue
            with archive.open(entry) as part:
                # The size stated in the zip may be false.
                read = part.read(left + 1)
            left -= len(read)
            tags += read.count(b"<")
            marks += len(_FIELD_MARK.findall(read))
            if left < 0 or tags > MAX_TAGS or marks > MAX_FIELD_MARKS:
                raise BadPackage("more text than an import takes")
            if entry.filename == "[Content_Types].xml" and b"macroEnabled" in read:
                raise BadImport(ImportRule.MACROS)
            package.writestr(entry.filename, read)
    return kept


def _html_of(package: io.BytesIO) -> tuple[str, list[UnreadPart]]:
    """Return a document as HTML, with an empty image where one stood, and the parts that left no trace in it."""
    import mammoth  # noqa: PLC0415 - nothing but an import of a Word document needs it

    images = mammoth.images.img_element(lambda _: {"src": ""})
    converted = mammoth.convert_to_html(
        package, convert_image=images, style_map=_STYLES, include_embedded_style_map=False
    )
    with zipfile.ZipFile(package) as archive:
        document = archive.read(_DOCUMENT)
    silent = [part for part, sign in _SILENT.items() for _ in sign.finditer(document)]
    return str(converted.value), silent


class MarkdownWriter(HTMLParser):
    """Writes mammoth's HTML as Markdown: headings, paragraphs, lists, emphasis and links.

    Tables, images and notes leave a mark. What stands before the first heading stands below the document's name.
    """

    def __init__(self, name: str, silent: list[UnreadPart]) -> None:
        super().__init__(convert_charrefs=True)
        self._name = f"# {_one_line(name) or 'Word'}"
        self._lines = [self._name, *map(unread_mark, silent)] if silent else []
        # Open emphasis and links with the text in them; the last is being written.
        self._open: list[tuple[str, str, list[str]]] = [("", "", [])]
        self._unread: list[UnreadPart] = []
        # Tags open since a part began that is left out.
        self._skipped: list[str] = []
        self._lists: list[list[int]] = []
        self._bullet = ""

    @property
    def text(self) -> str:
        """The Markdown written so far."""
        self._end_block()
        return "\n".join(self._lines) + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        left_out = _left_out(tag, attributes)
        # A note is counted where the text refers to it.
        if left_out is not None and tag != "li" and not self._skipped:
            self._unread.append(left_out)
        if tag in {"img", "br", "input"}:
            self._open[-1][2].append("\n" if tag == "br" and not self._skipped else "")
        elif self._skipped or left_out is not None:
            self._skipped.append(tag)
        elif tag in _MARKS or tag == "a":
            self._open.append((tag, attributes.get("href", ""), []))
        elif tag in {"ul", "ol"}:
            self._end_block()
            if self._lines and not self._lists:
                self._lines.append("")
            self._lists.append([0 if tag == "ol" else -1])
        elif tag == "li":
            self._end_block()
            self._bullet = self._next_bullet()
        elif tag in _HEADINGS or tag == "p":
            self._end_block()

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            if tag in self._skipped:
                while self._skipped.pop() != tag:
                    pass
        elif tag in _MARKS or tag == "a":
            self._end_inline(tag)
        elif tag in _HEADINGS:
            self._end_block(heading=True)
        elif tag in {"p", "li", "ul", "ol"}:
            self._end_block()
            if tag == "li":
                self._bullet = ""
            elif tag != "p" and self._lists:
                self._lists.pop()

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._open[-1][2].append(_SPACES.sub(" ", data))

    def _end_inline(self, tag: str) -> None:
        if len(self._open) == 1 or self._open[-1][0] != tag:
            return
        _, href, parts = self._open.pop()
        inner = "".join(parts)
        text = inner.strip()
        if text and tag in _MARKS:
            text = f"{_MARKS[tag]}{text}{_MARKS[tag]}"
        elif text and urlsplit(href).scheme in _LINKED:
            text = f"[{text}]({href.translate(_IN_LINK)})"
        before = " " if inner[:1].isspace() else ""
        after = " " if inner[-1:].isspace() and text else ""
        self._open[-1][2].append(f"{before}{text}{after}")

    def _end_block(self, *, heading: bool = False) -> None:
        """Write the text since the last block, and a mark for what was left out of it."""
        while len(self._open) > 1:
            self._end_inline(self._open[-1][0])
        text = "".join(self._open[0][2]).strip()
        self._open[0][2].clear()
        if not self._lines and (self._unread or (text and not heading)):
            self._lines.append(self._name)
        if text and heading:
            self._lines += ["", f"# {_one_line(text.replace('**', ''))}", ""]
        elif text and self._lists:
            indent = "  " * (len(self._lists) - 1)
            item = text.replace("\n", f"\n{indent}  ")
            self._lines.append(f"{indent}{self._bullet or '  '}{item}")
            self._bullet = ""
        elif text:
            self._lines += ["", plain_paragraph(text)]
        self._lines += map(unread_mark, self._unread)
        self._unread.clear()

    def _next_bullet(self) -> str:
        if not self._lists or self._lists[-1][0] < 0:
            return "- "
        self._lists[-1][0] += 1
        return f"{self._lists[-1][0]}. "


def _left_out(tag: str, attributes: dict[str, str]) -> UnreadPart | None:
    """Return what an element is that becomes no text; None if it is read."""
    if tag == "table":
        return UnreadPart.TABLE
    if tag == "img":
        return UnreadPart.IMAGE
    place = attributes.get("href" if tag == "a" else "id", "")
    return UnreadPart.NOTE if tag in {"a", "li"} and _NOTE.match(place) else None


def _one_line(text: str) -> str:
    return _SPACES.sub(" ", text).strip()
