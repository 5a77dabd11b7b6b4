"""The links of the announcement form: a field for each label and address on the page, a line each for the flow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dialogs.announce.compose.wording import MAX_LINKS
from knowledge.article.article import Language

_FIELDS: Final = (*Language, "url")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """The fields of one link. ``values`` by field name, ``link1_nb`` to ``link1_url``."""

    number: int
    values: Mapping[str, str]


def form_data(data: Mapping[str, str]) -> dict[str, str]:
    """Return the data of a form as the chat's card would send it."""
    sent = {name: value for name, value in data.items() if not name.startswith("link")}
    if any(name.startswith("link") for name in data):
        sent["links"] = "\n".join(filter(None, (_line(data, number) for number in range(1, MAX_LINKS + 1))))
    return sent


def link_rows(links: str) -> tuple[LinkRow, ...]:
    """Return the fields for links written one a line; a new announcement has empty ones."""
    lines = links.splitlines()[:MAX_LINKS]
    return tuple(_row(number, lines[number - 1] if number <= len(lines) else "") for number in range(1, MAX_LINKS + 1))


def _line(data: Mapping[str, str], number: int) -> str:
    values = [data.get(f"link{number}_{name}", "").replace("|", "/").strip() for name in _FIELDS]
    if not any(values):
        return ""
    *labels, url = values
    while len(labels) > 1 and not labels[-1]:
        labels.pop()
    return " | ".join([*labels, url])


def _row(number: int, line: str) -> LinkRow:
    *labels, url = (part.strip() for part in line.split("|")) if line else ("",)
    labels += [""] * (len(Language) - len(labels))
    parts = dict(zip(_FIELDS, [*labels[: len(Language)], url], strict=True))
    return LinkRow(number=number, values={f"link{number}_{name}": value for name, value in parts.items()})
