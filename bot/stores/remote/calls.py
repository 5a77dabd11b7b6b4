"""Calls of the store port over the socket: their arguments, results and faults."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, get_args, get_origin, get_type_hints

from bot.ports import Conflict, Duplicate, Key, LeaseLost, Store, StoreRefused, StoreUnavailable
from bot.stores.copy import Copyable
from bot.stores.remote.values import Convert, decoder, encoder
from bot.stores.tiny.store import TinyStore

# What a bot does for itself, and must not be done to it.
_NOT_CALLED: Final = frozenset({"open", "close", "on_news"})
# What commands ask of the tiny store besides the port.
_OF_TINY: Final[tuple[Callable[..., Any], ...]] = (TinyStore.search_rows, TinyStore.hold_files, TinyStore.release_files)
STOPPED: Final = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A method that commands may call.

    ``item`` is the type of its result's items when they are sent in portions; None: the result is one value.
    """

    name: str
    arguments: Mapping[str, Any]
    result: Any
    item: Any

    def encode(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return arguments as JSON values."""
        return {name: encoder(self.arguments[name])(value) for name, value in arguments.items()}

    def decode(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of JSON values. Raises ValueError or TypeError for others."""
        try:
            return {name: decoder(self.arguments[name])(value) for name, value in arguments.items()}
        except (KeyError, AttributeError) as fault:
            raise ValueError(f"{self.name}: {fault!r}") from fault


@cache
def calls() -> Mapping[str, Call]:
    """Return every call by its name."""
    return {method.__name__: _call(method) for method in (*_methods(Store), *_methods(Copyable), *_OF_TINY)}


def _methods(port: type) -> Iterator[Callable[..., Any]]:
    for name, method in inspect.getmembers(port, inspect.iscoroutinefunction):
        if not name.startswith("_") and name not in _NOT_CALLED:
            yield method


def _call(method: Callable[..., Any]) -> Call:
    hints = get_type_hints(method)
    result = hints.pop("return")
    item = get_args(result)[0] if get_origin(result) is Sequence else None
    return Call(name=method.__name__, arguments=hints, result=result, item=item)


_KEY_OUT: Final[Convert] = encoder(Key)
_KEY_IN: Final[Convert] = decoder(Key)


def fault_document(fault: Exception) -> dict[str, Any] | None:
    """Return a fault of the port as JSON values; None: it is no fault of the port."""
    match fault:
        case Conflict():
            return {"kind": "conflict", "key": _KEY_OUT(fault.key)}
        case Duplicate():
            return {"kind": "duplicate", "id": fault.event_id}
        case LeaseLost():
            return {"kind": "lease_lost", "ids": list(fault.delivery_ids)}
        case StoreUnavailable():
            return {"kind": "unavailable", "text": str(fault), "cause": fault.cause}
        case StoreRefused():
            return {"kind": "refused", "text": str(fault)}
        case ValueError():
            return {"kind": "value", "text": str(fault)}
        case TypeError():
            return {"kind": "type", "text": str(fault)}
    return None


def fault_from(document: Mapping[str, Any]) -> Exception:
    """Return the fault of JSON values."""
    text = str(document.get("text", ""))
    match document["kind"]:
        case "conflict":
            return Conflict(_KEY_IN(document["key"]))
        case "duplicate":
            return Duplicate(document["id"])
        case "lease_lost":
            return LeaseLost(document["ids"])
        case "refused":
            return StoreRefused(text)
        case "value":
            return ValueError(text)
        case "type":
            return TypeError(text)
    return StoreUnavailable(text, cause=str(document.get("cause", "unreachable")))
