"""Drawing of text and lines in PNG pictures, with the bundled fonts."""

import io
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

INK: Final = "#1c2530"


class Pen:
    """Draws with the bundled fonts, so that a picture looks the same on every machine. ``scale``: pixels a unit."""

    def __init__(self, image: Image.Image, *, scale: int = 1) -> None:
        self._draw = ImageDraw.Draw(image)
        self._scale = scale
        folder = files("bot.support") / "fonts"
        self._letters: Mapping[bool, bytes] = {
            False: (folder / "DejaVuSans.ttf").read_bytes(),
            True: (folder / "DejaVuSans-Bold.ttf").read_bytes(),
        }
        self._fonts: dict[tuple[int, bool], FreeTypeFont] = {}

    def draw_text(
        self, at: tuple[float, float], text: str, *, size: int, bold: bool = False, ink: str = INK, anchor: str = "la"
    ) -> None:
        self._draw.text(self._placed(at), text, font=self._font(size, bold), fill=ink, anchor=anchor)

    def text_width(self, text: str, *, size: int, bold: bool = False) -> int:
        return round(self._font(size, bold).getlength(text) / self._scale)

    def shorten(self, text: str, *, size: int, width: int, bold: bool = False) -> str:
        """Return the text, shortened with an ellipsis if it does not fit."""
        if self.text_width(text, size=size, bold=bold) <= width:
            return text
        while text and self.text_width(f"{text}…", size=size, bold=bold) > width:
            text = text[:-1]
        return f"{text.rstrip(', ')}…"

    def stroke(self, points: list[tuple[float, float]], *, ink: str, width: int = 1) -> None:
        """Draw a line through the points."""
        self._draw.line([self._placed(point) for point in points], fill=ink, width=width * self._scale, joint="curve")

    def box(
        self,
        corner: tuple[float, float],
        size: tuple[float, float],
        *,
        fill: str | None = None,
        outline: str | None = None,
        width: int = 1,
    ) -> None:
        """Draw a rectangle from its upper left corner."""
        (x, y), (wide, high) = corner, size
        ends = [self._placed((x, y)), self._placed((x + wide, y + high))]
        self._draw.rectangle(ends, fill=fill, outline=outline, width=width * self._scale)

    def fill_shape(self, points: list[tuple[float, float]], *, fill: str) -> None:
        self._draw.polygon([self._placed(point) for point in points], fill=fill)

    def _placed(self, at: tuple[float, float]) -> tuple[float, float]:
        return at[0] * self._scale, at[1] * self._scale

    def _font(self, size: int, bold: bool) -> FreeTypeFont:
        if (size, bold) not in self._fonts:
            self._fonts[size, bold] = ImageFont.truetype(io.BytesIO(self._letters[bold]), size * self._scale)
        return self._fonts[size, bold]
