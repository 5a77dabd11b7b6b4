"""Another value than a new record has, for every field of a person that does not come from the registry."""

from dataclasses import fields
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from dialogs.core.data_rules import FieldSource
from dialogs.core.holding import names_from
from dialogs.core.person import Address, Person
from knowledge.article.article import Language
from tests.channels import TEAMS, WEB
from tests.unit.driver import TUESDAY

OF_THE_REGISTRY: Final = frozenset(names_from(Person, FieldSource.REGISTRY))
_TEAMS: Final = Address(channel=TEAMS, data={"conversation_id": "a:1", "tenant_id": "t"})
_GIVEN: Final[dict[str, Any]] = {
    "language": Language.NN,
    "language_chosen": True,
    "addresses": {TEAMS: _TEAMS, WEB: Address(channel=WEB)},
    "last_channel": TEAMS,
    "created_at": TUESDAY - timedelta(days=30),
}
"""Values that belong together; a field without one here gets another value of its type."""


def own_values() -> dict[str, Any]:
    """Return the values by field. Of those who chose one, the language is their own too."""
    names = [each.name for each in fields(Person) if each.name not in OF_THE_REGISTRY - {"language"}]
    return {name: _GIVEN[name] if name in _GIVEN else _other(name) for name in names}


def _other(name: str) -> bool | StrEnum:
    fresh = getattr(Person(id="new", name="", created_at=TUESDAY), name)
    match fresh:
        case bool():
            return not fresh
        case StrEnum():
            return next(each for each in type(fresh) if each != fresh)
        case _:
            raise TypeError(f"say in _GIVEN which value of {name} no new record has")
