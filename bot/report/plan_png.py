"""The picture of the plan as a PNG, for a slide and for channels without SVG."""

import io
from typing import Final, assert_never

from PIL import Image

from bot.support.pen import Pen
from dialogs.rollout.timeline.picture import (
    BAR,
    BLUE,
    GREEN,
    GREY,
    LABELS,
    LAST_NAME,
    ORANGE,
    TOP,
    WIDTH,
    PictureRow,
    PlanMark,
    PlanPicture,
)

# 1,920 pixels wide, as a slide.
SCALE: Final = 2
PAPER: Final = "#ffffff"
LINE: Final = "#d5dae0"
# The blue of a likely date, as on white paper in the SVG.
PALE: Final = "#b6d3e6"


def plan_png(picture: PlanPicture) -> bytes:
    """Return the picture as PNG."""
    image = Image.new("RGB", (WIDTH * SCALE, picture.height * SCALE), PAPER)
    pen = Pen(image, scale=SCALE)
    pen.draw_text((8, 30), picture.title, size=20, bold=True, anchor="ls")
    pen.draw_text((8, 52), picture.as_of, size=13, anchor="ls")
    for x, name in picture.ticks:
        pen.stroke([(x, TOP - 8), (x, picture.base)], ink=LINE)
        if x < LAST_NAME:
            pen.draw_text((x + 3, TOP - 12), name, size=12, anchor="ls")
    pen.stroke([(picture.today, TOP - 8), (picture.today, picture.base + 4)], ink=ORANGE, width=2)
    pen.draw_text((picture.today, picture.base + 18), picture.today_name, size=12, anchor="ms")
    for row in picture.rows:
        _draw_row(pen, row)
    _draw_legend(pen, picture)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw_row(pen: Pen, row: PictureRow) -> None:
    for y, line, bold in row.text_lines():
        size = 14 if bold else 12
        pen.draw_text((8, y), pen.shorten(line, size=size, width=LABELS, bold=bold), size=size, bold=bold, anchor="ls")
    if row.was is not None:
        pen.box((row.was[0], row.middle + BAR / 2 + 3), (row.was[1], 5), outline=GREY)
    _draw_bar(pen, row.mark, row.x, row.middle - BAR / 2, row.width)


def _draw_bar(pen: Pen, mark: PlanMark, x: float, y: float, width: float) -> None:
    match mark:
        case PlanMark.DONE:
            pen.box((x, y), (width, BAR), fill=GREEN)
            middle = x + width / 2
            pen.stroke([(middle - 5, y + 9), (middle - 1, y + 13), (middle + 6, y + 5)], ink=PAPER, width=2)
        case PlanMark.LATE:
            pen.box((x, y), (width, BAR), outline=ORANGE, width=3)
        case PlanMark.CERTAIN:
            pen.box((x, y), (width, BAR), fill=BLUE)
        case PlanMark.LIKELY:
            pen.box((x, y), (width, BAR), fill=PALE, outline=BLUE, width=2)
        case PlanMark.UNSURE:
            _draw_dashes(pen, x, y, width)
        case never:
            assert_never(never)


def _draw_dashes(pen: Pen, x: float, y: float, width: float) -> None:
    for at in range(0, max(1, round(width)), 9):
        end = min(x + at + 5, x + width)
        for side in (y, y + BAR):
            pen.stroke([(x + at, side), (end, side)], ink=BLUE, width=2)
    for at in range(0, BAR, 9):
        for side in (x, x + width):
            pen.stroke([(side, y + at), (side, min(y + at + 5, y + BAR))], ink=BLUE, width=2)


def _draw_legend(pen: Pen, picture: PlanPicture) -> None:
    x, y = 8.0, picture.base + 36
    for mark, name in picture.legend:
        _draw_bar(pen, mark, x, y, 26)
        pen.draw_text((x + 34, y + 14), name, size=12, anchor="ls")
        x += 58 + pen.text_width(name, size=12)
    if picture.was_name:
        pen.box((x, y + 7), (26, 5), outline=GREY)
        pen.draw_text((x + 34, y + 14), picture.was_name, size=12, anchor="ls")
