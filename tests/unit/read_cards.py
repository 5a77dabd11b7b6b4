"""What stands on a card: its words and its buttons."""

from collections.abc import Iterator, Mapping
from typing import Any


def words_of(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            if name in {"text", "title", "label", "value", "url"} and isinstance(value, str):
                yield value
            else:
                yield from words_of(value)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from words_of(each)


def actions_of(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        if node.get("type") == "Action.Execute":
            yield node
        for value in node.values():
            yield from actions_of(value)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from actions_of(each)
