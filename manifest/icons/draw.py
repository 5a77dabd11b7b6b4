"""Draws the two icons of the app package: ``python manifest/icons/draw.py``. Needs Pillow; the PNG files are committed.

Microsoft asks for a 192×192 colour icon whose mark keeps to the middle, and a 32×32 outline in white on transparency.
"""

from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

TEAL = (11, 85, 102, 255)
WHITE = (255, 255, 255, 255)
SUN = (255, 200, 87, 255)
CLEAR = (255, 255, 255, 0)
SCALE = 16  # drawn this much larger, then reduced, for smooth edges

Point = tuple[float, float]


class Pen:
    """Draws on a square grid of ``units`` a side."""

    def __init__(self, units: int, background: tuple[int, int, int, int]) -> None:
        self._units = units
        self._image = Image.new("RGBA", (units * SCALE, units * SCALE), background)
        self._draw = ImageDraw.Draw(self._image)

    def stroke(self, points: list[Point], width: float, colour: tuple[int, int, int, int]) -> None:
        """Draw a line with round ends and corners."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, fill=colour, width=round(width * SCALE), joint="curve")
        radius = width * SCALE / 2
        for x, y in scaled:
            self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def bubble(self, box: tuple[float, float, float, float], radius: float, colour: tuple[int, int, int, int]) -> None:
        """Draw a filled speech bubble with its tail at the lower left."""
        left, top, right, bottom = (side * SCALE for side in box)
        self._draw.rounded_rectangle((left, top, right, bottom), radius * SCALE, fill=colour)
        width, height = right - left, bottom - top
        tail = [(left + width * 0.26, bottom - 1), (left + width * 0.54, bottom - 1)]
        self._draw.polygon([*tail, (left + width * 0.22, bottom + height * 0.28)], fill=colour)
        self._draw.polygon([(left + width * 0.1, bottom - height * 0.2), tail[1], tail[0]], fill=colour)

    def reduced(self) -> Image.Image:
        """Return the drawing at its true size."""
        return self._image.resize((self._units, self._units), Image.Resampling.LANCZOS)


def h_mark(box: tuple[float, float, float, float]) -> list[list[Point]]:
    """Return the strokes of an h whose bar is a smile turned upwards: two people, arms round each other."""
    left, top, right, bottom = box
    middle = top + (bottom - top) * 0.55
    arch = [
        (left + (right - left) * step / 20, middle - (bottom - top) * 0.22 * (1 - ((step - 10) / 10) ** 2))
        for step in range(21)
    ]
    return [[(left, top), (left, bottom)], [(right, top), (right, bottom)], arch]


def colour_icon() -> Image.Image:
    """Return a white bubble on teal, cheering."""
    pen = Pen(192, TEAL)
    pen.bubble((38, 52, 142, 128), 26, WHITE)
    for stroke in h_mark((70, 70, 110, 110)):
        pen.stroke(stroke, 10, TEAL)
    for start, end in (((142, 40), (150, 24)), ((154, 52), (170, 42)), ((158, 70), (176, 70))):
        pen.stroke([start, end], 7, SUN)
    return pen.reduced()


def outline_icon() -> Image.Image:
    """Return the bubble's outline and mark, white on nothing."""
    outer, inner = Pen(32, CLEAR), Pen(32, CLEAR)
    outer.bubble((2, 4, 30, 23), 7, WHITE)
    inner.bubble((4, 6, 28, 21), 5, WHITE)
    image = outer.reduced()
    hole = inner.reduced().getchannel("A").point(lambda alpha: 255 - alpha)
    mark = Pen(32, CLEAR)
    for stroke in h_mark((11.5, 9, 20.5, 18)):
        mark.stroke(stroke, 2, WHITE)
    around, drawn = image.getchannel("A"), mark.reduced().getchannel("A")
    image.paste(Image.new("RGB", image.size, WHITE[:3]))
    image.putalpha(ImageChops.lighter(ImageChops.darker(around, hole), drawn))
    return image


if __name__ == "__main__":
    here = Path(__file__).parent
    colour_icon().convert("RGB").save(here / "color.png", optimize=True)
    outline_icon().save(here / "outline.png", optimize=True)
