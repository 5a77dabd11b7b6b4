"""How many people completed each module, published in steps of at least five people.

Completions are few in a week, so that weekly numbers would all be hidden. Here a number waits until it has grown by
five people, in all and in each sector; nothing smaller follows from two states, whatever is subtracted.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose
from dialogs.core.month import month_term
from dialogs.insight.cells import in_sector
from dialogs.insight.figures import Amount
from dialogs.insight.suppression import FEWEST_PEOPLE

# All people of the registry, among the groups of ``ModuleTotals.staff``.
EVERYONE: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleTotals:
    """The numbers of one municipality. They refer to no person, and are not counted again when people erase their data.

    Attributes:
        published: people by module, and by module and sector.
        pending: people by module and sector, not published yet; never shown.
        staff: people in the registry, in all under ``EVERYONE`` and by sector, from five on.
        counted_until: the last week that is counted; empty before the first.
    """

    KIND: ClassVar[str] = "module_totals"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: one for each municipality",
        whose=Whose.NOBODY,
        months=36,
        dated="counted_at",
        terms=(),
        erasing=Erasing.KEPT,
    )

    municipality_id: Annotated[str, Purpose.PLACE]
    published: Annotated[Mapping[str, int], Purpose.IMPROVE] = field(default_factory=dict)
    pending: Annotated[Mapping[str, int], Purpose.IMPROVE] = field(default_factory=dict)
    staff: Annotated[Mapping[str, int], Purpose.IMPROVE] = field(default_factory=dict)
    counted_until: Annotated[str, Purpose.TIME] = ""
    counted_at: Annotated[datetime, Purpose.TIME]

    @property
    def id(self) -> str:
        """Unique per municipality."""
        return self.municipality_id

    def terms(self) -> Iterable[str]:
        yield month_term(self.counted_at)

    def amount(self, module_id: str, sector: str = "") -> Amount:
        """Return the people of a module, in all or in a sector; more are pending if it is partial."""
        if sector:
            cell = in_sector(module_id, sector)
            return Amount(number=self.published.get(cell, 0), partial=self.pending.get(cell, 0) > 0)
        published = self.published.get(module_id, 0)
        return Amount(number=published, partial=_true_total(self, module_id) > published)

    def counted(
        self, completed: Mapping[tuple[str, str], int], *, staff: Mapping[str, int], until: str, at: datetime
    ) -> "ModuleTotals":
        """Return the totals with further completions, by module and sector, and those published that may be."""
        pending = dict(self.pending)
        for (module_id, sector), number in completed.items():
            cell = in_sector(module_id, sector)
            pending[cell] = pending.get(cell, 0) + number
        totals: ModuleTotals = replace(
            self,
            pending={cell: number for cell, number in sorted(pending.items()) if number},
            staff={group: number for group, number in sorted(staff.items()) if number >= FEWEST_PEOPLE},
            counted_until=until,
            counted_at=at,
        )
        for module_id in sorted({module_id for module_id, _ in completed}):
            totals = _published_further(totals, module_id)
        return totals


def _published_further(totals: ModuleTotals, module_id: str) -> ModuleTotals:
    """Return the totals with as much of one module published as the rule allows: most sectors, then the total."""
    cells = _cells(totals, module_id)
    ready = [cell for cell in cells if totals.pending.get(cell, 0) >= FEWEST_PEOPLE]
    for number in range(len(ready), -1, -1):
        for chosen in combinations(ready, number):
            total = _allowed_total(totals, module_id, chosen)
            if total is None:
                continue
            published = dict(totals.published)
            for cell in chosen:
                published[cell] = published.get(cell, 0) + totals.pending[cell]
            if total:
                published[module_id] = total
            pending = {cell: waiting for cell, waiting in totals.pending.items() if cell not in chosen}
            return replace(totals, published=published, pending=pending)
    return totals


def _allowed_total(totals: ModuleTotals, module_id: str, chosen: Iterable[str]) -> int | None:
    """Return the largest total that may stand beside the sectors once ``chosen`` are published; None without one.

    It grows by nothing or by five people. Its remainder beside the sectors is zero, or at least five people of
    several sectors; and that remainder, too, changes by nothing or by five people.
    """
    chosen = tuple(chosen)
    cells = _cells(totals, module_id)
    before, true = totals.published.get(module_id, 0), _true_total(totals, module_id)
    in_sectors = sum(totals.published.get(cell, 0) for cell in cells)
    after = in_sectors + sum(totals.pending[cell] for cell in chosen)
    several = sum(totals.pending.get(cell, 0) > 0 for cell in cells if cell not in chosen) > 1
    for total in (true, after, before):
        rest, rest_before = total - after, before - in_sectors
        if (
            after <= total <= true
            and _is_step(total - before)
            and (rest == 0 or (rest >= FEWEST_PEOPLE and several))
            and (rest == rest_before or abs(rest - rest_before) >= FEWEST_PEOPLE)
        ):
            return total
    return None


def _is_step(grown: int) -> bool:
    return grown == 0 or grown >= FEWEST_PEOPLE


def _cells(totals: ModuleTotals, module_id: str) -> tuple[str, ...]:
    return tuple(sorted(_of_module((*totals.published, *totals.pending), in_sector(module_id, ""))))


def _of_module(cells: Iterable[str], start: str) -> Iterator[str]:
    yield from {cell for cell in cells if cell.startswith(start)}


def _true_total(totals: ModuleTotals, module_id: str) -> int:
    cells = _cells(totals, module_id)
    return sum(totals.published.get(cell, 0) + totals.pending.get(cell, 0) for cell in cells)
