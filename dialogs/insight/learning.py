"""The modules with the shares of people that completed them, in groups of at least five."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose, month_term
from dialogs.core.query import Asking, find_each
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.insight.figures import Amount
from dialogs.insight.model import last_day
from dialogs.insight.overview import STATISTICS_ROLES
from dialogs.insight.suppression import FEWEST_PEOPLE, OTHER_SECTOR, in_sector
from dialogs.insight.table import shown_cell
from knowledge.article.article import closest_text
from knowledge.organisation.organisation import Sector

# How many people completed each module, published in steps of at least five people.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleShare:
    """One module in the reader's language.

    Attributes:
        taken: the number of people, as text; a hidden one says so.
        percent: of the people in the registry, 0 to 100; None where nothing may be shown. ``share`` is it as text.
        sectors: the share of each sector, as text, in the order of the page's.
    """

    id: str
    title: str
    theme: str
    minutes: str
    outside: bool
    taken: str
    percent: int | None
    share: str
    sectors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningPage:
    """The modules with their shares.

    Attributes:
        choices: the municipalities to choose from, as id and name; empty for a reader of one.
        municipality_id: the chosen one; empty for all.
        place: the name to show.
        counted_until: the last day that is counted, in words; empty before the first closing.
        staff: people in the registry, as text.
        sectors: names of the sectors with at least five people.
    """

    choices: tuple[tuple[str, str], ...]
    municipality_id: str
    place: str
    counted_until: str
    staff: str
    sectors: tuple[str, ...]
    modules: tuple[ModuleShare, ...]


def learning_shares(viewer: Viewer, *, municipality_id: str = "") -> Asking[LearningPage]:
    """Return the modules with the shares of one municipality, or for the provider of all. Raises EventRefused."""
    viewer.require(*STATISTICS_ROLES)
    chosen = _readable(viewer, municipality_id)
    by_id = yield from find_each(ModuleTotals, chosen)
    totals = [by_id[id_] for id_ in chosen if id_ in by_id]
    names, texts, staff = viewer.content.organisation.municipalities, viewer.texts, _staff(totals)
    sectors = [sector for sector in (*Sector, OTHER_SECTOR) if staff[sector]]
    until = max((municipality_totals.counted_until for municipality_totals in totals), default="")
    choices = [(id_, names[id_].names.text(texts.language)) for id_ in viewer.municipality_ids]
    return LearningPage(
        choices=tuple(choices) if len(choices) > 1 else (),
        municipality_id=chosen[0] if len(chosen) == 1 else "",
        place=names[chosen[0]].names.text(texts.language) if len(chosen) == 1 else texts("insight.all_municipalities"),
        counted_until=texts.day(last_day(until)) if until else "",
        staff=texts.number(staff[EVERYONE]) if staff[EVERYONE] else texts("insight.hidden"),
        sectors=tuple(texts(f"insight.sector.{sector}") for sector in sectors),
        modules=tuple(_module_shares(viewer, totals, staff, sectors)),
    )


def _readable(viewer: Viewer, municipality_id: str) -> Sequence[str]:
    if viewer.is_provider and not municipality_id:
        return viewer.municipality_ids
    return (viewer.require_municipality(municipality_id or None),)


def _staff(totals: Iterable[ModuleTotals]) -> Counter[str]:
    """Return the people of the registry, in all and by sector."""
    staff: Counter[str] = Counter()
    for municipality_totals in totals:
        staff.update(municipality_totals.staff)
    return staff


def _module_shares(
    viewer: Viewer, totals: Sequence[ModuleTotals], staff: Mapping[str, int], sectors: Sequence[str]
) -> Iterator[ModuleShare]:
    texts, curriculum = viewer.texts, viewer.content.curriculum
    for module in curriculum.modules:
        whole = Amount.total(municipality_totals.amount(module.id) for municipality_totals in totals)
        inside = [
            Amount.total(municipality_totals.amount(module.id, sector) for municipality_totals in totals)
            for sector in sectors
        ]
        theme = curriculum.theme(module.theme)
        yield ModuleShare(
            id=module.id,
            title=closest_text(module.title, texts.language) or module.id,
            theme=closest_text(theme.title, texts.language) if theme is not None else "",
            minutes=texts.plural("learn.minutes", module.minutes),
            outside=not module.steps,
            taken=shown_cell(texts, whole if totals else None),
            percent=_percent(whole, staff.get(EVERYONE, 0)),
            share=_share(texts, whole, staff.get(EVERYONE, 0)),
            sectors=tuple(
                _share(texts, amount, staff.get(sector, 0)) for sector, amount in zip(sectors, inside, strict=True)
            ),
        )


def _percent(amount: Amount, people: int) -> int | None:
    if amount.hidden or not people:
        return None
    # Leavers are still counted as having completed it.
    return min(100, round(100 * amount.number / people))


def _share(texts: Texts, amount: Amount, people: int) -> str:
    percent = _percent(amount, people)
    if percent is None:
        return shown_cell(texts, amount if people else None)
    shown = texts("insight.percent", number=texts.number(percent))
    return texts("insight.at_least", number=shown) if amount.partial else shown
