"""The modules with the shares of people that completed them, in groups of at least five. For a page of the desk."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dialogs.core.query import Asking, find_each
from dialogs.core.texts import Texts
from dialogs.core.viewer import Viewer
from dialogs.insight.cells import OTHER_SECTOR
from dialogs.insight.figures import Amount
from dialogs.insight.module_totals import EVERYONE, ModuleTotals
from dialogs.insight.overview import STATISTICS_ROLES
from dialogs.insight.period import last_day
from dialogs.insight.table import shown_cell
from knowledge.article.article import closest_text
from knowledge.organisation.organisation import Sector


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
