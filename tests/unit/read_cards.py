"""What stands on a card: its words and its buttons."""

from collections.abc import Iterator, Mapping
from typing import Any


def words_of(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            if name == "selectAction":  # the words to press stand in the element itself
                continue
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


def links_of(node: Any) -> list[str]:
    """Return the titles of the actions that are words to press, not buttons."""
    if isinstance(node, Mapping):
        own = [str(node["selectAction"]["title"])] if "selectAction" in node else []
        return [*own, *(title for value in node.values() for title in links_of(value))]
    return [title for each in node for title in links_of(each)] if isinstance(node, list | tuple) else []
