"""Whether a card keeps to the schema of Adaptive Cards 1.5, judged quickly enough to judge every card there is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator, ValidationError
from jsonschema.validators import extend

SCHEMA = json.loads((Path(__file__).parent / "data" / "adaptive-card-1.5.0.json").read_text("utf-8"))
# The published schema is older than the style by which one types part of a name; Teams documents it for static choices.
# Source: Microsoft Learn, "Typeahead search in Adaptive Cards", 2026-11-25.
SCHEMA["definitions"]["ChoiceInputStyle"]["anyOf"].append({"enum": ["filtered"]})


def _any_of(validator: Any, choices: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """Leave each kind of element at its first fault, and tell what is wrong with all only when none fits."""
    kind = instance.get("type") if isinstance(instance, dict) else None
    likely = [choice for choice in choices if kind is None or _kind_of(choice) in {None, kind}]
    if not any(validator.evolve(schema=choice).is_valid(instance) for choice in likely):
        yield from Draft6Validator.VALIDATORS["anyOf"](validator, choices, instance, schema)


def _kind_of(choice: dict[str, Any]) -> str | None:
    """Return the only element type a choice allows; None when it allows several, or does not say."""
    [named] = choice["allOf"] if len(choice.get("allOf", ())) == 1 else [choice]
    definition = SCHEMA["definitions"].get(named.get("$ref", "").removeprefix("#/definitions/"), named)
    kinds = definition.get("properties", {}).get("type", {}).get("enum", ())
    return kinds[0] if len(kinds) == 1 else None


VALIDATOR = extend(Draft6Validator, {"anyOf": _any_of})(SCHEMA)


def faults_of(card: Any) -> list[str]:
    """Return where a card breaks the schema and how, ordered by place; nothing when it is sound."""
    faults = sorted(VALIDATOR.iter_errors(json.loads(json.dumps(card))), key=lambda fault: str(fault.absolute_path))
    return [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:200]}" for fault in faults]
