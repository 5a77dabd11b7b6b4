"""Current coverage, read from the store: a CSV table and a chart."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from bot.directory.current import Known, every, read_known
from bot.ports import Store
from bot.support.pen import LINE, PAPER, Pen
from dialogs.availability.registry import Registry, today
from dialogs.availability.worklist import Worklist
from dialogs.core.chart import BoxStyle
from dialogs.core.content import Content
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.organisation.coverage import GapKind, MunicipalityCoverage, coverage
from knowledge.organisation.importers.rows import csv_of_rows
from knowledge.organisation.nearest import Network
from knowledge.organisation.organisation import Organisation, Unit

COLUMNS = (
    "municipality",
    "department",
    "unit",
    "gap",
    "person_id",
    "name",
    "steps",
    "open",
    "absent_until",
    "absent_from",
)
GAPS: Mapping[GapKind, str] = {
    GapKind.NO_AMBASSADOR: "no ambassador",
    GapKind.ABSENT: "absent, no substitute",
    GapKind.OVERLOADED: "overloaded",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Coverage with the people it mentions."""

    municipalities: Sequence[MunicipalityCoverage]
    known: Known

    def name(self, person_id: str | None) -> str:
        """Return a person's name, empty when unknown."""
        person = self.known.people.get(person_id or "")
        return person.name if person else ""


async def read_coverage(
    store: Store, content: Content, *, at: datetime, municipality_ids: Collection[str] = ()
) -> Covered:
    """Return the coverage of the given municipalities; none given means all."""
    organisation = content.organisation
    chosen = tuple(municipality_ids) or tuple(organisation.municipalities)
    known = await read_known(store, organisation)
    active = {id_: profile for id_, profile in known.profiles.items() if profile.ambassador.active}
    worklists: dict[str, Worklist] = {}
    for id_ in chosen:
        async for worklist in every(store, Worklist, f"municipality:{id_}"):
            worklists[worklist.id] = worklist
    registry = Registry(
        municipality_id="", profiles=active, worklists=worklists, people=known.people, channels=content.channels
    )
    on = {id_: today(content, id_, at) for id_ in chosen}
    municipalities = coverage(
        organisation,
        Network.from_ambassadors(organisation, (profile.ambassador for profile in active.values())),
        on=on,
        workloads={
            id_: registry.busy(id_, on.get(profile.ambassador.municipality_id, at.date()))
            for id_, profile in active.items()
        },
    )
    return Covered(municipalities=municipalities, known=known)


def coverage_csv(covered: Covered, organisation: Organisation) -> str:
    """Return one row per gap, with names in Bokmål."""
    return csv_of_rows(
        COLUMNS,
        (
            (
                unit_name(organisation, gap.municipality_id),
                unit_name(organisation, gap.department_id),
                unit_name(organisation, gap.unit_id),
                GAPS[gap.kind],
                gap.person_id or "",
                covered.name(gap.person_id),
                "" if gap.steps is None else str(gap.steps),
                str(gap.open_count) if gap.open_count else "",
                gap.until.isoformat() if gap.until else "",
                gap.since.isoformat() if gap.since else "",
            )
            for municipality in covered.municipalities
            for gap in municipality.gaps
        ),
    )


def unit_name(organisation: Organisation, unit_id: str, language: Language = Language.NB) -> str:
    """Return a unit's name, or its id when it no longer exists."""
    unit = organisation.find_unit(unit_id)
    return unit.names.text(language) if unit else unit_id


# Coverage chart with one square per unit.

WIDTH: Final = 1200
MARGIN: Final = 40
SQUARE: Final = 20
STEP: Final = 26
LABEL_WIDTH: Final = 330
PER_ROW: Final = (WIDTH - 2 * MARGIN - LABEL_WIDTH) // STEP
MAX_NAMED: Final = 6

SOFT: Final = "#56616e"
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
    bands = [(municipality, list(_bands(municipality, organisation, texts))) for municipality in report]
    height = 2 * MARGIN + 92 + sum(78 + sum(band.height for band in own) for _, own in bands)
    pen = Pen(WIDTH, height)
    pen.draw_text((MARGIN, MARGIN), texts("coverage.picture.title"), size=30, bold=True, anchor="la")
    pen.draw_text((MARGIN, MARGIN + 42), texts.day(on), size=16, ink=SOFT, anchor="la")
    _legend(pen, texts, MARGIN + 42)
    y = MARGIN + 92
    for municipality, own in bands:
        pen.stroke([(MARGIN, y), (WIDTH - MARGIN, y)], ink=LINE)
        name = organisation.get(municipality.municipality_id).names.text(texts.language)
        pen.draw_text((MARGIN, y + 14), name, size=22, bold=True, anchor="la")
        pen.draw_text((MARGIN, y + 44), _summary(municipality, texts), size=15, ink=SOFT, anchor="la")
        y += 78
        for band in own:
            _draw_band(pen, band, y, texts)
            y += band.height
    return pen.png()


def _bands(report: MunicipalityCoverage, organisation: Organisation, texts: Texts) -> Iterator[_Band]:
    gaps: dict[str, GapKind] = {}
    for gap in report.gaps:
        if gap.since is not None:  # the picture is of today
            continue
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


def _legend(pen: Pen, texts: Texts, y: int) -> None:
    x = WIDTH - MARGIN
    for kind, key in ((GapKind.NO_AMBASSADOR, "hole"), (GapKind.ABSENT, "weak"), (None, "near")):
        text = texts(f"coverage.picture.{key}")
        x -= pen.text_width(text, size=15)
        pen.draw_text((x, y + 1), text, size=15, ink=SOFT, anchor="la")
        x -= STEP
        _square(pen, x, y, kind)
        x -= 22


def _draw_band(pen: Pen, band: _Band, y: int, texts: Texts) -> None:
    label = pen.shorten(band.label, size=16, width=LABEL_WIDTH - 16)
    pen.draw_text((MARGIN, y + 1), label, size=16, anchor="la")
    for n, kind in enumerate(band.squares):
        _square(pen, MARGIN + LABEL_WIDTH + n % PER_ROW * STEP, y + n // PER_ROW * STEP, kind)
    if band.holes:
        names = ", ".join(band.holes[:MAX_NAMED])
        if len(band.holes) > MAX_NAMED:
            names = texts("coverage.picture.more", names=names, number=texts.number(len(band.holes) - MAX_NAMED))
        missing = texts("coverage.picture.missing", names=names)
        below = y + -(-len(band.squares) // PER_ROW) * STEP
        width = WIDTH - 2 * MARGIN - LABEL_WIDTH
        names = pen.shorten(missing, size=14, width=width)
        pen.draw_text((MARGIN + LABEL_WIDTH, below), names, size=14, ink=HOLE, anchor="la")


def _square(pen: Pen, x: int, y: int, kind: GapKind | None) -> None:
    match kind:
        case None:
            pen.box((x, y), (SQUARE, SQUARE), BoxStyle(fill=COVERED))
        case GapKind.NO_AMBASSADOR:
            pen.box((x, y), (SQUARE, SQUARE), BoxStyle(fill=PAPER, outline=HOLE, width=2))
            pen.stroke([(x + 6, y + 6), (x + SQUARE - 6, y + SQUARE - 6)], ink=HOLE, width=2)
            pen.stroke([(x + 6, y + SQUARE - 6), (x + SQUARE - 6, y + 6)], ink=HOLE, width=2)
        case _:
            pen.box((x, y), (SQUARE, SQUARE), BoxStyle(fill=WEAK))
            pen.fill_shape([(x, y + SQUARE), (x + SQUARE, y), (x + SQUARE, y + SQUARE)], fill=COVERED)
