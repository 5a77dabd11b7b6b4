"""Several article files as one text: each below a line with its name, such as ``=== articles/nb/print@nes.md ===``.

A single file needs no such line; its name is made of its title.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import yaml

from knowledge.article.article import Article, ArticleFault, Language, parse_article
from knowledge.article.importing import BadImport, ImportRule

# Files of one import: 200 articles in three languages.
MAX_FILES: Final = 600
# An article has some 90 words and up to 200 phrasings.
MAX_FILE: Final = 100_000
_NAME: Final = re.compile(r"(?:^|/)(?P<language>nb|nn|en)/(?P<stem>[A-Za-z0-9_-]{1,60}(?:@[A-Za-z0-9_-]{1,60})?)\.md\Z")
_HEAD: Final = re.compile(r"^=== (articles/\S+\.md) ===$", re.MULTILINE)
_FIELDS: Final = "---"
# As the library of the front matter divides a file.
_BOUNDARY: Final = re.compile(r"^-{3,}\s*$", re.MULTILINE)
_ALIAS: Final = re.compile(r"\*[^\s*]")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledFile:
    """One file: its name, and the article, or the faults that it has."""

    name: str
    article: Article | None
    faults: tuple[ArticleFault, ...] = ()


def named_file(path: str) -> str | None:
    """Return the name of an article's file in a content folder, wherever the folder is; None for any other file."""
    match = _NAME.search(path.replace("\\", "/"))
    return f"articles/{match['language']}/{match['stem']}.md" if match else None


def bundled(files: Iterable[tuple[str, str]]) -> str:
    """Return files, each with the name from ``named_file``, as one text."""
    return "\n".join(f"=== {name} ===\n{text.strip()}\n" for name, text in files)


def is_markdown(text: str) -> bool:
    """Return whether a text is an article's file, or several."""
    start = text.lstrip("\ufeff \r\n")
    return start.startswith(f"{_FIELDS}\n") or _HEAD.match(start) is not None


def read_bundle(text: str, *, language: Language, stem: str) -> tuple[BundledFile, ...]:
    """Return the files of a text that ``is_markdown``. Raises BadImport.

    Args:
        language, stem: of a single file without a name.
    """
    text = text.lstrip("\ufeff \r\n")
    parts = _HEAD.split(text)
    # Before the first name there is nothing, or the only file.
    pairs = list(zip(parts[1::2], parts[2::2], strict=True)) or [(f"articles/{language}/{stem}.md", text)]
    if len(pairs) > MAX_FILES:
        raise BadImport(ImportRule.TOO_MANY, number=len(pairs), most=MAX_FILES)
    return tuple(_read_file(name, body.strip()) for name, body in pairs)


def _read_file(path: str, text: str) -> BundledFile:
    name = named_file(path)
    if name is None:
        return BundledFile(
            name=path, article=None, faults=(_bundle_fault(path, "the name is none of an article", "name"),)
        )
    if len(text) > MAX_FILE:
        return BundledFile(
            name=name, article=None, faults=(_bundle_fault(name, f"longer than {MAX_FILE}", "file_long"),)
        )
    if _has_alias(text):
        reason = "the fields cannot be read, or use YAML aliases"
        return BundledFile(name=name, article=None, faults=(_bundle_fault(name, reason, "alias"),))
    parsed = parse_article(text, file=name, language=Language.from_code(name.split("/")[1]))
    if isinstance(parsed, Article):
        return BundledFile(name=name, article=parsed)
    return BundledFile(name=name, article=None, faults=parsed)


def _has_alias(text: str) -> bool:
    """Return whether the fields use YAML aliases; a few nested ones can fill the memory."""
    _, *fields = _BOUNDARY.split(text, 2)
    if not fields or not _ALIAS.search(fields[0]):
        return False
    try:
        return any(isinstance(token, yaml.AliasToken) for token in yaml.scan(fields[0], Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return True  # not for another parser to try


def _bundle_fault(name: str, reason: str, rule: str) -> ArticleFault:
    return ArticleFault(file=name, line=1, reason=reason, rule=rule)
