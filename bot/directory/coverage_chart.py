"""Coverage chart with one square per unit.

A square is full where an ambassador is near, and crossed where there is none.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Final

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

from dialogs.core.texts import Texts
from knowledge.organisation.coverage import GapKind, MunicipalityCoverage
from knowledge.organisation.organisation import Organisation, Unit

WIDTH: Final = 1200
MARGIN: Final = 40
SQUARE: Final = 20
STEP: Final = 26
LABEL_WIDTH: Final = 330
PER_ROW: Final = (WIDTH - 2 * MARGIN - LABEL_WIDTH) // STEP
MAX_NAMED: Final = 6

INK: Final = "#1c2530"
SOFT: Final = "#56616e"
PAPER: Final = "#ffffff"
LINE: Final = "#d5dae0"
COVERED: Final = "#1d5fa6"
WEAK: Final = "#f0b64a"
HOLE: Final = "#a4161a"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Band:
    """A department: label, one square per unit, and names of uncovered units.

    A square is the unit's gap, None if covered.
    """

    label: str
    squares: Sequence[GapKind | None]
    holes: Sequence[str]

    @property
    def height(self) -> int:
        rows = -(-len(self.squares) // PER_ROW)
        return rows * STEP + (22 if self.holes else 0) + 8


def draw(report: Sequence[MunicipalityCoverage], organisation: Organisation, *, texts: Texts, on: date) -> bytes:
    """Return the chart as PNG, 1200 pixels wide and as high as needed.

    Squares do not rely on colour alone: covered ones are full, weak ones half, uncovered ones empty with a cross.
    """
    bands = [(each, list(_bands(each, organisation, texts))) for each in report]
    height = 2 * MARGIN + 92 + sum(78 + sum(band.height for band in own) for _, own in bands)
    image = Image.new("RGB", (WIDTH, height), PAPER)
    pen = _Pen(image)
    pen.draw_text((MARGIN, MARGIN), texts("coverage.picture.title"), size=30, bold=True)
    pen.draw_text((MARGIN, MARGIN + 42), texts.day(on), size=16, ink=SOFT)
    _legend(pen, texts, MARGIN + 42)
    y = MARGIN + 92
    for each, own in bands:
        pen.line(y)
        name = organisation.get(each.municipality_id).names.text(texts.language)
        pen.draw_text((MARGIN, y + 14), name, size=22, bold=True)
        pen.draw_text((MARGIN, y + 44), _summary(each, texts), size=15, ink=SOFT)
        y += 78
        for band in own:
            _draw_band(pen, band, y, texts)
            y += band.height
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _bands(report: MunicipalityCoverage, organisation: Organisation, texts: Texts) -> Iterator[_Band]:
    gaps: dict[str, GapKind] = {}
    for gap in report.gaps:
        if gap.kind is GapKind.NO_AMBASSADOR or gap.unit_id not in gaps:
            gaps[gap.unit_id] = gap.kind
    for department in organisation.children(report.municipality_id):
        units = organisation.subtree(department.id)
        yield _Band(
            label=department.names.text(texts.language),
            squares=[gaps.get(unit.id) for unit in units],
            holes=[_unit_name(unit, texts) for unit in units if gaps.get(unit.id) is GapKind.NO_AMBASSADOR],
        )


def _unit_name(unit: Unit, texts: Texts) -> str:
    return unit.names.text(texts.language)


def _summary(report: MunicipalityCoverage, texts: Texts) -> str:
    covered = texts("coverage.picture.covered", covered=texts.number(report.covered), units=texts.number(report.units))
    helpers = texts.plural("coverage.picture.ambassadors", report.ambassadors)
    return " · ".join((covered, helpers, texts("coverage.picture.free", free=texts.number(report.free))))


def _legend(pen: "_Pen", texts: Texts, y: int) -> None:
    x = WIDTH - MARGIN
    for kind, key in ((GapKind.NO_AMBASSADOR, "hole"), (GapKind.ABSENT, "weak"), (None, "near")):
        text = texts(f"coverage.picture.{key}")
        x -= pen.width(text, size=15)
        pen.draw_text((x, y + 1), text, size=15, ink=SOFT)
        x -= STEP
        pen.square(x, y, kind)
        x -= 22


def _draw_band(pen: "_Pen", band: _Band, y: int, texts: Texts) -> None:
    pen.draw_text((MARGIN, y + 1), pen.shorten(band.label, size=16, width=LABEL_WIDTH - 16), size=16)
    for n, kind in enumerate(band.squares):
        pen.square(MARGIN + LABEL_WIDTH + n % PER_ROW * STEP, y + n // PER_ROW * STEP, kind)
    if band.holes:
        names = ", ".join(band.holes[:MAX_NAMED])
        if len(band.holes) > MAX_NAMED:
            names = texts("coverage.picture.more", names=names, number=texts.number(len(band.holes) - MAX_NAMED))
        missing = texts("coverage.picture.missing", names=names)
        below = y + -(-len(band.squares) // PER_ROW) * STEP
        width = WIDTH - 2 * MARGIN - LABEL_WIDTH
        pen.draw_text((MARGIN + LABEL_WIDTH, below), pen.shorten(missing, size=14, width=width), size=14, ink=HOLE)


class _Pen:
    """Draws with the bundled fonts, so that the chart looks the same on every machine."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image)
        folder = files("bot.directory") / "fonts"
        self._letters: Mapping[bool, bytes] = {
            False: (folder / "DejaVuSans.ttf").read_bytes(),
            True: (folder / "DejaVuSans-Bold.ttf").read_bytes(),
        }
        self._fonts: dict[tuple[int, bool], FreeTypeFont] = {}

    def draw_text(self, at: tuple[int, int], text: str, *, size: int, bold: bool = False, ink: str = INK) -> None:
        self._draw.text(at, text, font=self._font(size, bold), fill=ink)

    def width(self, text: str, *, size: int) -> int:
        return round(self._font(size, False).getlength(text))

    def shorten(self, text: str, *, size: int, width: int) -> str:
        """Return the text, shortened with an ellipsis if it does not fit."""
        if self.width(text, size=size) <= width:
            return text
        while text and self.width(f"{text}…", size=size) > width:
            text = text[:-1]
        return f"{text.rstrip(', ')}…"

    def line(self, y: int) -> None:
        self._draw.line([(MARGIN, y), (WIDTH - MARGIN, y)], fill=LINE)

    def square(self, x: int, y: int, kind: GapKind | None) -> None:
        box = (x, y, x + SQUARE, y + SQUARE)
        match kind:
            case None:
                self._draw.rectangle(box, fill=COVERED)
            case GapKind.NO_AMBASSADOR:
                self._draw.rectangle(box, fill=PAPER, outline=HOLE, width=2)
                self._draw.line([(x + 6, y + 6), (x + SQUARE - 6, y + SQUARE - 6)], fill=HOLE, width=2)
                self._draw.line([(x + 6, y + SQUARE - 6), (x + SQUARE - 6, y + 6)], fill=HOLE, width=2)
            case _:
                self._draw.rectangle(box, fill=WEAK)
                self._draw.polygon([(x, y + SQUARE), (x + SQUARE, y), (x + SQUARE, y + SQUARE)], fill=COVERED)

    def _font(self, size: int, bold: bool) -> FreeTypeFont:
        if (size, bold) not in self._fonts:
            self._fonts[size, bold] = ImageFont.truetype(io.BytesIO(self._letters[bold]), size)
        return self._fonts[size, bold]
