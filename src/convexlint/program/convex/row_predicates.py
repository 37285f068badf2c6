"""What array callbacks ask of a row (`rows.filter((row) => row.status === "open")`), as far as an index could
answer it."""

from __future__ import annotations

from typing import Any, Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.model import Module
from convexlint.program.modules.nodes import bare, descendants, parts_backwards
from convexlint.structs import Struct, replace

_EQUAL = frozenset({"===", "=="})
_BOUND = frozenset({"<", "<=", ">", ">="})
_OPPOSITE = {"!==": "===", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class RowTest(Struct, frozen=True):
    """One condition on a field. kind: "eq", "bound", "true" (`row.done`), "false" (`!row.done`). `value`: what it is
    compared with, None for the last two. `span`: where it stands."""

    field: str
    kind: Literal["eq", "bound", "true", "false"]
    value: ir.Expr | None
    span: Span


class RowTests(Struct, frozen=True):
    """The conditions that must all hold, in written order. `whole`: the callback asks nothing else."""

    tests: tuple[RowTest, ...]
    whole: bool


def read_row_tests(module: Module, args: tuple[ir.Expr, ...]) -> RowTests:
    """The tests of the callback among the arguments of an array method; none where it is not one expression."""
    nothing = RowTests((), False)
    if not args or not isinstance(args[0], ir.Lambda):
        return nothing
    function = module.facts.functions[args[0].index]
    result = function.expression
    if result is None and len(function.body) == 1 and isinstance(function.body[0], ir.Return):
        result = function.body[0].value
    if result is None or not function.params or function.is_async:
        return nothing
    reader = _Reader(module, function.params[0].pattern)
    tests, whole = reader.conjunction(result)
    return RowTests(tuple(tests), whole)


def read_loop_tests(
    module: Module, pattern: ir.Pattern, body: tuple[ir.Stmt, ...], *, callback: bool
) -> tuple[RowTest, ...]:
    """The tests that a row must pass before a loop over rows (or a callback for each) does anything with it: `if
    (row.kind !== kind) continue;` first, or one `if (row.kind === kind) { ... }` around everything. What changes from
    round to round asks nothing that an index knows."""
    reader = _Reader(module, pattern)
    found: list[RowTest] = []
    for number, statement in enumerate(body):
        if not isinstance(statement, ir.If):
            break
        if _leaves(statement.yes, callback) and not statement.no:
            found += reader.refusal(statement.test)
            continue
        if not statement.no and number == len(body) - 1:
            found += reader.conjunction(statement.test)[0]
        break
    return tuple(test for test in found if not _changes(module, test.value))


def _leaves(body: tuple[ir.Stmt, ...], callback: bool) -> bool:
    """Whether a branch does nothing but go on to the next row."""
    if len(body) != 1:
        return False
    (only,) = body
    if callback:
        return isinstance(only, ir.Return) and only.value is None
    return isinstance(only, ir.Jump) and only.kind == "continue"


def _changes(module: Module, value: ir.Expr | None) -> bool:
    """Whether a value is made of a variable that is assigned somewhere."""
    return value is not None and any(
        isinstance(node, ir.Name) and node.ref >= 0 and module.facts.bindings[node.ref].assigned
        for node in descendants((value,))
    )


class _Reader:
    def __init__(self, module: Module, pattern: ir.Pattern) -> None:
        self.module = module
        self.row = pattern.ref if isinstance(pattern, ir.BindName) else -1
        self.fields: dict[int, str] = {}
        if isinstance(pattern, ir.ObjectPattern):
            for entry in pattern.fields:
                inner = entry.pattern
                if entry.key is not None and isinstance(inner, ir.BindName) and inner.default is None:
                    self.fields[inner.ref] = entry.key

    def conjunction(self, node: ir.Expr) -> tuple[list[RowTest], bool]:
        node = bare(node)
        if isinstance(node, ir.Binary) and node.op == "&&":
            left, left_whole = self.conjunction(node.left)
            right, right_whole = self.conjunction(node.right)
            return left + right, left_whole and right_whole
        test = self.test(node)
        return ([test], True) if test is not None else ([], False)

    def refusal(self, node: ir.Expr) -> list[RowTest]:
        """The tests that rows pass which do not meet `node`."""
        node = bare(node)
        span = Span(node.start, node.end)
        if isinstance(node, ir.Binary) and node.op == "||":
            return self.refusal(node.left) + self.refusal(node.right)
        if isinstance(node, ir.Unary) and node.op == "!":
            return self.conjunction(node.value)[0]
        if isinstance(node, ir.Binary):
            op = _OPPOSITE.get(node.op)
            test = None if op is None else self.test(replace(node, op=op))
            return [test] if test is not None else []
        field = self.field(node)
        return [RowTest(field, "false", None, span)] if field is not None else []

    def test(self, node: ir.Expr) -> RowTest | None:
        span = Span(node.start, node.end)
        if isinstance(node, ir.Binary) and node.op in _EQUAL | _BOUND:
            kind: Literal["eq", "bound"] = "eq" if node.op in _EQUAL else "bound"
            for side, other in ((node.left, node.right), (node.right, node.left)):
                field = self.field(side)
                if field is not None and not self.reads_row(other):
                    return RowTest(field, kind, other, span)
            return None
        if isinstance(node, ir.Unary) and node.op == "!":
            field = self.field(node.value)
            return RowTest(field, "false", None, span) if field is not None else None
        field = self.field(node)
        return RowTest(field, "true", None, span) if field is not None else None

    def field(self, node: ir.Expr) -> str | None:
        """`row.a` or `row.a.b` as a field path."""
        names: list[str] = []
        while True:
            node = bare(node)
            if not isinstance(node, ir.Member):
                break
            names.append(node.name)
            node = node.object
        if not isinstance(node, ir.Name) or node.ref < 0:
            return None
        if node.ref in self.fields:
            names.append(self.fields[node.ref])
        elif node.ref != self.row:
            return None
        return ".".join(reversed(names)) or None

    def reads_row(self, node: Any) -> bool:
        """Whether an expression uses the row in any way."""
        stack = [node]
        while stack:
            item = stack.pop()
            if isinstance(item, tuple):
                stack.extend(item)
            elif isinstance(item, ir.Name):
                if item.ref >= 0 and (item.ref == self.row or item.ref in self.fields):
                    return True
            elif isinstance(item, ir.Lambda):
                stack.append(self.module.facts.functions[item.index])
            elif isinstance(item, ir.Node):
                stack.extend(parts_backwards(item))
        return False
