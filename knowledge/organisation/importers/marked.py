"""YAML mappings that keep line numbers, so that every fault has a line."""

from collections.abc import Collection
from typing import Final

import yaml

from knowledge.organisation.importers.fault import FaultKind, ImportFault, fault
from knowledge.yaml_fault import BadYaml, yaml_faults

_NULL: Final = "tag:yaml.org,2002:null"
_BOOL: Final = {"true": True, "yes": True, "false": False, "no": False}


class MarkedMap:
    """One YAML mapping.

    Each read method returns a usable value and adds errors to ``faults``.

    Scalars keep their text: ``08:00`` stays text and ``no`` is not converted to a boolean.
    """

    __slots__ = ("_fields", "faults", "line")

    def __init__(self, node: yaml.MappingNode, faults: list[ImportFault]) -> None:
        self.line: int = node.start_mark.line + 1
        self.faults = faults
        self._fields: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if not name or name in self._fields:
                kind = FaultKind.DUPLICATE_ID if name else FaultKind.WRONG_TYPE
                self.faults.append(fault(key.start_mark.line + 1, kind, name, name))
            elif value.tag != _NULL:
                self._fields[name] = value

    def line_of(self, key: str) -> int:
        """Return the line of the value of ``key``, or of the mapping if it is missing."""
        node = self._fields.get(key)
        return self.line if node is None else int(node.start_mark.line) + 1

    def field_names(self) -> tuple[str, ...]:
        """Return the names of the fields, in the order of the file."""
        return tuple(self._fields)

    def fault(self, key: str, kind: FaultKind, value: object = "") -> None:
        """Add a fault at the line of ``key``."""
        self.faults.append(fault(self.line_of(key), kind, key, value))

    def only(self, allowed: Collection[str]) -> None:
        """Add a fault for every field that is not in ``allowed``."""
        for key in self._fields.keys() - set(allowed):
            self.fault(key, FaultKind.UNKNOWN_FIELD, key)

    def text(self, key: str) -> str | None:
        """Return the stripped text of ``key``.

        ``None`` if missing, empty or not a text.
        """
        node = self._fields.get(key)
        if node is None:
            return None
        if not isinstance(node, yaml.ScalarNode):
            self.fault(key, FaultKind.WRONG_TYPE)
            return None
        return str(node.value).strip() or None

    def flag(self, key: str, *, default: bool) -> bool:
        """Return the boolean value of ``key``."""
        text = self.text(key)
        if text is None:
            return default
        if text.lower() not in _BOOL:
            self.fault(key, FaultKind.BAD_VALUE, text)
            return default
        return _BOOL[text.lower()]

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of texts.

        ``None`` if the field is missing or not a list of texts.
        """
        node = self._fields.get(key)
        if node is None:
            return None
        if not isinstance(node, yaml.SequenceNode) or any(not isinstance(item, yaml.ScalarNode) for item in node.value):
            self.fault(key, FaultKind.WRONG_TYPE)
            return None
        return tuple(str(item.value).strip() for item in node.value)

    def map(self, key: str) -> "MarkedMap | None":
        """Return the mapping under ``key``; ``None`` if missing or not a mapping."""
        node = self._fields.get(key)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            self.fault(key, FaultKind.WRONG_TYPE)
            return None
        return MarkedMap(node, self.faults)

    def is_text(self, key: str) -> bool:
        """Return whether ``key`` has a text and not a mapping or list."""
        return isinstance(self._fields.get(key), yaml.ScalarNode)

    def maps(self, key: str) -> tuple["MarkedMap", ...]:
        """Return the mappings of the list under ``key``.

        Other items are left out and reported.
        """
        node = self._fields.get(key)
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self.fault(key, FaultKind.WRONG_TYPE)
            return ()
        maps = []
        for item in node.value:
            if isinstance(item, yaml.MappingNode):
                maps.append(MarkedMap(item, self.faults))
            else:
                self.faults.append(fault(item.start_mark.line + 1, FaultKind.WRONG_TYPE, key))
        return tuple(maps)


def read_marked(text: str, faults: list[ImportFault]) -> MarkedMap | None:
    """Read a YAML document with a mapping at the top.

    Otherwise add a fault and return ``None``.
    """
    try:
        with yaml_faults(text):
            node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except BadYaml as bad:
        faults.append(fault(bad.line, FaultKind.UNREADABLE, "", bad.reason))
        return None
    if not isinstance(node, yaml.MappingNode):
        faults.append(fault(1, FaultKind.WRONG_TYPE))
        return None
    return MarkedMap(node, faults)
