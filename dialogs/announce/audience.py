"""The audience of an announcement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dialogs.core.person import Person, Role
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import PersonId, Sector, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """A predicate over people.

    All non-empty fields must match, each by any of its values. ``unit_ids`` include their whole subtrees.
    ``person_ids`` is an uploaded list. ``topic`` limits to followers of it. ``channels_only``: no personal messages;
    the audience only decides which Teams channels may be chosen.
    """

    municipality_ids: frozenset[str] = frozenset()
    unit_ids: frozenset[str] = frozenset()
    sectors: frozenset[Sector] = frozenset()
    site_ids: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset()
    languages: frozenset[Language] = frozenset()
    person_ids: frozenset[PersonId] = frozenset()
    topic: str = ""
    channels_only: bool = False

    @property
    def limited_by_unit(self) -> bool:
        """Whether the person's unit matters."""
        return bool(self.unit_ids or self.sectors or self.site_ids)

    def reaches(self, person: Person, organisation: Organisation) -> bool:
        """Return whether the person receives the announcement personally."""
        return not self.channels_only and self.includes(person, organisation)

    def includes(self, person: Person, organisation: Organisation) -> bool:
        """Return whether the person belongs to the audience, topic aside.

        This is the only rule for reading an announcement. Followers of a topic are not known here.
        """
        # Guests enter their workplace themselves, so an unverified person neither receives nor looks up announcements.
        if not person.vouched_for:
            return False
        if self.municipality_ids and person.municipality_id not in self.municipality_ids:
            return False
        if self.person_ids and person.id not in self.person_ids:
            return False
        if self.roles and self.roles.isdisjoint(person.roles):
            return False
        if self.languages and person.language not in self.languages:
            return False
        return not self.limited_by_unit or self._in_units(person, organisation)

    def _in_units(self, person: Person, organisation: Organisation) -> bool:
        unit = organisation.find_unit(person.unit_id) if person.unit_id else None
        if unit is None or unit.municipality_id != person.municipality_id:
            return False
        return self.includes_unit(unit, organisation)

    def includes_unit(self, unit: Unit, organisation: Organisation) -> bool:
        """Return whether people of the unit can belong to the audience."""
        if self.municipality_ids and unit.municipality_id not in self.municipality_ids:
            return False
        if self.sectors and unit.sector not in self.sectors:
            return False
        if self.site_ids and unit.site_id not in self.site_ids:
            return False
        if not self.unit_ids:
            return True
        chosen = {known.id for id_ in self.unit_ids if (known := organisation.find_unit(id_))}
        return any(above.id in chosen for above in organisation.path(unit.id))

    def faults(self, organisation: Organisation, *, own_municipality_id: str | None) -> tuple[str, ...]:
        """Return the faults of the audience as keys of sentences.

        Args:
            own_municipality_id: the only municipality the author may address; None means all.
        """
        known = set(organisation.municipalities)
        units = [organisation.find_unit(id_) for id_ in self.unit_ids]
        if not self.municipality_ids <= known or None in units or not self.site_ids <= set(organisation.sites):
            return ("announce.fault.unknown_place",)
        if own_municipality_id is None:
            return ()
        if not self.municipality_ids:
            return ("announce.fault.everyone",)
        places = {unit.municipality_id for unit in units if unit}
        places |= {organisation.sites[id_].municipality_id for id_ in self.site_ids}
        if not (self.municipality_ids | places) <= {own_municipality_id}:
            return ("announce.fault.not_yours",)
        return ()

    def municipalities(self, organisation: Organisation) -> frozenset[str]:
        """Return the municipalities that people of the audience can belong to."""
        chosen = self.municipality_ids or frozenset(organisation.municipalities)
        if self.limited_by_unit:
            chosen &= {unit.municipality_id for unit in self._units(organisation)}
        return chosen

    def reach(self, organisation: Organisation) -> tuple[str, ...]:
        """Return the narrowest index terms that together find the whole audience.

        The terms may also find people outside it, so each person still goes through ``reaches``. A list gives one
        ``person:<id>`` term per entry, a topic gives ``topic:<topic>``.
        """
        if self.channels_only:
            return ()
        if self.person_ids:
            return tuple(f"person:{id_}" for id_ in sorted(self.person_ids))
        if self.topic:
            return (f"topic:{self.topic}",)
        if self.limited_by_unit:
            return tuple(_terms_of(self._units(organisation)))
        if len(self.roles) == 1:
            [role] = self.roles
            if self.municipality_ids:
                return tuple(f"role:{role}@{id_}" for id_ in sorted(self.municipality_ids))
            return (f"role:{role}",)
        if self.municipality_ids:
            return tuple(f"municipality:{id_}" for id_ in sorted(self.municipality_ids))
        return ("all",)

    def _units(self, organisation: Organisation) -> Sequence[Unit]:
        return [unit for unit in organisation.units() if self.includes_unit(unit, organisation)]


def _terms_of(units: Iterable[Unit]) -> Iterable[str]:
    for unit in units:
        yield f"unit:{unit.id}"
        # People may still be registered under a former id of their unit.
        for former in unit.former_ids:
            yield f"unit:{former}"
