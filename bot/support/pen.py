"""Drawing of text and lines in PNG pictures, with the bundled fonts."""

import io
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from PIL import Image, ImageColor, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

from dialogs.core.chart import BoxStyle, Point

INK: Final = "#1c2530"
PAPER: Final = "#ffffff"
LINE: Final = "#d5dae0"
# Share of a pale colour that covers the paper, as in SVG.
_PALE: Final = 0.35


class Pen:
    """Draws on white paper with the bundled fonts, so that a picture is the same on every machine.

    ``scale``: pixels a unit.
    """

    def __init__(self, width: int, height: int, *, scale: int = 1) -> None:
        self._image = Image.new("RGB", (width * scale, height * scale), PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._scale = scale
        folder = files("bot.support") / "fonts"
        self._letters: Mapping[bool, bytes] = {
            False: (folder / "DejaVuSans.ttf").read_bytes(),
            True: (folder / "DejaVuSans-Bold.ttf").read_bytes(),
        }
        self._fonts: dict[tuple[int, bool], FreeTypeFont] = {}

    def png(self) -> bytes:
        """Return the picture."""
        out = io.BytesIO()
        # Few flat colours, so that a long plan is light enough to be shown whole in Teams.
        self._image.quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            out, "PNG", optimize=True
        )
        return out.getvalue()

    def draw_text(
        self, at: Point, text: str, *, size: int = 13, bold: bool = False, ink: str = INK, anchor: str = "ls"
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

    def rule(self, x: float, top: int, base: int, *, ink: str = "", width: int = 1) -> None:
        self.stroke([(x, top), (x, base)], ink=ink or LINE, width=width)

    def tick_off(self, at: Point) -> None:
        x, y = at
        self.stroke([(x, y), (x + 4, y + 4), (x + 11, y - 4)], ink=PAPER, width=2)

    def stroke(self, points: list[Point], *, ink: str, width: int = 1) -> None:
        """Draw a line through the points."""
        self._draw.line([self._placed(point) for point in points], fill=ink, width=width * self._scale, joint="curve")

    def box(self, corner: Point, size: Point, style: BoxStyle) -> None:
        """Draw a rectangle from its upper left corner."""
        (x, y), (wide, high) = corner, size
        if style.dashed and style.outline is not None:
            self._draw_dashes(x, y, wide, high, ink=style.outline, width=style.width)
            return
        ends = [self._placed((x, y)), self._placed((x + wide, y + high))]
        fill = _paled(style.fill) if style.pale and style.fill else style.fill
        self._draw.rectangle(ends, fill=fill, outline=style.outline, width=style.width * self._scale)

    def _draw_dashes(self, x: float, y: float, wide: float, high: float, *, ink: str, width: int) -> None:
        for at in range(0, max(1, round(wide)), 9):
            end = min(x + at + 5, x + wide)
            for side in (y, y + high):
                self.stroke([(x + at, side), (end, side)], ink=ink, width=width)
        for at in range(0, round(high), 9):
            for side in (x, x + wide):
                self.stroke([(side, y + at), (side, min(y + at + 5, y + high))], ink=ink, width=width)

    def fill_shape(self, points: list[Point], *, fill: str) -> None:
        self._draw.polygon([self._placed(point) for point in points], fill=fill)

    def _placed(self, at: Point) -> Point:
        return at[0] * self._scale, at[1] * self._scale

    def _font(self, size: int, bold: bool) -> FreeTypeFont:
        if (size, bold) not in self._fonts:
            self._fonts[size, bold] = ImageFont.truetype(io.BytesIO(self._letters[bold]), size * self._scale)
        return self._fonts[size, bold]


def _paled(colour: str) -> tuple[int, ...]:
    return tuple(round(_PALE * part + (1 - _PALE) * 255) for part in ImageColor.getrgb(colour))
