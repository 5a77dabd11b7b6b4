"""The style sheet of the desk: parts of Designsystemet, joined. Run as a module to write it again."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "node_modules/@digdir/designsystemet-css"
SHEET: Final = ROOT / "bot/channels/web/static/vendor/designsystemet.css"
# In the order of the package's own index.css, where a later part may change an earlier one.
PARTS: Final = (
    *("base", "heading", "label", "paragraph", "link", "validation-message", "button", "input", "field", "fieldset"),
    *("alert", "skip-link", "details", "list", "card", "pagination", "tag", "table"),
)


def bundle() -> bytes:
    """Return the theme and the parts that the desk uses."""
    files = ["theme/designsystemet.css", *(f"src/{part}.css" for part in PARTS)]
    return b"\n".join((PACKAGE / "dist" / file).read_bytes().strip() for file in files) + b"\n"


if __name__ == "__main__":
    SHEET.write_bytes(bundle())
