"""The rule that keeps pupils out of every directory source."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PUPIL_WORDS: Final = frozenset({"pupil", "pupils", "student", "students", "elev", "elever", "elevar"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilRule:
    """What marks a pupil. ``domains`` and ``groups`` are added to what always counts.

    Attributes:
        values: further values of an attribute, such as a job title or a department.
        domains: domains of pupils' addresses.
        groups: names or ids of groups of pupils.
    """

    values: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def is_value(self, value: str) -> bool:
        """Return whether a value of an attribute means a pupil, such as ``Elev`` as user type."""
        word = value.strip().casefold()
        return word in PUPIL_WORDS or word in {each.casefold() for each in self.values}

    def is_address(self, address: str) -> bool:
        """Return whether an address belongs to a domain of pupils, such as ``kari@elev.lillevik.example``."""
        domain = address.rpartition("@")[2].strip().casefold().rstrip(".")
        if "@" not in address or not domain:
            return False
        if not PUPIL_WORDS.isdisjoint(domain.split(".")):
            return True
        return any(domain == each or domain.endswith(f".{each}") for each in map(str.casefold, self.domains))

    def is_group(self, *names: str) -> bool:
        """Return whether a group with these names and ids is one of pupils: ``Elever 10A``."""
        listed = {each.casefold() for each in self.groups}
        return any(
            name.strip().casefold() in listed or name.strip().casefold().split(" ")[0] in PUPIL_WORDS for name in names
        )

    def reason(self, *, values: Iterable[str] = (), addresses: Iterable[str] = ()) -> str:
        """Return what marks a pupil, ``attribute`` or ``address``; empty for an employee."""
        if any(self.is_value(each) for each in values):
            return "attribute"
        return "address" if any(self.is_address(each) for each in addresses) else ""
