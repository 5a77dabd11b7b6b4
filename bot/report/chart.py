"""The delivery curve as a PNG, for channels without SVG."""

import io
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bot.ports import StoredImage
from dialogs.announce.report.plot import BASE, HEIGHT, LEFT, RIGHT, TOP, WIDTH, PlotLine

_SCALE: Final = 2
_TEXT: Final = "#222222"


def chart(line: PlotLine) -> StoredImage:
    """Return a PNG of the line between its axes.

    Labels are numbers: the built-in font has no Norwegian letters.
    """
    pixels = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), "white")
    draw = ImageDraw.Draw(pixels)
    font = ImageFont.load_default(size=14 * _SCALE)

    def at(x: float, y: float) -> tuple[float, float]:
        return (x * _SCALE, y * _SCALE)

    draw.line([at(LEFT, TOP), at(LEFT, BASE), at(RIGHT, BASE)], fill="#555555", width=_SCALE)
    draw.line([at(x, y) for x, y in line.points], fill="#005a70", width=2 * _SCALE, joint="curve")
    draw.text(at(LEFT - 8, TOP), f"{line.total}", fill=_TEXT, font=font, anchor="rm")
    draw.text(at(LEFT - 8, BASE), "0", fill=_TEXT, font=font, anchor="rm")
    draw.text(at(RIGHT, BASE + 18), f"{round(line.longest)} s", fill=_TEXT, font=font, anchor="rm")
    out = io.BytesIO()
    pixels.quantize(32).save(out, "PNG", optimize=True)
    return StoredImage(body=out.getvalue(), media_type="image/png")
