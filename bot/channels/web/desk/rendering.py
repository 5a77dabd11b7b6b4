"""The templates of the desk. Values are escaped; a value that is missing is an error."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES: Final = Path(__file__).parent / "templates"


def environment() -> Environment:
    """Return the templates; each is read once."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


ENVIRONMENT: Final = environment()


def render(template: str, **values: Any) -> str:
    """Return the page of a template in ``desk/templates``."""
    return ENVIRONMENT.get_template(template).render(**values)
