"""Charts as PNG, for a slide and for channels without SVG."""

import io
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bot.ports import StoredImage
from bot.support.pen import Pen
from dialogs.announce.report.report import PlotLine
from dialogs.core import chart
from dialogs.rollout.timeline.picture import WIDTH, PlanPicture, draw_plan

# The plan is 1,920 pixels wide, as a slide.
SCALE: Final = 2
_TEXT: Final = "#222222"


def plan_png(picture: PlanPicture) -> bytes:
    """Return the picture of the plan."""
    pen = Pen(WIDTH, picture.height, scale=SCALE)
    draw_plan(pen, picture)
    return pen.png()


def curve_png(line: PlotLine) -> StoredImage:
    """Return the delivery curve between its axes.

    Labels are numbers: the built-in font has no Norwegian letters.
    """
    pixels = Image.new("RGB", (chart.CURVE_WIDTH * SCALE, chart.CURVE_HEIGHT * SCALE), "white")
    draw = ImageDraw.Draw(pixels)
    font = ImageFont.load_default(size=14 * SCALE)
    left, top, right, base = chart.CURVE_LEFT, chart.CURVE_TOP, chart.CURVE_RIGHT, chart.CURVE_BASE

    def at(x: float, y: float) -> chart.Point:
        return x * SCALE, y * SCALE

    draw.line([at(left, top), at(left, base), at(right, base)], fill="#555555", width=SCALE)
    draw.line([at(x, y) for x, y in line.points], fill=chart.CURVE_INK, width=2 * SCALE, joint="curve")
    draw.text(at(left - 8, top), f"{line.total}", fill=_TEXT, font=font, anchor="rm")
    draw.text(at(left - 8, base), "0", fill=_TEXT, font=font, anchor="rm")
    draw.text(at(right, base + 18), f"{round(line.longest)} s", fill=_TEXT, font=font, anchor="rm")
    out = io.BytesIO()
    pixels.quantize(32).save(out, "PNG", optimize=True)
    return StoredImage(body=out.getvalue(), media_type="image/png")
