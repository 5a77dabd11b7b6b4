"""Municipalities, units and sites of an audience, chosen or entered by name."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dialogs.announce.audience import Audience
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import LocalisedName, Unit

Choices = tuple[tuple[str, str], ...]

# Entries in all lists of one card; Teams cards hold no more.
MAX: Final = 150

# Separator between a parent place and a place with an ambiguous name.
BELOW: Final = ">"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Choices as pairs of title and id; ``whole``: the lists are complete."""

    municipalities: Choices
    units: Choices
    sites: Choices
    whole: bool


def places(organisation: Organisation, audience: Audience, language: Language, *, own: str | None) -> Places:
    """Return the choices that fit into a card.

    With ``own``, units of that municipality only; else municipalities and their departments. Lists that are too long
    keep the upper levels of units; places already in ``audience`` always stay.
    """
    towns = [] if own is not None else [(m.names.text(language), m.id) for m in organisation.municipalities.values()]
    sites = [
        (site.names.text(language), site.id)
        for site in organisation.sites.values()
        if own in {None, site.municipality_id}
    ]
    units = _departments(organisation, language) if own is None else _tree(organisation, own, language)
    municipalities = _shortened(towns, audience.municipality_ids, room=MAX)
    levels = [organisation.depth(id_) for _, id_ in units]
    deepest = max(levels, default=0)
    # Leave out the deepest levels first: choosing an upper unit includes its subtree.
    while deepest and sum(level <= deepest for level in levels) > MAX - len(municipalities):
        deepest -= 1
    upper = [
        unit for unit, level in zip(units, levels, strict=True) if level <= deepest or unit[1] in audience.unit_ids
    ]
    shown = _shortened(sites, audience.site_ids, room=MAX - len(municipalities) - len(upper))
    return Places(
        municipalities=municipalities,
        units=tuple(upper),
        sites=shown,
        whole=(len(municipalities), len(upper), len(shown)) == (len(towns), len(units), len(sites)),
    )


def _shortened(choices: Sequence[tuple[str, str]], chosen: Collection[str], *, room: int) -> Choices:
    return tuple(choice for choice in choices if len(choices) <= room or choice[1] in chosen)


def _departments(organisation: Organisation, language: Language) -> list[tuple[str, str]]:
    return [
        (f"{municipality.names.text(language)}: {unit.names.text(language)}", unit.id)
        for municipality in organisation.municipalities.values()
        for unit in organisation.children(municipality.id)
    ]


def _tree(organisation: Organisation, above: str, language: Language) -> list[tuple[str, str]]:
    """Return the units below one, depth first, indented by level."""
    choices: list[tuple[str, str]] = []
    for unit in organisation.children(above):
        choices.append(("– " * (organisation.depth(unit.id) - 1) + unit.names.text(language), unit.id))
        choices += _tree(organisation, unit.id, language)
    return choices


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPlaces:
    """Ids of places entered by name."""

    municipality_ids: frozenset[str] = frozenset()
    unit_ids: frozenset[str] = frozenset()
    site_ids: frozenset[str] = frozenset()


def read_named(
    lines: Iterable[str], organisation: Organisation, texts: Texts, *, own: str | None
) -> tuple[NamedPlaces, tuple[str, ...]]:
    """Return the places named by ``lines``, and faults as sentences.

    A line is a name in any language, or a path such as "Helse > Natt". A unit takes precedence over a site of the same
    name. With ``own`` only places of that municipality are known.
    """
    wanted = {line: tuple(_plain(part) for part in line.split(BELOW)) for line in lines}
    names = {parts[-1] for parts in wanted.values()}
    units = [unit for unit in _units(organisation, own) if names & _plain_names(unit.names)]
    towns = [] if own is not None else list(organisation.municipalities.values())
    sites = [site for site in organisation.sites.values() if own in {None, site.municipality_id}]
    municipality_ids, unit_ids, site_ids = set[str](), set[str](), set[str]()
    faults: list[str] = []
    for line, (*above, name) in wanted.items():
        meant = [unit for unit in units if name in _plain_names(unit.names) and _lies_below(organisation, unit, above)]
        by_town = [town.id for town in towns if not above and name in _plain_names(town.names)]
        by_site = [site.id for site in sites if not above and name in _plain_names(site.names)]
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
    places = NamedPlaces(
        municipality_ids=frozenset(municipality_ids), unit_ids=frozenset(unit_ids), site_ids=frozenset(site_ids)
    )
    return places, tuple(faults)


def _units(organisation: Organisation, own: str | None) -> Iterator[Unit]:
    for municipality_id in organisation.municipalities if own is None else (own,):
        yield from organisation.units(municipality_id)[1:]


def _lies_below(organisation: Organisation, unit: Unit, above: Sequence[str]) -> bool:
    known = {name for ancestor in organisation.path(unit.id)[1:] for name in _plain_names(ancestor.names)}
    return known.issuperset(above)


def _plain_names(names: LocalisedName) -> frozenset[str]:
    return frozenset(_plain(names.text(language)) for language in Language)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
