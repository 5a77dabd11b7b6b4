"""Article files of a form: text files, several at once, or a zip of the folder; and the zip that the desk gives out."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from bot.channels.web.desk.multipart import MOST_TEXT_BYTES, SentFile
from bot.channels.web.desk.text_file import text_of_file
from bot.directory.package import MAX_ENTRIES, BadPackage, check_directory
from dialogs.core.slug import slug
from knowledge.article.article import Language
from knowledge.article.bundle import bundled, named_file
from knowledge.article.importing import BadImport, ImportRule

_MARKDOWN: Final = ".md"
_ZIP: Final = ".zip"
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,  # encrypted; its subclass NotImplementedError means an unknown compression method
    ValueError,
    BadPackage,
)


def text_of_articles(files: Sequence[SentFile], language: str) -> str:
    """Return the files of a form as one text for the import. Raises BadImport.

    Args:
        language: of a Markdown file, since a single one comes without its folder.
    """
    if not any(file.name.lower().endswith((_MARKDOWN, _ZIP)) for file in files):
        if len(files) > 1:
            raise BadImport(ImportRule.ONE_TABLE)
        return _checked(text_of_file(files[0]), files[0])
    articles: dict[str, str] = {}
    for file in files:
        if file.body is None:
            raise BadImport(ImportRule.SIZE, most=MOST_TEXT_BYTES // 2**20)
        if file.name.lower().endswith(_ZIP):
            articles.update(_unpacked(file.body))
        else:
            articles[_name_of(file.name, language)] = _checked(text_of_file(file), file)
    if not articles:
        raise BadImport(ImportRule.NO_FILES)
    text = bundled(sorted(articles.items()))
    if len(text.encode()) > MOST_TEXT_BYTES:
        raise BadImport(ImportRule.SIZE, most=MOST_TEXT_BYTES // 2**20)
    return text


def zip_of_articles(files: Iterable[tuple[str, str]]) -> bytes:
    """Return files as a zip, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files:
            archive.writestr(
                zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), text, compress_type=zipfile.ZIP_DEFLATED
            )
    return out.getvalue()


def _name_of(sent: str, language: str) -> str:
    """Return the name of a file that was sent without its folder."""
    stem = PurePosixPath(sent.replace("\\", "/")).stem
    spoken = Language.from_code(language)
    return named_file(f"{spoken}/{stem}.md") or f"articles/{spoken}/{slug(stem) or 'artikkel'}.md"


def _checked(text: str, file: SentFile) -> str:
    if not text and file.body != b"":
        raise BadImport(ImportRule.SIZE, most=MOST_TEXT_BYTES // 2**20)
    return text


def _unpacked(body: bytes) -> dict[str, str]:
    """Return the article files of a zip by name. Nothing is written, and no more is unpacked than an import takes."""
    try:
        return dict(_entries(body))
    except _BROKEN:
        raise BadImport(ImportRule.ZIP) from None


def _entries(body: bytes) -> Iterator[tuple[str, str]]:
    check_directory(io.BytesIO(body))
    left = MOST_TEXT_BYTES
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise BadPackage(f"more than {MAX_ENTRIES:,} parts")
        for entry in entries:
            # The copies that macOS adds begin with a dot.
            name = named_file(entry.filename)
            if name is None or "__MACOSX" in entry.filename:
                continue
            with archive.open(entry) as part:
                # The size stated in the zip may be false.
                read = part.read(left + 1)
            left -= len(read)
            if left < 0:
                raise BadImport(ImportRule.SIZE, most=MOST_TEXT_BYTES // 2**20)
            yield name, read.decode("utf-8-sig")
