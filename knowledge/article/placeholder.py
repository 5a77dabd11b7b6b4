"""Placeholders in an answer, for what differs by municipality.

``{service_desk}`` stands for telephone, hours and page of the reader's service desk, ``{local:KEY|default}`` for the
text that the reader's municipality has under ``KEY``, else for the default.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

SERVICE_DESK: Final = "{service_desk}"
_LOCAL: Final = re.compile(r"\{local:(?P<key>[a-z0-9]+(?:-[a-z0-9]+)*)\|(?P<default>[ \t]*[^{}|\s][^{}|\n]*)\}")
_BRACES: Final = re.compile(r"\{[^{}\n]*\}?|\}")
# The terms of house_style.yaml, in any form: IT-brukerstøtten, IT-brukarstøtta.
_NAMED: Final = re.compile(r"(?<!\w)IT(?:-brukerstøtt|-brukarstøtt| helpdesk)", re.IGNORECASE)


def fill(answer: str, *, local: Mapping[str, str], service_desk: str) -> str:
    """Return the answer with its placeholders filled in.

    Args:
        local: texts of the reader's municipality, by key.
        service_desk: how to reach the service desk.
    """
    filled = _LOCAL.sub(lambda match: local.get(match["key"], match["default"].strip()), answer)
    return filled.replace(SERVICE_DESK, service_desk)


def with_defaults(answer: str) -> str:
    """Return the answer for a municipality without local texts or a service desk."""
    return fill(answer, local={}, service_desk="")


def local_keys(answer: str) -> frozenset[str]:
    """Return the keys of the texts that an answer asks its municipality for."""
    return frozenset(match["key"] for match in _LOCAL.finditer(answer))


def broken_placeholders(answer: str) -> Iterator[str]:
    """Yield everything in braces that is no placeholder."""
    for match in _BRACES.finditer(_LOCAL.sub("", answer).replace(SERVICE_DESK, "")):
        yield match.group()[:40]


def names_service_desk(answer: str) -> bool:
    """Return whether an answer sends its reader to the service desk without saying how to reach it."""
    return SERVICE_DESK not in answer and bool(_NAMED.search(answer))
