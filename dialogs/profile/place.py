"""Workplace of a person: choosable units, unit titles, permission to choose."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from rapidfuzz import fuzz, process
from rapidfuzz.utils import default_process

from dialogs.core.card import Element, press
from dialogs.core.event import Pressed
from dialogs.core.person import Person
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import Unit

# Units that fit into a Teams card; beyond it, people search.
MAX_CHOICES: Final = 150
MAX_FOUND: Final = 10
# Lowest similarity in percent for a search match.
LIKE: Final = 60
LONGEST_VERB: Final = 60
LONGEST_NAME: Final = 40
LONGEST_VALUE: Final = 200
MAX_VALUES: Final = 10


class Choice(StrEnum):
    """The part of the workplace a person may choose."""

    MUNICIPALITY = "municipality"
    UNIT = "unit"
    NOTHING = "nothing"


def choice_of(person: Person, organisation: Organisation) -> Choice:
    """Return the part of the workplace the person may choose."""
    # For people in the registry it is fixed, and stays so after they left it. A municipality is chosen once.
    # Neither guest nor signed in means the person was created by a registry import.
    if person.registered or person.left or not (person.is_guest or person.object_id or person.has_account):
        return Choice.NOTHING
    return Choice.UNIT if person.municipality_id in organisation.municipalities else Choice.MUNICIPALITY


def unit_title(organisation: Organisation, unit_id: str, language: Language) -> str:
    """Return unit and parents, outermost first, without the municipality."""
    path = organisation.path(unit_id)
    below = path[:-1] if len(path) > 1 else path
    return " › ".join(unit.names.text(language) for unit in reversed(below))


def unit_choices(organisation: Organisation, municipality_id: str, language: Language) -> list[tuple[str, str]]:
    """Return title and id of a municipality's units, depth first."""
    # A title is the unit's name with its department's; the full path where two titles would be equal.
    choices: list[tuple[str, str]] = []
    for unit in units_to_choose(organisation, municipality_id):
        department = organisation.department_of(unit.id)
        above = department.names.text(language) if department is not None and department.id != unit.id else ""
        choices.append((f"{unit.names.text(language)} ({above})" if above else unit.names.text(language), unit.id))
    times = Counter(title for title, _ in choices)
    return [(title if times[title] == 1 else unit_title(organisation, id_, language), id_) for title, id_ in choices]


def units_named(
    organisation: Organisation, municipality_id: str, language: Language, words: str
) -> list[tuple[str, str]]:
    """Return title and id of units similar to ``words``, best first."""
    choices = unit_choices(organisation, municipality_id, language)
    titles = [title for title, _ in choices]
    matches = process.extract(
        words, titles, scorer=fuzz.WRatio, processor=default_process, limit=MAX_FOUND, score_cutoff=LIKE
    )
    return [choices[number] for _, _, number in matches]


def units_to_choose(organisation: Organisation, municipality_id: str) -> Iterator[Unit]:
    """Yield the units of a municipality, depth first."""
    for unit in organisation.children(municipality_id):
        yield unit
        yield from units_to_choose(organisation, unit.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAction:
    """The action to continue with after choosing a workplace; may be empty.

    It is carried in card data and therefore untrusted: the action repeats all checks.
    """

    verb: str = ""
    data: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_pressed(cls, pressed: Pressed) -> Self:
        """Return the action in the pressed card, cut to the limits."""
        given = (name.removeprefix("then_") for name in pressed.data if name.startswith("then_"))
        # Accept only a few short, plain names from untrusted card data.
        names = [name for name in given if name != "verb" and len(name) <= LONGEST_NAME and name.isidentifier()]
        return cls(
            verb=pressed.text("then_verb")[:LONGEST_VERB],
            data={name: pressed.text(f"then_{name}")[:LONGEST_VALUE] for name in names[:MAX_VALUES]},
        )

    def attach_to(self, button: Element) -> Element:
        """Return ``button`` with this action in its data."""
        if not self.verb:
            return button
        carried_data = {f"then_{name}": value for name, value in self.data.items()}
        return {**button, "data": {**carried_data, "then_verb": self.verb}}

    def button(self, title: str) -> Element:
        """Return the button that continues with the action."""
        return {**press(title, self.verb, primary=True), "data": dict(self.data)}
