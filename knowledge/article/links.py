"""Links in an answer: their texts, and addresses that readers cannot open."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

_LINK: Final = re.compile(r"\[(?P<text>[^\[\]\n]{0,500})\]\((?P<url>[^()\s]{0,1000})\)")
_BARE: Final = re.compile(r"<?(?P<url>https?://[^\s<>()\[\]]{1,1000})>?")
# An address in place of words: "aka.ms/mfasetup", "www.nes.no". Not "Word/Excel", which has no top-level domain.
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
_PRIVATE_ENDINGS: Final = (".local", ".localhost", ".localdomain", ".internal", ".lan", ".home.arpa")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLink:
    """A link in Markdown; ``text`` is empty for an address that stands alone."""

    text: str
    url: str

    @property
    def shows_address(self) -> bool:
        """Whether readers see an address instead of words. An e-mail address is what they write to."""
        return not self.url.startswith("mailto:") and (
            not self.text or bool(_ADDRESS.fullmatch(self.text.strip("*_ ")))
        )


def links(answer: str) -> Iterator[AnswerLink]:
    """Yield the links of an answer, also addresses that stand alone."""
    for match in _LINK.finditer(answer):
        yield AnswerLink(text=match["text"], url=match["url"])
    for match in _BARE.finditer(_LINK.sub(" ", answer)):
        yield AnswerLink(text="", url=match["url"].rstrip(".,;:!?"))


def is_private(url: str) -> bool:
    """Return whether an address leads to one machine or network only: localhost, ``.local``, RFC 1918 and the like."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return False
    if host.endswith(_PRIVATE_ENDINGS):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return bool(host) and "." not in host  # such as localhost and intranet
