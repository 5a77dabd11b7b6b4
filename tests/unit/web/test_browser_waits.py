"""A browser test waits before it looks: what a page does after a press comes when it comes.

``expect`` looks again until it holds. Everything else looks once, and fails by chance on a busy machine.
"""

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

BROWSER: Final = Path(__file__).parents[2] / "e2e"
LOOKS: Final = frozenset(
    {
        "all",
        "all_inner_texts",
        "all_text_contents",
        "bounding_box",
        "content",
        "count",
        "evaluate",
        "evaluate_all",
        "get_attribute",
        "inner_html",
        "inner_text",
        "input_value",
        "is_checked",
        "is_disabled",
        "is_editable",
        "is_enabled",
        "is_hidden",
        "is_visible",
        "query_selector",
        "query_selector_all",
        "text_content",
        "title",
        "violations",
        "unfit",
    }
)
ACTS: Final = frozenset(
    {
        "check",
        "click",
        "dblclick",
        "drag_to",
        "fast_forward",
        "fill",
        "go_back",
        "go_forward",
        "goto",
        "press",
        "press_sequentially",
        "reload",
        "select_option",
        "set_checked",
        "set_input_files",
        "set_offline",
        "tap",
        "type",
        "uncheck",
    }
)
WAITS: Final = frozenset(
    {"expect", "expect_download", "wait_for", "wait_for_function", "wait_for_load_state", "wait_for_url"}
)
Functions = Mapping[str, ast.AsyncFunctionDef]


class Watch:
    """Follows a function from its first step to its last: acted, waited, looked."""

    def __init__(self, functions: Functions, *, pages_come_whole: bool) -> None:
        self._functions = functions
        self._acts = ACTS - {"goto"} if pages_come_whole else ACTS
        self._inside: list[str] = []
        self.settled = True
        self.faults: set[int] = set()

    def follow(self, function: ast.AsyncFunctionDef) -> None:
        self._inside.append(function.name)
        for statement in function.body:
            self._step(statement)
        self._inside.pop()

    def _step(self, node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return
        for part in ast.iter_child_nodes(node):
            self._step(part)
        if isinstance(node, ast.Call):
            self._call(node)

    def _call(self, call: ast.Call) -> None:
        match call.func:
            case ast.Name(id=name) if name in self._functions and name not in self._inside:
                self.follow(self._functions[name])
            case ast.Name(id=name) | ast.Attribute(attr=name):
                if name in WAITS:
                    self.settled = True
                elif name in self._acts:
                    self.settled = False
                elif name in LOOKS and not self.settled and not (name == "count" and call.args):
                    self.faults.add(call.lineno)


def looks_too_early(source: str) -> Sequence[int]:
    """Return the lines that look at a page before they waited for what was done last."""
    functions = {node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.AsyncFunctionDef)}
    faults: set[int] = set()
    for name, function in functions.items():
        if name.startswith("test_"):
            watch = Watch(functions, pages_come_whole="DeskStage" in source)
            watch.follow(function)
            faults |= watch.faults
    return sorted(faults)


BROWSER_TESTS: Final = [path for path in sorted(BROWSER.rglob("test_*.py")) if "playwright" in path.read_text("utf-8")]


@pytest.mark.quick(1000)
@pytest.mark.parametrize("path", BROWSER_TESTS, ids=lambda path: path.stem)
def test_a_page_is_looked_at_only_after_waiting_for_what_was_done(path: Path) -> None:
    assert looks_too_early(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("steps", "early"),
    [
        (["await page.click('a')", "assert await page.count() == 1"], [3]),
        (["await page.click('a')", "await expect(page).to_have_url('b')", "assert await page.count() == 1"], []),
        (["await page.click('a')", "await seen(page)"], [5]),
        (["for each in await page.all():", "    await each.click()", "await violations(page)"], [4]),
    ],
)
def test_what_looks_too_early_is_found(steps: list[str], early: list[int]) -> None:
    body = "".join(f"    {line}\n" for line in steps)
    assert (
        looks_too_early(f"async def test_it(page):\n{body}async def seen(page):\n    await page.inner_text()\n")
        == early
    )
