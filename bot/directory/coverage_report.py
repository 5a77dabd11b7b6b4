"""Current coverage, read from the store and written as CSV."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.directory.current import Known, every, read_known
from bot.ports import Store
from dialogs.availability.registry import Registry, today
from dialogs.availability.worklist import Worklist
from dialogs.core.content import Content
from knowledge.article.article import Language
from knowledge.organisation.coverage import GapKind, MunicipalityCoverage, coverage
from knowledge.organisation.importers.rows import csv_of_rows
from knowledge.organisation.nearest import Network
from knowledge.organisation.organisation import Organisation

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
