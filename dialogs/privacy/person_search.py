"""Search of the registry for the data protection officer: people of the own municipality, by name, address or id."""

import re
from dataclasses import dataclass
from typing import Final

from dialogs.core.person import Person
from dialogs.core.query import Asking, find_all
from dialogs.core.viewer import Viewer
from dialogs.privacy.access import is_officer_for

MOST_FOUND: Final = 20
# People read in one look-up.
_PORTION: Final = 500
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """A person with fields that distinguish two of the same name."""

    id: str
    name: str
    place: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPeople:
    """The people that fit ``words``, by name.

    ``more``: there are others, beyond ``MOST_FOUND``. ``similar``: none fits; these have the words as parts of others.
    """

    words: str
    people: tuple[FoundPerson, ...] = ()
    more: bool = False
    similar: bool = False


def found_people(viewer: Viewer, words: str) -> Asking[FoundPeople]:
    """Return the people of the officer's municipality that fit the words; one with this id or address alone.

    Without any, those that are similar.
    """
    wanted = words.casefold().split()
    matches: list[Person] = []
    last = ""
    while wanted:
        term = f"municipality:{viewer.person.municipality_id}"
        people = yield from find_all(Person, term, after=last, limit=_PORTION)
        matches += [
            person for person in people if is_officer_for(viewer.person, person) and _is_similar(viewer, wanted, person)
        ]
        if len(people) < _PORTION:
            break
        last = people[-1].id
    exact = [
        person for person in matches if words.casefold() in {person.id.casefold(), (person.email or "").casefold()}
    ]
    meant = exact or [person for person in matches if _is_meant(viewer, wanted, person)]
    shown = sorted(meant or matches, key=lambda person: (person.name.casefold(), person.id))
    rows = tuple(_found_person(viewer, person) for person in shown[:MOST_FOUND])
    return FoundPeople(words=words, people=rows, more=len(shown) > MOST_FOUND, similar=bool(matches) and not meant)


def _is_meant(viewer: Viewer, wanted: list[str], person: Person) -> bool:
    """Return whether each word begins one of name, address or workplace; a number is a whole one."""
    text = " ".join((person.name, person.email or "", _workplace(viewer, person))).casefold()
    parts = {*_WORD.findall(text), *text.split()}
    return all(any(part == word or (part.startswith(word) and not word.isdigit()) for part in parts) for word in wanted)


def _is_similar(viewer: Viewer, wanted: list[str], person: Person) -> bool:
    text = " ".join((person.name, person.email or "", person.id, _workplace(viewer, person))).casefold()
    return all(word in text for word in wanted)


def _found_person(viewer: Viewer, person: Person) -> FoundPerson:
    return FoundPerson(
        id=person.id, name=person.name or person.id, place=_workplace(viewer, person), email=person.email or ""
    )


def _workplace(viewer: Viewer, person: Person) -> str:
    unit = viewer.content.organisation.find_unit(person.unit_id or "")
    return unit.names.text(viewer.texts.language) if unit is not None else ""
