"""Drawings as SVG, each with a title and a description. The colours stand out on white and on dark paper."""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

# At least 3:1 against white and against #1a1a1a.
COLOURS: Final = ("#2f81b7", "#c77700", "#8a63d2", "#c9475b", "#7a7a7a", "#3a9a5b")


def svg_text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 0, bold: bool = False) -> str:
    """Return a line of text. ``size``: in pixels; 0 is that of the drawing."""
    letters = f' font-size="{size}"' if size else ""
    letters += ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{letters}>{escape(text)}</text>'


def drawing(
    id_: str, title: str, description: str, *, width: int, height: int, parts: Sequence[str], paper: bool = False
) -> str:
    """Return the SVG of these parts, in the colour of the text around it.

    Args:
        id_: unique on the page, so that the description of one drawing is not read for another.
        paper: on white paper, as a file.
    """
    own = f'<rect width="{width}" height="{height}" fill="#ffffff"/>' if paper else ""
    ink = ' color="#1c2530"' if paper else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-labelledby="{id_}-title {id_}-description"{ink}>'
        f'<title id="{id_}-title">{escape(title)}</title>'
        f'<desc id="{id_}-description">{escape(description)}</desc>{own}'
        f'<g font-family="sans-serif" font-size="13" fill="currentColor">{"".join(parts)}</g></svg>'
    )
