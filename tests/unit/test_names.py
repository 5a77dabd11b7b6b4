"""One name, one meaning: how often a function or method name may be defined."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.sources import nodes_of, parsed_sources

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("bot", "dialogs", "knowledge")
MAX: Final = 4
"""A name that stands for more than four things has to be looked up each time."""

STANDARD: Final = frozenset(
    {
        "close",  # release resources; the end of an ``open``
        "get",  # return the value of a key
        "routes",  # aiohttp's routes of a group of handlers
        "run",  # work until stopped or done
    }
)
"""Names that every Python library uses in the same sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A function or method. ``holder``: its class or enclosing function, by qualified name; empty at the top."""

    name: str
    module: str
    holder: str
    is_method: bool

    @property
    def place(self) -> str:
        return ".".join(filter(None, (self.module, self.holder, self.name)))

    @property
    def package(self) -> str:
        """The part of a room, such as ``bot.stores``."""
        return ".".join(self.module.split(".")[:2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """A class with the names of its members."""

    name: str
    module: str
    bases: frozenset[str]
    members: frozenset[str]
    methods: frozenset[str]


def modules() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path, tree in parsed_sources(room).items():
            yield path.removesuffix(".py").removesuffix("/__init__").replace("/", "."), tree


@cache
def parsed() -> tuple[tuple[Definition, ...], tuple[Class, ...]]:
    functions: list[Definition] = []
    classes: list[Class] = []
    for module, tree in modules():
        _read(tree, module, "", functions, classes)
    return tuple(functions), tuple(classes)


def _read(node: ast.AST, module: str, holder: str, functions: list[Definition], classes: list[Class]) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            is_method = isinstance(node, ast.ClassDef)
            functions.append(Definition(name=child.name, module=module, holder=holder, is_method=is_method))
            _read(child, module, f"{holder}.{child.name}".lstrip("."), functions, classes)
        elif isinstance(child, ast.ClassDef):
            classes.append(_class(child, module))
            _read(child, module, f"{holder}.{child.name}".lstrip("."), functions, classes)
        else:
            _read(child, module, holder, functions, classes)


def _class(node: ast.ClassDef, module: str) -> Class:
    methods = {each.name for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
    fields = {
        each.target.id for each in node.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
    bases = {ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases}
    return Class(
        name=node.name,
        module=module,
        bases=frozenset(bases),
        members=frozenset(methods | fields),
        methods=frozenset(methods),
    )


def meanings(definitions: Iterable[Definition], classes: Iterable[Class]) -> Mapping[str, list[str]]:
    """Return the distinct meanings of each name, each by one place that defines it.

    These count once: a method of a port with all its implementations and the parts they delegate to in their package;
    a method and its overrides, also of a library's class; a function and the inner function that does its work.
    """
    classes = list(classes)
    by_name = {each.name: each for each in classes}
    own = {each.name for each in classes}
    protocols = [each for each in classes if "Protocol" in each.bases]
    foreign = {each.name for each in classes if each.bases - own - _PLAIN_BASES}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for each in definitions:
        if each.name.startswith("__") or each.name in STANDARD:
            continue
        holder = each.holder.rpartition(".")[2]
        if holder == each.name or (each.is_method and holder in foreign):
            continue
        if each.is_method and any(each.name in one.methods for one in _ancestors(by_name.get(holder), by_name)):
            continue
        port = next((one for one in protocols if each.name in one.methods and _plays(each, holder, one, classes)), None)
        meaning = f"{port.module}.{port.name}.{each.name}" if port else each.place
        found[each.name][meaning] = each.place
    return {name: sorted(places.values()) for name, places in found.items()}


_PLAIN_BASES: Final = frozenset(
    {"Protocol", "Generic", "Exception", "ValueError", "StrEnum", "IntEnum", "Enum", "NamedTuple", "str", "BaseModel"}
)


def _ancestors(of: Class | None, by_name: Mapping[str, Class]) -> Iterator[Class]:
    for base in of.bases if of else ():
        if (found := by_name.get(base)) is not None:
            yield found
            yield from _ancestors(found, by_name)


def _plays(definition: Definition, holder: str, port: Class, classes: Iterable[Class]) -> bool:
    """Return whether a definition is the port's method, or does its work in the package of an implementation."""
    for each in classes:
        if each is not port and not port.members <= each.members:
            continue
        if each.name == holder and each.module == definition.module:
            return True
        if each is not port and ".".join(each.module.split(".")[:2]) == definition.package:
            return True
    return False


def test_no_name_has_more_than_four_meanings() -> None:
    crowded = {name: places for name, places in meanings(*parsed()).items() if len(places) > MAX}
    assert crowded == {}


PORT = """
class Store(Protocol):
    def find(self): ...
    def drop(self): ...
"""
IMPLEMENTATION = """
class Memory:
    def find(self): ...
    def drop(self): ...
class Part:
    def find(self): ...
"""


def read(**sources: str) -> Mapping[str, list[str]]:
    functions: list[Definition] = []
    classes: list[Class] = []
    for module, source in sources.items():
        _read(ast.parse(source), module.replace("__", "."), "", functions, classes)
    return meanings(functions, classes)


def test_a_port_and_the_parts_of_its_implementation_count_once() -> None:
    assert len(read(bot__ports=PORT, bot__stores__memory=IMPLEMENTATION)["find"]) == 1


def test_the_same_method_elsewhere_counts_again() -> None:
    other = "class Other:\n    def find(self): ...\ndef find(): ..."
    assert len(read(bot__ports=PORT, bot__stores__memory=IMPLEMENTATION, dialogs__x=other)["find"]) == 3


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("class A(Base):\n    def show(self): ...", 0),
        ("class A:\n    def show(self): ...\nclass B(A):\n    def show(self): ...", 1),
        ("def show():\n    def show(): ...", 1),
        ("def show():\n    def inner(): ...\ndef other():\n    def show(): ...", 2),
        ("class A:\n    def close(self): ...", 0),
    ],
)
def test_each_meaning_is_counted(source: str, number: int) -> None:
    assert len(read(bot__x=source).get("show", [])) == number


def test_no_class_name_is_defined_twice() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for name, tree in modules():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(name)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


LONGEST_FUNCTION: Final = 60


def test_no_function_is_longer_than_sixty_lines() -> None:
    lengths = {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or 0) - _first_line(node) + 1
        for room in ROOMS
        for path in parsed_sources(room)
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {place: length for place, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min((each.lineno for each in node.decorator_list), default=node.lineno)
