"""Entra's two dialects of a PATCH of members, read as sets of ids.

Members are not in the group's record, so that a group of 20,000 costs no more than its change.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.scim.fault import ScimFault

MOST_MEMBERS: Final = 5_000
MOST_OPERATIONS: Final = 1_000
# Of those on an account, or on a group besides its members: each costs more with every one before it.
MOST_CHANGES: Final = 100
_ONE: Final = re.compile(r'members\[\s*value\s+eq\s+"([^"\\]{1,200})"\s*\](?:\.value)?', re.IGNORECASE)


@dataclass(slots=True)
class MemberChanges:
    """Members to add and to remove; ``all`` removes those that are not added."""

    added: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    all: bool = False

    def join(self, ids: set[str]) -> None:
        self.added |= ids
        self.removed -= ids

    def leave(self, ids: set[str]) -> None:
        self.removed |= ids
        self.added -= ids

    def clear(self) -> None:
        self.all = True
        self.added.clear()
        self.removed.clear()


def split_members(body: Mapping[str, Any]) -> tuple[dict[str, Any], MemberChanges]:
    """Return a PATCH of a group without its operations on members, and those. Raises ScimFault."""
    changes, rest = MemberChanges(), []
    for operation in _operations(body):
        kept = _apply(operation, changes)
        if kept is not None:
            rest.append(kept)
    if len(changes.added) + len(changes.removed) > MOST_MEMBERS:
        raise ScimFault(413, f"More than {MOST_MEMBERS} members in one request")
    _check_number(rest)
    return {**_besides(body), "Operations": rest}, changes


def _apply(operation: Mapping[str, Any], changes: MemberChanges) -> dict[str, Any] | None:
    """Apply an operation on members; return what remains of it."""
    act = str(operation.get("op", "")).lower()
    path, value = operation.get("path"), operation.get("value")
    if path is None or path == "":
        return _without_path(act, operation, value, changes)
    name = str(path).rpartition(":")[2]
    if (member := _ONE.fullmatch(name)) is not None and act == "remove":
        changes.leave({member[1]})
        return None
    if name.lower() in {"members", "members.value"}:
        _on_members(act, value, changes)
        return None
    return dict(operation)


def _without_path(act: str, operation: Mapping[str, Any], value: Any, changes: MemberChanges) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return dict(operation)
    others = {key: given for key, given in value.items() if key.lower() != "members"}
    for key, given in value.items():
        if key not in others:
            _on_members(act, given, changes)
    return {**operation, "value": others} if others or not value else None


def _on_members(act: str, value: Any, changes: MemberChanges) -> None:
    match act:
        case "add":
            changes.join(ids_of(value))
        case "remove" if value is None:
            changes.clear()
        case "remove":
            changes.leave(ids_of(value))
        case "replace":
            changes.clear()
            changes.join(ids_of(value) if value is not None else set())
        case _:
            raise ScimFault(400, f"{act!r} is not a PATCH operation: add, remove or replace", "invalidSyntax")


def ids_of(value: Any) -> set[str]:
    """Return the ids of a list of members, of one member, or of plain ids. Raises ScimFault."""
    members: Sequence[Any] = value if isinstance(value, list) else [value]
    given = [member.get("value") if isinstance(member, dict) else member for member in members]
    ids = {id_ for id_ in given if isinstance(id_, str) and 0 < len(id_) <= 200}
    if not all(isinstance(id_, str) and id_ in ids for id_ in given):
        raise ScimFault(400, "A member must have a value, the id of a user", "invalidValue")
    return ids


def spread(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a PATCH in which a path with a filter is the path of an operation, never a key of a value.

    Entra without its newer dialect sends ``{"value": {"emails[type eq \\"work\\"].value": "…"}}``. Raises ScimFault.
    """
    rest: list[dict[str, Any]] = []
    for operation in _operations(body):
        value = operation.get("value")
        if operation.get("path") or not isinstance(value, dict):
            rest.append(operation)
            continue
        paths = {key: given for key, given in value.items() if "[" in key}
        plain = {key: given for key, given in value.items() if key not in paths}
        rest += [{**operation, "value": plain}] if plain or not paths else []
        rest += [{**operation, "path": key, "value": given} for key, given in paths.items()]
    _check_number(rest)
    return {**_besides(body), "Operations": rest}


def _check_number(operations: Sequence[object]) -> None:
    if len(operations) > MOST_CHANGES:
        raise ScimFault(413, f"More than {MOST_CHANGES} operations")


def _operations(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    operations = next((value for key, value in body.items() if key.lower() == "operations"), None)
    if (
        not isinstance(operations, list)
        or not operations
        or not all(isinstance(operation, dict) for operation in operations)
    ):
        raise ScimFault(400, "Operations must be a list of operations", "invalidSyntax")
    if len(operations) > MOST_OPERATIONS:
        raise ScimFault(413, f"More than {MOST_OPERATIONS} operations")
    return operations


def _besides(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key.lower() != "operations"}
