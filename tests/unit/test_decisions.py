"""One style of decisions: their parts are values, added up; only steps of hand-offs are collected, and in one class
what no flow decides.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What collects besides ``dialogs.handoff``, since it steps hand-offs and reads what it changed.
COLLECTING = {
    "dialogs/ambassadors/settings.py": "an ambassador's hand-offs move to others",
    "dialogs/ambassadors/worklist.py": "a worklist remembers the queue that it shows",
    "dialogs/privacy/erasing.py": "a person's hand-offs end",
}


def nodes(room: str) -> Iterator[tuple[str, ast.AST]]:
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            yield str(path.relative_to(ROOT)), node


def test_only_steps_of_hand_offs_are_collected() -> None:
    importing = {
        path
        for room in ("bot", "dialogs", "knowledge")
        for path, node in nodes(room)
        if isinstance(node, ast.ImportFrom) and node.module == "dialogs.handoff.unit_of_work"
    }
    assert {path for path in importing if not path.startswith("dialogs/handoff/")} == set(COLLECTING)


def test_decisions_are_made_by_put_remove_and_do() -> None:
    making = {
        path
        for room in ("bot", "dialogs")
        for path, node in nodes(room)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Decision"
    }
    assert making == {"dialogs/core/decision.py", "dialogs/handoff/unit_of_work.py"}


def test_no_second_class_collects_a_decision() -> None:
    collecting = {
        node.name
        for _, node in nodes("dialogs")
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name in {"put", "remove", "do", "decision"}
    }
    assert collecting == {"UnitOfWork"}


def test_no_second_class_collects_a_commit() -> None:
    collecting = {
        node.name
        for _, node in nodes("bot")
        if isinstance(node, ast.ClassDef)
        for part in ast.walk(node)
        if isinstance(part, ast.AnnAssign) and ast.unparse(part.annotation) == "list[RecordWrite]"
        if part in node.body or isinstance(part.target, ast.Attribute)
    }
    assert collecting == {"CommitDraft"}
