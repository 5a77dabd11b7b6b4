"""The templates of the desk. Values are escaped; a value that is missing is an error."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

TEMPLATES: Final = Path(__file__).parent / "templates"
_CELL: Final = re.compile(r"<(tr|th|td)\b")


def environment() -> Environment:
    """Return the templates; each is read once."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["labelled"] = labelled
    return made


def labelled(rows: Markup, headings: Sequence[object]) -> Markup:
    """Return table rows with the heading of each cell at the cell, which a small screen shows beside it."""
    # A style sheet cannot read the headings, and the security policy allows no style in the page.
    position = 0

    def with_heading(tag: re.Match[str]) -> str:
        nonlocal position
        if tag[1] == "tr":
            position = 0
            return tag[0]
        heading = escape(headings[position])
        position += 1
        return f'{tag[0]} data-label="{heading}"' if tag[1] == "td" else tag[0]

    return Markup(_CELL.sub(with_heading, rows))  # noqa: S704 - rows were escaped, and the heading is


ENVIRONMENT: Final = environment()


def render(template: str, **values: Any) -> str:
    """Return the page of a template in ``desk/templates``."""
    return ENVIRONMENT.get_template(template).render(**values)
