"""Only a channel's own package and the table of channels name a channel; everything else asks the declaration."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from bot.app.wiring import declared
from bot.settings.model import Settings
from tests.sources import nodes_of, parsed_sources

ROOT: Final = Path(__file__).parents[2]
SEPARATORS: Final = re.compile("[/:]")
"""Between the parts of slots and event ids, such as ``status/web:1``."""
WIRING: Final = frozenset({"bot/app/wiring.py", "bot/app/engine.py", "bot/app/application.py"})
"""May import ``bot.channels``."""
NAMES: Final = frozenset(spec.name for spec in declared(Settings()))
ALLOWED: Final = {
    "bot/support/dependencies.py": "the service of Microsoft as a dependency: a label of metrics and log lines",
    "bot/app/doctor/surface.py": "checks the settings of each channel; the word is the finding's title",
    "bot/app/doctor/running.py": "explains the failing dependency to the operator; the word is the finding's title",
    "dialogs/announce/following.py": "the topic Teams, a program that is introduced",
    "dialogs/rollout/timeline/answer.py": "the same program, which a milestone is about",
}


def named(nodes: Sequence[ast.AST]) -> Iterator[tuple[int, str]]:
    """Yield the line and text of what names a channel: a literal, or a module of its package."""
    prose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        match node:
            case ast.Constant(value=str() as value) if NAMES & set(SEPARATORS.split(value)) and id(node) not in prose:
                yield node.lineno, value
            case ast.ImportFrom(module=str() as module) if module.startswith("bot.channels"):
                yield node.lineno, module
            case ast.Import(names=imported):
                yield from ((node.lineno, each.name) for each in imported if each.name.startswith("bot.channels"))


@cache
def findings() -> Mapping[str, Sequence[tuple[int, str]]]:
    found: dict[str, list[tuple[int, str]]] = {}
    for room in ("bot", "dialogs", "knowledge"):
        for path in parsed_sources(room):
            if path not in WIRING and not path.startswith("bot/channels/"):
                found[path] = list(named(nodes_of(path)))
    return {path: each for path, each in found.items() if each}


def test_no_module_names_a_channel_but_its_own_and_the_wiring() -> None:
    assert {path: each for path, each in findings().items() if path not in ALLOWED} == {}


def test_every_exception_is_still_needed() -> None:
    assert ALLOWED.keys() <= findings().keys()


def test_the_scan_finds_a_name_however_it_is_written() -> None:
    code = 'from bot.channels.web.spec import WEB\nimport bot.channels.teams\nif x == "teams" or f"{y}/web:1": pass'
    assert [text for _, text in named(list(ast.walk(ast.parse(code))))] == [
        "bot.channels.web.spec",
        "bot.channels.teams",
        "teams",
        "/web:1",
    ]
