"""The places an announcement may be for: chosen from lists, and named where there are more than a card holds."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dialogs.announce.audience import Audience
from dialogs.texts import Texts
from knowledge.article import Language
from knowledge.organisation import Organisation
from knowledge.unit import Names, Unit

Choices = tuple[tuple[str, str], ...]

MOST: Final = 150
"""Places in the lists of a card, all lists together: a card of Teams holds no more."""

BELOW: Final = ">"
"""Stands between a place and one below it, where a name alone would not tell which is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Titles and ids to choose among. ``whole``: there are no others."""

    municipalities: Choices
    units: Choices
    sites: Choices
    whole: bool


def places(organisation: Organisation, audience: Audience, language: Language, *, own: str | None) -> Places:
    """Return what fits: municipalities and their departments, or with ``own`` the units of that municipality alone.

    Of too many units those of the upper levels are there; of other lists that are too long, and in any case, what
    ``audience`` has already.
    """
    towns = [] if own is not None else [(m.names.text(language), m.id) for m in organisation.municipalities.values()]
    sites = [
        (site.names.text(language), site.id)
        for site in organisation.sites.values()
        if own in {None, site.municipality_id}
    ]
    units = _departments(organisation, language) if own is None else _tree(organisation, own, language)
    municipalities = _fitting(towns, audience.municipality_ids, room=MOST)
    levels = [organisation.depth(id_) for _, id_ in units]
    deepest = max(levels, default=0)
    while deepest and sum(level <= deepest for level in levels) > MOST - len(municipalities):
        deepest -= 1
    upper = [
        unit for unit, level in zip(units, levels, strict=True) if level <= deepest or unit[1] in audience.unit_ids
    ]
    shown = _fitting(sites, audience.site_ids, room=MOST - len(municipalities) - len(upper))
    return Places(
        municipalities=municipalities,
        units=tuple(upper),
        sites=shown,
        whole=(len(municipalities), len(upper), len(shown)) == (len(towns), len(units), len(sites)),
    )


def _fitting(choices: Sequence[tuple[str, str]], chosen: Collection[str], *, room: int) -> Choices:
    return tuple(choice for choice in choices if len(choices) <= room or choice[1] in chosen)


def _departments(organisation: Organisation, language: Language) -> list[tuple[str, str]]:
    return [
        (f"{municipality.names.text(language)}: {unit.names.text(language)}", unit.id)
        for municipality in organisation.municipalities.values()
        for unit in organisation.children(municipality.id)
    ]


def _tree(organisation: Organisation, above: str, language: Language) -> list[tuple[str, str]]:
    """Return the units below one, each right after the one it belongs to."""
    found: list[tuple[str, str]] = []
    for unit in organisation.children(above):
        found.append(("– " * (organisation.depth(unit.id) - 1) + unit.names.text(language), unit.id))
        found += _tree(organisation, unit.id, language)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The places somebody named, by id."""

    municipality_ids: frozenset[str] = frozenset()
    unit_ids: frozenset[str] = frozenset()
    site_ids: frozenset[str] = frozenset()


def read_named(
    lines: Iterable[str], organisation: Organisation, texts: Texts, *, own: str | None
) -> tuple[Named, tuple[str, ...]]:
    """Return the places that ``lines`` name, in whatever language, and the faults as sentences.

    A line is a name, or names of what it lies below and its own: "Helse > Natt". A unit goes before a building that is
    called the same. With ``own`` only places of that municipality are known.
    """
    wanted = {line: tuple(_plain(part) for part in line.split(BELOW)) for line in lines}
    names = {parts[-1] for parts in wanted.values()}
    units = [unit for unit in _units(organisation, own) if names & _called(unit.names)]
    towns = [] if own is not None else list(organisation.municipalities.values())
    sites = [site for site in organisation.sites.values() if own in {None, site.municipality_id}]
    municipality_ids, unit_ids, site_ids = set[str](), set[str](), set[str]()
    faults: list[str] = []
    for line, (*above, name) in wanted.items():
        meant = [unit for unit in units if name in _called(unit.names) and _lies_below(organisation, unit, above)]
        by_town = [town.id for town in towns if not above and name in _called(town.names)]
        by_site = [site.id for site in sites if not above and name in _called(site.names)]
        if by_town:
            municipality_ids.update(by_town)
        elif len(meant) == 1:
            unit_ids.add(meant[0].id)
        elif meant:
            example = f" {BELOW} ".join(
                u.names.text(texts.language) for u in reversed(organisation.path(meant[0].id)[:2])
            )
            faults.append(texts("announce.fault.place_many", name=line, example=example))
        elif len(by_site) == 1:
            site_ids.update(by_site)
        else:
            faults.append(texts("announce.fault.place_unknown", name=line))
    found = Named(
        municipality_ids=frozenset(municipality_ids), unit_ids=frozenset(unit_ids), site_ids=frozenset(site_ids)
    )
    return found, tuple(faults)


def _units(organisation: Organisation, own: str | None) -> Iterator[Unit]:
    for municipality_id in organisation.municipalities if own is None else (own,):
        yield from organisation.units(municipality_id)[1:]


def _lies_below(organisation: Organisation, unit: Unit, above: Sequence[str]) -> bool:
    known = {name for each in organisation.path(unit.id)[1:] for name in _called(each.names)}
    return known.issuperset(above)


def _called(names: Names) -> frozenset[str]:
    return frozenset(_plain(names.text(language)) for language in Language)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
