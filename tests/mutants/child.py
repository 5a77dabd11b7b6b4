"""What a forked process does: load one module in changed form, run its tests, end with what they say."""

import os
import sys
from collections.abc import Collection, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final, NoReturn

import grimp
import pytest

# A module that cannot be imported interrupts the collecting of its tests, or is a usage error where a conftest
# imports it: noticed as well. Arguments that are wrong end the run of the unchanged modules.
NOTICED: Final = frozenset({pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR})
OWN: Final = ("bot", "dialogs", "knowledge")
TESTS_PASSED, TESTS_FAILED, UNUSABLE = 0, 1, 3
HOW: Final = (
    "-x",
    "-q",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "--hypothesis-seed=0",
)


class _Changed(SourceFileLoader):
    source = ""

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(self.source, self.path, "exec", dont_inherit=True)
        return code


class _Finder(MetaPathFinder):
    """Finds one module, and gives it another text than its file has."""

    def __init__(self, name: str, path: str, source: str) -> None:
        self._name = name
        self._path = path
        self._source = source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        loader = _Changed(fullname, os.path.abspath(self._path))
        loader.source = self._source
        places = [os.path.dirname(loader.path)] if loader.path.endswith("__init__.py") else None
        return spec_from_file_location(fullname, loader.path, loader=loader, submodule_search_locations=places)


def downstream(path: str) -> Collection[str]:
    """Return the modules that have to be imported again when the one at ``path`` has changed: it, and what uses it."""
    graph = grimp.build_graph(*OWN)
    stale, fresh = set[str](), {name_of(path)}
    while fresh:
        stale |= fresh
        users = set[str]().union(*(graph.find_downstream_modules(name) for name in fresh))
        inner = set[str]().union(*(graph.find_descendants(name) for name in fresh))  # attributes of their package
        fresh = (users | inner) - stale
    return stale


def name_of(path: str) -> str:
    """Return the name of the module at a path."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def run_tests(path: str, source: str, stale: Collection[str], tests: Sequence[str], output: Path) -> NoReturn:
    """Run the tests with the module at ``path`` reading ``source``, and end this process with what they say."""
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    for name in [each for each in sys.modules if each in stale or each.startswith("tests.")]:
        del sys.modules[name]
        package, _, module = name.rpartition(".")
        if package in sys.modules:  # "from package import module" would find the old one there
            vars(sys.modules[package]).pop(module, None)
    sys.meta_path.insert(0, _Finder(name_of(path), path, source))
    code = UNUSABLE
    try:
        ended = pytest.main([*HOW, *tests])
        code = TESTS_FAILED if ended in NOTICED else int(ended)
    except BaseException as fault:
        print(repr(fault))
        code = TESTS_FAILED
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
