"""Every act of the audit log has a name in plain words."""

import ast
import re
from collections.abc import Iterator

from dialogs.privacy.audit_view import act_choices
from tests.sources import nodes_of, parsed_sources
from tests.unit.driver import CATALOGUE

NOTES = frozenset({"note", "_note", "_noted", "_request_noted", "record"})
ACT = re.compile(r"[a-z_]+\.[a-z_]+")


def _written(node: ast.expr) -> Iterator[str]:
    """Yield the acts an expression may be, as regular expressions."""
    match node:
        case ast.Constant(value=str(text)) if ACT.fullmatch(text):
            yield re.escape(text)
        case ast.IfExp():
            yield from _written(node.body)
            yield from _written(node.orelse)
        case ast.JoinedStr():
            parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else "[a-z_]+" for p in node.values]
            yield "".join(parts)


def _acts() -> Iterator[tuple[str, str]]:
    for room in ("dialogs", "bot"):
        for path in parsed_sources(room):
            for node in nodes_of(path):
                if not isinstance(node, ast.Call):
                    continue
                name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
                given = [word.value for word in node.keywords if word.arg == "act" and name == "Audit"]
                given += node.args[:1] if name in NOTES else []
                for expression in given:
                    yield from ((path, pattern) for pattern in _written(expression))


def _details() -> Iterator[tuple[str, str]]:
    """Yield the names of the details that the code writes: of pairs in ``details``, given or prepared."""
    for room in ("dialogs", "bot"):
        for path in parsed_sources(room):
            for node in nodes_of(path):
                written: list[ast.expr] = []
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Audit":
                    written = [word.value for word in node.keywords if word.arg == "details"]
                elif isinstance(node, ast.Assign) and [getattr(each, "id", "") for each in node.targets] == ["details"]:
                    written = [node.value]
                pairs = [each for one in written for each in ast.walk(one) if isinstance(each, ast.Tuple)]
                for pair in pairs:
                    match pair.elts:
                        case [ast.Constant(value=str(name)), _]:
                            yield path, name


def test_every_detail_in_the_code_has_a_name() -> None:
    found = list(_details())
    assert len(found) > 25
    for texts in CATALOGUE.values():
        named = {key.removeprefix("audit.detail.") for key in texts.starting("audit.detail.")}
        assert [(file, name) for file, name in found if name not in named] == [], "add audit.detail.<name> to audit.po"


def test_every_act_in_the_code_has_a_name_and_its_area_too() -> None:
    found = list(_acts())
    assert len(found) > 60
    for texts in CATALOGUE.values():
        named = {key.removeprefix("audit.act.") for key in texts.starting("audit.act.")}
        areas = {key.removeprefix("audit.area.") for key in texts.starting("audit.area.")}
        unnamed = [(file, act) for file, act in found if not any(re.fullmatch(act, each) for each in named)]
        assert unnamed == [], "add audit.act.<act> to audit.po"
        assert {act.partition(".")[0] for act in named} == areas


def test_every_named_act_can_be_chosen_once() -> None:
    for texts in CATALOGUE.values():
        chosen = [act for area in act_choices(texts) for act, _ in area.acts]
        assert len(chosen) == len(set(chosen)) == len(texts.starting("audit.act."))
        assert all(act.startswith(f"{area.key}.") for area in act_choices(texts) for act, _ in area.acts)
