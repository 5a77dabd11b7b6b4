"""The source of the program, parsed once a process: several tests look through all of it."""

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]


@cache
def parsed_sources(room: str) -> Mapping[str, ast.Module]:
    """Return the modules of a room by their path from the root, such as ``bot/ports/clock.py``."""
    files = sorted((ROOT / room).rglob("*.py"))
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text("utf-8")) for file in files}


@cache
def nodes_of(path: str) -> tuple[ast.AST, ...]:
    """Return every node of a module. Parents come before their children."""
    return tuple(ast.walk(parsed_sources(path.partition("/")[0])[path]))
