"""Every single change worth trying in a module's source, found in its syntax tree and made in its text."""

import ast
import hashlib
from dataclasses import dataclass
from typing import Final

COMPARED: Final = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
SWAPPED: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}
UNTOLD: Final = frozenset({"_log", "log", "_stages", "assert_never"})
"""What only tells people how it goes: its texts are nobody's promise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of a module: the bytes from ``start`` to ``end`` become ``text``, shown as ``old`` and ``new``."""

    path: str
    line: int
    where: str
    start: int
    end: int
    text: str
    old: str
    new: str
    context: str

    @property
    def fingerprint(self) -> str:
        """What names the change wherever the module and the line move."""
        return hashlib.sha256("\0".join((self.where, self.context, self.old, self.new)).encode()).hexdigest()[:10]

    def apply(self, source: str) -> str:
        """Return the changed source."""
        data = source.encode()
        return (data[: self.start] + self.text.encode() + data[self.end :]).decode()

    def __str__(self) -> str:
        old, new = (" ".join(text.split()) for text in (self.old, self.new))
        return f"{self.path}:{self.line} {self.where}: {old[:70]} -> {new[:70]}  [{self.fingerprint}]"


def mutants_of(path: str, source: str) -> list[Mutant]:
    """Return every mutant of a module that still compiles, in the order of its text."""
    finder = _Finder(path, source)
    finder.visit(ast.parse(source))
    unique = {each.apply(source): each for each in finder.found}
    return sorted((each for text, each in unique.items() if _compiles(text)), key=lambda each: (each.start, each.text))


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


class _Finder(ast.NodeVisitor):
    def __init__(self, path: str, source: str) -> None:
        self.found: list[Mutant] = []
        self._path = path
        self._lines = source.encode().splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self._source = source.encode()
        self._where: list[str] = []

    # What is left alone: annotations, decorators, docstrings, protocols, and words for people

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._where.append(node.name)
        for default in (*node.args.defaults, *(each for each in node.args.kw_defaults if each)):
            self.visit(default)
        for statement in node.body:
            self.visit(statement)
        self._where.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases):
            return
        self._where.append(node.name)
        for statement in node.body:
            self.visit(statement)
        self._where.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self._unset(node, node.target)

    def visit_Raise(self, node: ast.Raise) -> None:
        if node.exc is not None and "unreachable" not in self._text(node.exc):
            self._replace(node, "pass")

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        return

    # What is changed

    def visit_Compare(self, node: ast.Compare) -> None:
        self.generic_visit(node)
        sides = [node.left, *node.comparators]
        for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
            old, new = COMPARED[type(operator)]
            start, end = self._end(left), self._start(right)
            between = self._source[start:end].decode()
            self._add(start, end, between.replace(old, new, 1), node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.generic_visit(node)
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            start, end = self._end(left), self._start(right)
            self._add(start, end, self._source[start:end].decode().replace(old, new, 1), node)
        for value in node.values:
            self._replace(value, "True" if isinstance(node.op, ast.And) else "False")

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not):
            self._replace(node, f"({self._text(node.operand)})")

    def visit_BinOp(self, node: ast.BinOp) -> None:
        self.generic_visit(node)
        if isinstance(
            node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.FloorDiv | ast.Mod | ast.BitOr | ast.BitAnd
        ):
            self._replace(node, f"({self._text(node.left)})")
        if isinstance(node.op, ast.Add | ast.BitOr):
            self._replace(node, f"({self._text(node.right)})")

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._replace(node, str(not node.value))
        elif isinstance(node.value, int | float):
            # A size or a length of time outside functions is nobody's promise to the second; that it is used, is.
            inside = bool(self._where) and self._where[-1].islower()
            self._replace(node, repr(node.value + 1) if inside or not node.value else "0")

    def visit_If(self, node: ast.If | ast.While | ast.IfExp) -> None:
        self.generic_visit(node)
        turned = isinstance(node.test, ast.Compare | ast.BoolOp) or (
            isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
        )
        if not turned:  # those have mutants of their own that come to the same
            self._replace(node.test, f"(not {self._text(node.test)})")

    visit_While = visit_If
    visit_IfExp = visit_If

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.generic_visit(node)
        for test in node.ifs:
            self._replace(test, "True")

    def visit_match_case(self, node: ast.match_case) -> None:
        self.generic_visit(node)
        if node.guard is not None:
            self._replace(node.guard, "True")

    def visit_Return(self, node: ast.Return) -> None:
        self.generic_visit(node)
        if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            self._replace(node.value, "None")

    def visit_Call(self, node: ast.Call) -> None:
        if self._is_untold(node):
            return
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in SWAPPED:
            self._replace(node.func, SWAPPED[node.func.id])
        for keyword in node.keywords:
            if keyword.arg is not None and not isinstance(keyword.value, ast.Constant):
                start, end = self._start(keyword), self._end(keyword)
                after = self._source[end:].decode()
                end += len(after) - len(after.lstrip(", \n")) if after.lstrip(" \n").startswith(",") else 0
                self._add(start, end, "", keyword)

    def visit_Expr(self, node: ast.Expr) -> None:
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(value, ast.Call) and not self._is_untold(value):
            self.generic_visit(node)
            self._replace(node, "pass")
        elif isinstance(value, ast.Yield | ast.YieldFrom):
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            self._unset(node, target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.generic_visit(node)
        self._replace(node, "pass")

    def visit_Delete(self, node: ast.Delete) -> None:
        self._replace(node, "pass")

    def visit_Break(self, node: ast.Break | ast.Continue) -> None:
        self._replace(node, "pass")

    visit_Continue = visit_Break

    # How

    def _unset(self, node: ast.stmt, target: ast.expr) -> None:
        """Leave out an assignment to something that was there before."""
        if isinstance(target, ast.Attribute | ast.Subscript) and "__init__" not in self._where:
            self._replace(node, "pass")

    def _is_untold(self, call: ast.Call) -> bool:
        return any(
            (isinstance(node, ast.Attribute) and node.attr in UNTOLD)
            or (isinstance(node, ast.Name) and node.id in UNTOLD)
            for node in ast.walk(call.func)
        )

    def _replace(self, node: ast.expr | ast.stmt, new: str) -> None:
        self._add(self._start(node), self._end(node), new, node)

    def _add(self, start: int, end: int, new: str, node: ast.expr | ast.stmt | ast.keyword) -> None:
        first, last = min(start, self._start(node)), max(end, self._end(node))
        before, old, after = (self._source[a:b].decode() for a, b in ((first, start), (first, last), (end, last)))
        mutant = Mutant(
            path=self._path,
            line=node.lineno,
            where=".".join(self._where) or "module",
            start=start,
            end=end,
            text=new,
            old=old,
            new=before + new + after,
            context=self._lines[node.lineno - 1].decode().strip(),
        )
        self.found.append(mutant)

    def _start(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.expr) -> str:
        return self._source[self._start(node) : self._end(node)].decode()
