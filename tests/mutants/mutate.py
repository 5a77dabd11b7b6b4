"""Every single change worth trying in a module's source, found in its syntax tree and made in its text."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
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
"""Calls on these only say how it goes: their arguments are no promise."""

Span = tuple[int, int]
_Placed = ast.expr | ast.stmt | ast.keyword


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of a module: the bytes of ``span`` become ``text``, shown as ``old`` and ``new``."""

    path: str
    line: int
    where: str
    span: Span
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
        return (data[: self.span[0]] + self.text.encode() + data[self.span[1] :]).decode()

    def __str__(self) -> str:
        old, new = (" ".join(text.split()) for text in (self.old, self.new))
        return f"{self.path}:{self.line} {self.where}: {old[:90]} -> {new[:90]}  [{self.fingerprint}]"


def mutants_of(path: str, source: str) -> list[Mutant]:
    """Return every mutant of a module, in the order of its text."""
    text = _Text(source)
    unique: dict[tuple[Span, str], Mutant] = {}
    for node, where in _nodes(ast.parse(source), ()):
        for span, new in _changes(node, text, where):
            whole = span if isinstance(node, ast.stmt) else text.span(node)
            shown = min(span[0], whole[0]), max(span[1], whole[1])
            mutant = Mutant(
                path=path,
                line=node.lineno,
                where=".".join(where) or "module",
                span=span,
                text=new,
                old=text.cut(shown),
                new=text.cut((shown[0], span[0])) + new + text.cut((span[1], shown[1])),
                context=text.lines[node.lineno - 1].decode().strip(),
            )
            unique.setdefault((span, new), mutant)
    return [unique[place] for place in sorted(unique)]


class _Text:
    """Source with the places of its nodes."""

    def __init__(self, source: str) -> None:
        self.lines = source.encode().splitlines(keepends=True)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line))
        self._source = source.encode()

    def span(self, node: _Placed) -> Span:
        """Return where a node begins and ends."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._starts[node.lineno - 1] + node.col_offset,
            self._starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def between(self, left: _Placed, right: _Placed) -> Span:
        """Return what stands between two nodes."""
        return self.span(left)[1], self.span(right)[0]

    def cut(self, span: Span) -> str:
        """Return the text of a span."""
        return self._source[span[0] : span[1]].decode()

    def of(self, node: _Placed) -> str:
        """Return the text of a node."""
        return self.cut(self.span(node))

    def with_comma(self, node: _Placed) -> Span:
        """Return the span of an argument with the comma and blanks after it."""
        start, end = self.span(node)
        after = self._source[end:].decode()
        bare = after.lstrip(" \n")
        return (start, end + len(after) - len(bare[1:].lstrip(" \n"))) if bare.startswith(",") else (start, end)


def _nodes(node: ast.AST, where: tuple[str, ...]) -> Iterator[tuple[_Placed, tuple[str, ...]]]:
    """Yield what may be changed: no annotations, decorators, protocols, messages of exceptions or text for a log."""
    inner: Iterable[ast.AST | None] = ast.iter_child_nodes(node)
    match node:
        case ast.ClassDef() if any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases):
            return
        case ast.ClassDef():
            where, inner = (*where, node.name), node.body
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            where, inner = (*where, node.name), [*node.args.defaults, *node.args.kw_defaults, *node.body]
        case ast.AnnAssign():
            inner = [node.value]
        case ast.Raise() | ast.JoinedStr():
            inner = []
        case ast.Call() if UNTOLD & {getattr(each, "attr", getattr(each, "id", "")) for each in ast.walk(node.func)}:
            return
    if isinstance(node, ast.expr | ast.stmt | ast.keyword):
        yield node, where
    for each in inner:
        if each is not None:
            yield from _nodes(each, where)


def _changes(node: _Placed, text: _Text, where: tuple[str, ...]) -> Iterator[tuple[Span, str]]:
    """Yield the changes of one node by itself."""
    match node:
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp() | ast.BinOp():
            yield from _of_operator(node, text)
        case ast.Constant(value=bool() as value):
            yield text.span(node), str(not value)
        case ast.Constant(value=int() | float() as value):
            # A size or a length of time of a module is no promise to the second; that it is used, is.
            inside = bool(where) and where[-1].islower()
            yield text.span(node), repr(value + 1) if inside or not value else "0"
        case ast.IfExp():
            yield from _turned(node.test, text)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            yield from ((text.span(test), "True") for each in node.generators for test in each.ifs)
        case ast.Set(elts=[_, _, *_]):
            yield from ((text.with_comma(each), "") for each in node.elts)
        case ast.Call(func=ast.Name(id=name)) if name in SWAPPED:
            yield text.span(node.func), SWAPPED[name]
        case ast.keyword(arg=str(), value=value) if not isinstance(value, ast.Constant):
            yield text.with_comma(node), ""
        case ast.stmt() if where[-1:] != ("__init__",):
            yield from _of_statement(node, text)


def _of_operator(node: ast.Compare | ast.BoolOp | ast.UnaryOp | ast.BinOp, text: _Text) -> Iterator[tuple[Span, str]]:
    match node:
        case ast.Compare():
            sides = [node.left, *node.comparators]
            for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
                span = text.between(left, right)
                yield span, text.cut(span).replace(*COMPARED[type(operator)], 1)
        case ast.BoolOp():
            words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in zip(node.values, node.values[1:], strict=False):
                span = text.between(left, right)
                yield span, text.cut(span).replace(*words, 1)
            for value in node.values:
                yield text.span(value), str(words[0] == "and")
        case ast.UnaryOp(op=ast.Not()):
            yield text.span(node), f"({text.of(node.operand)})"
        case ast.BinOp(right=ast.Constant(value=None)):  # a type
            return
        case ast.BinOp():
            yield text.span(node), f"({text.of(node.left)})"
            if isinstance(node.op, ast.Add | ast.BitOr):
                yield text.span(node), f"({text.of(node.right)})"


def _of_statement(node: ast.stmt, text: _Text) -> Iterator[tuple[Span, str]]:
    match node:
        case ast.If() | ast.While():
            yield from _turned(node.test, text)
        case ast.Match():
            yield from ((text.span(case.guard), "True") for case in node.cases if case.guard is not None)
        case ast.Return(value=ast.expr() as value) if text.of(value) != "None":
            yield text.span(value), "None"
        case ast.Expr(value=ast.Call() | ast.Await(value=ast.Call())):
            if next(_nodes(node.value, ()), None) is not None:
                yield text.span(node), "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]) | ast.AugAssign():
            yield text.span(node), "pass"
        case ast.Raise(exc=ast.expr() as raised) if "unreachable" not in text.of(raised):
            yield text.span(node), "pass"
        case ast.Delete() | ast.Break() | ast.Continue():
            yield text.span(node), "pass"


def _turned(test: ast.expr, text: _Text) -> Iterator[tuple[Span, str]]:
    if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):  # those have changes of their own
        yield text.span(test), f"(not ({text.of(test)}))"
