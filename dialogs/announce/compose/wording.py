"""Checks before sending: length, safe Markdown and links, masked numbers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from html import unescape
from typing import Final, Self
from urllib.parse import urlsplit

from markdown_it import MarkdownIt

from dialogs.announce.model import Link, Wording
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.language.masking import MaskedText

MAX_TITLE: Final = 120
MAX_BODY: Final = 4000
MAX_LINKS: Final = 3
MAX_LABEL: Final = 60
# Fields of one link in a form.
LINK_FIELDS: Final = (*Language, "url")
MAX_ALTERNATIVE: Final = 300
# HTML is parsed only to find and refuse it.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": True})


class FieldFault(str):
    """A sentence about a fault, with the field of the form that it is about."""

    field: str

    def __new__(cls, field: str, sentence: str) -> Self:
        """Create the fault of a field."""
        made = super().__new__(cls, sentence)
        made.field = field
        return made


def by_field(faults: Iterable[str]) -> Mapping[str, str]:
    """Return the first fault of each field; a fault of no field stands in no entry."""
    named = [fault for fault in faults if isinstance(fault, FieldFault)]
    return {fault.field: fault for fault in reversed(named)}


def wording_faults(texts: Texts, wording: Wording, language: Language, *, masked: Collection[str]) -> tuple[str, ...]:
    """Return faults of ``wording`` as sentences.

    Args:
        texts: texts in the announcer's language.
        wording: title and body.
        language: language of the wording.
        masked: fields in which a number was masked, which readers would see as a gap.
    """
    name, title, body = texts(f"announce.language.{language}"), f"title_{language}", f"body_{language}"
    faults: list[str] = []
    if not wording.title or not wording.body:
        faults.append(FieldFault(body if wording.title else title, texts("announce.fault.half", language=name)))
    if (over := len(wording.title) - MAX_TITLE) > 0:
        most = texts.number(MAX_TITLE)
        faults.append(FieldFault(title, texts.plural("announce.fault.long_title", over, language=name, most=most)))
    if (over := len(wording.body) - MAX_BODY) > 0:
        most = texts.number(MAX_BODY)
        return (*faults, FieldFault(body, texts.plural("announce.fault.long_body", over, language=name, most=most)))
    in_title, in_body = _markdown_faults(wording.title), _markdown_faults(wording.body)
    for key in sorted(in_title | in_body):
        faults.append(FieldFault(body if key in in_body else title, texts(key, language=name)))
    if masked:
        faults.append(FieldFault(min(masked), texts("announce.fault.secret", language=name)))
    return tuple(faults)


def read_links(texts: Texts, written: MaskedText) -> tuple[tuple[Link, ...], tuple[str, ...]]:
    """Return links from lines ``label | https://…``, and faults as sentences.

    A line may have further labels, in the order of ``Language``: ``Bokmål | Nynorsk | English | https://…``.
    """
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    if len(lines) > MAX_LINKS:
        return (), (texts("announce.fault.many_links", most=MAX_LINKS),)
    links: list[Link] = []
    faults: list[str] = []
    for number, line in enumerate(lines, start=1):
        *labels, url = (part.strip() for part in line.split("|"))
        fault = _link_fault(texts, labels, url, line)
        if fault is not None:
            field = "url" if labels and labels[0] else Language.NB
            faults.append(FieldFault(link_field(number, field), fault))
        else:
            named = {language: label for language, label in zip(Language, labels, strict=False) if label}
            links.append(Link(title=named.pop(Language.NB), url=url, titles=named))
    if written.found:
        faults.append(texts("announce.fault.secret_link"))
    return tuple(links), tuple(faults)


def _link_fault(texts: Texts, labels: Sequence[str], url: str, line: str) -> str | None:
    # Only the chat has the links as lines; the fields of the desk always make a line with a bar.
    if not labels or len(labels) > len(Language):
        return texts("announce.fault.link", line=line[:80])
    if long := next((label for label in labels if len(label) > MAX_LABEL), ""):
        return texts("announce.fault.long_label", label=long[:80], most=MAX_LABEL)
    if not labels[0]:
        return texts("announce.fault.link_label", url=url[:80])
    if not url:
        return texts("announce.fault.link_address", label=labels[0])
    return None if _is_https(url) else texts("announce.fault.link_https", url=url[:80])


def link_field(number: int, name: str) -> str:
    """Return the name of a form's field for a label or the address of link ``number``, from 1."""
    return f"link{number}_{name}"


def lines_of_fields(data: Mapping[str, str]) -> str | None:
    """Return the links of a form's fields as the lines that ``read_links`` reads; None without such fields."""
    numbers = range(1, MAX_LINKS + 1)
    if not any(link_field(number, name) in data for number in numbers for name in LINK_FIELDS):
        return None
    return "\n".join(filter(None, (_line_of_fields(data, number) for number in numbers)))


def _line_of_fields(data: Mapping[str, str], number: int) -> str:
    values = [data.get(link_field(number, name), "").replace("|", "/").strip() for name in LINK_FIELDS]
    if not any(values):
        return ""
    *labels, url = values
    while len(labels) > 1 and not labels[-1]:
        labels.pop()
    return " | ".join([*labels, url])


def link_line(link: Link) -> str:
    """Return the line that ``read_links`` reads as this link."""
    labels = [link.title, *(link.titles.get(language, "") for language in Language if language is not Language.NB)]
    while not labels[-1]:
        labels.pop()
    # Labels of earlier versions could contain the separator.
    return " | ".join([*(label.replace("|", "/") for label in labels), link.url])


def _markdown_faults(text: str) -> set[str]:
    faults: set[str] = set()
    for token in _MARKDOWN.parse(text):
        for part in (token, *(token.children or ())):
            if part.type in {"html_block", "html_inline"}:
                faults.add("announce.fault.html")
            elif part.type == "image":
                faults.add("announce.fault.picture")
            elif part.type == "link_open" and not _is_safe(str(part.attrGet("href"))):
                faults.add("announce.fault.unsafe_link")
    # Links the parser refuses, such as javascript:, stay text, but a card's renderer may be less strict.
    lowered = "".join(unescape(text).lower().split())
    if any(
        f"{before}{scheme}:" in lowered
        for scheme in ("javascript", "vbscript", "data", "file")
        for before in ("](", "](<", "]:", "<")
    ):
        faults.add("announce.fault.unsafe_link")
    return faults


def _is_safe(url: str) -> bool:
    return _is_https(url) or url.startswith(("mailto:", "tel:"))


def _is_https(url: str) -> bool:
    """Return whether it is a plain https address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # A user name before "@" makes a link look like another host.
    plain = "@" not in parts.netloc and " " not in url and "\\" not in url and len(url) <= 500
    return parts.scheme == "https" and bool(parts.hostname) and plain
