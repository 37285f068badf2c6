"""`.filter((q) => ...)` predicates that Convex cannot run as they are meant (convex-facts 4.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import Closure, FilterBuilder, Lit
from convexlint.program.model import Module, Place, Table
from convexlint.program.modules.nodes import bare, descendants, parts_backwards
from convexlint.program.places.sites import sites
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import ObjectValidator, UnionValidator
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.places.sites import SiteFinder

BUILDER_METHODS = frozenset(
    {
        "field",
        "eq",
        "neq",
        "lt",
        "lte",
        "gt",
        "gte",
        "add",
        "sub",
        "mul",
        "div",
        "mod",
        "neg",
        "and",
        "or",
        "not",
    }
)
_LOGIC = {"&&": "and", "||": "or"}
_COMPARISONS = {
    "===": "eq",
    "==": "eq",
    "!==": "neq",
    "!=": "neq",
    "<": "lt",
    "<=": "lte",
    ">": "gt",
    ">=": "gte",
}
_COMPARED = frozenset(_COMPARISONS.values())
_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div", "%": "mod"}

FilterMistakeKind = Literal[
    "async", "method", "result-method", "constant", "logic", "comparison", "arithmetic", "not"
]


class FilterMistake(Struct, frozen=True, eq=False):
    """kind: "async"; "method" (`name` does not exist on the builder); "result-method" (a method of what a builder
    method gave); "constant" (a comparison of values none of which is the row's: `name` is a text that names a field of
    `table`, at `expression`); "logic", "comparison", "arithmetic", "not" (a JavaScript operator, `name`, on a
    filter expression).

    For operators `expression` is the span that `method` of the builder (`builder`: its name as written) replaces,
    `operands` the spans of its arguments; () when it cannot be written out. `whole`: the condition of several operators
    that it is part of, and that condition written with the builder.
    """

    place: Place
    kind: FilterMistakeKind
    name: str
    builder: str = "q"
    method: str = ""
    expression: Span | None = None
    operands: tuple[Span, ...] = ()
    whole: tuple[Span, str] | None = None
    table: str = ""


@listed
def filter_mistakes(program: Program) -> Iterator[FilterMistake]:
    """What is wrong in the predicates of `.filter()`, by module and place of the query."""
    ev, finder = program.ev, sites(program)
    seen: set[tuple[str, int]] = set()
    for step in finder.steps:
        if step.method != "filter" or not step.args:
            continue
        value = ev.expr(step.place.module, step.args[0])
        if not isinstance(value, Closure) or not value.module.reported:
            continue
        if (value.module.path, value.index) in seen:
            continue
        seen.add((value.module.path, value.index))
        table = program.schema.tables.get(step.table or "")
        yield from _Predicate(ev, finder, value.module, value.index, table).run(step.args[0])


class _Predicate:
    """One predicate function."""

    def __init__(
        self, ev: Evaluator, finder: SiteFinder, module: Module, function: int, table: Table | None
    ) -> None:
        self.table = table
        self.ev = ev
        self.finder = finder
        self.module = module
        self.number = function
        self.function = module.facts.functions[function]
        param = self.function.params[0].pattern if self.function.params else None
        self.wholes: dict[int, tuple[Span, str]] = {}
        self.q = param if isinstance(param, ir.BindName) and param.ref >= 0 else None

    def run(self, argument: ir.Expr) -> Iterator[FilterMistake]:
        if self.function.is_async:
            start, end = argument.start, argument.end
            if isinstance(argument, ir.Lambda):
                word = self.module.source.find(b"async", start, end)
                start, end = (word, word + 5) if word >= 0 else (start, end)
            yield FilterMistake(self._at(start, end), "async", "async")
            return
        if self.q is None:
            return
        for node in self._nodes():
            self._note_whole(node)
            if isinstance(node, ir.Binary):
                yield from self._binary(node)
            elif isinstance(node, ir.Unary) and node.op == "!" and self._is_expression(node.value):
                yield self._operator(node, "not", "!", "not", (node.value,), node.start)
            elif isinstance(node, ir.Call) and isinstance(node.callee, ir.Member):
                yield from self._method(node.callee)
                yield from self._constant(node, node.callee)

    def _constant(self, node: ir.Call, callee: ir.Member) -> Iterator[FilterMistake]:
        """`q.eq("city", args.city)`: the text itself is compared, not the field that it names."""
        if callee.name not in _COMPARED or len(node.args) != 2 or not self._is_builder(callee.object):
            return
        if any(self._leans_on_row(arg) for arg in node.args):
            return
        for arg in node.args:
            plain = bare(arg)
            text = self._known_text(plain)
            if text is not None and self._names_field(text):
                assert self.q is not None and self.table is not None
                span = Span(plain.start, plain.end)
                place = self._at(plain.start, plain.end)
                yield FilterMistake(
                    place, "constant", text, self.q.name, "field", span, (span,), None, self.table.name
                )
                return

    def _known_text(self, node: ir.Expr) -> str | None:
        """A text that is written there, or that a constant holds."""
        if isinstance(node, ir.Text):
            return node.value
        value = self.ev.expr(self.module, node) if isinstance(node, ir.Name) and node.ref >= 0 else None
        known = isinstance(value, Lit) and not value.declared and isinstance(value.value, str)
        return value.value if known and isinstance(value, Lit) and isinstance(value.value, str) else None

    def _leans_on_row(self, node: ir.Expr) -> bool:
        """Whether an operand may be a filter expression: the builder, or what was made by it, is in it."""
        return any(
            self._is_builder(part) or self._is_expression(part)
            for part in descendants(node)
            if isinstance(part, (ir.Name, ir.Call))
        )

    def _names_field(self, text: str) -> bool:
        if self.table is None:
            return False
        validator = self.table.validator
        kinds = validator.members if isinstance(validator, UnionValidator) else (validator,)
        fields = {name for kind in kinds if isinstance(kind, ObjectValidator) for name in kind.fields}
        return text.partition(".")[0] in {*fields, "_id", "_creationTime"}

    def _at(self, start: int, end: int) -> Place:
        return self.finder.places.at(self.module, start, end, self.number)

    def _nodes(self) -> Iterator[Any]:
        """Every node of the function, outermost first; nested functions included."""
        stack: list[Any] = [self.function]
        functions = self.module.facts.functions
        while stack:
            node = stack.pop()
            if isinstance(node, (list, tuple)):
                stack.extend(reversed(node))
                continue
            if not isinstance(node, ir.Node):
                continue
            yield node
            if isinstance(node, ir.Lambda):
                stack.append(functions[node.index])
                continue
            if isinstance(node, ir.Binary) and node.op in _LOGIC and self._is_expression(node.left):
                stack.extend(reversed(_operands(node, node.op)))  # one finding for `a && b && c`
                continue
            stack.extend(parts_backwards(node))

    def _is_builder(self, node: ir.Expr) -> bool:
        node = bare(node)
        return isinstance(node, ir.Name) and self.q is not None and node.ref == self.q.ref

    def _is_expression(self, node: ir.Expr) -> bool:
        """Whether a node is certainly a filter expression (an object, so always true to JavaScript)."""
        node = bare(node)
        if isinstance(node, ir.Binary) and node.op in _LOGIC:
            return self._is_expression(node.left) and self._is_expression(node.right)
        if isinstance(node, ir.Call):
            callee = node.callee
            return (
                isinstance(callee, ir.Member)
                and self._is_builder(callee.object)
                and callee.name in BUILDER_METHODS
            )
        if isinstance(node, ir.Name) and not self._is_builder(node):
            return type(self.ev.expr(self.module, node)) is FilterBuilder
        return False

    def _binary(self, node: ir.Binary) -> Iterator[FilterMistake]:
        op = node.op
        if op in _LOGIC:
            if self._is_expression(node.left):
                operands = _operands(node, op)
                yield self._operator(node, "logic", op, _LOGIC[op], operands, None)
        elif self._is_expression(node.left) or self._is_expression(node.right):
            other = node.right if self._is_expression(node.left) else node.left
            nothing = isinstance(other, ir.Atom) and other.kind in ("null", "undefined")
            if op in _COMPARISONS and not (nothing and not self._is_field(node)):
                yield self._operator(node, "comparison", op, _COMPARISONS[op], (node.left, node.right), None)
            elif op in _ARITHMETIC:
                yield self._operator(node, "arithmetic", op, _ARITHMETIC[op], (node.left, node.right), None)

    def _is_field(self, node: ir.Binary) -> bool:
        return any(
            isinstance(side, ir.Call) and isinstance(side.callee, ir.Member) and side.callee.name == "field"
            for side in (node.left, node.right)
        )

    def _operator(
        self,
        node: ir.Binary | ir.Unary,
        kind: FilterMistakeKind,
        op: str,
        method: str,
        operands: tuple[ir.Expr, ...],
        at: int | None,
    ) -> FilterMistake:
        assert self.q is not None
        if at is None:
            at = self._operator_start(operands[0], operands[1], op)
        if not self._can_be_written(node, kind, operands):
            operands = ()
        return FilterMistake(
            self._at(at, at + len(op)),
            kind,
            op,
            self.q.name,
            method,
            Span(node.start, node.end),
            tuple(Span(o.start, o.end) for o in operands),
            self.wholes.get(id(node)),
        )

    def _note_whole(self, node: Any) -> None:
        """Remember, for all in it, how a condition of several operators is written with the builder: one of them
        alone would leave the others behind."""
        joined = (isinstance(node, ir.Binary) and node.op in _LOGIC) or (
            isinstance(node, ir.Unary) and node.op == "!"
        )
        source = self.module.source
        if (
            not joined
            or id(node) in self.wholes
            or any(c in source[node.start : node.end] for c in (b"//", b"/*"))
        ):
            return
        text = self._rewritten(node)
        if text is not None:
            stack: list[ir.Expr] = [node]
            while stack:
                inner = stack.pop()
                if isinstance(inner, (ir.Binary, ir.Unary)):
                    self.wholes[id(inner)] = (Span(node.start, node.end), text)
                    stack += [inner.left, inner.right] if isinstance(inner, ir.Binary) else [inner.value]

    def _rewritten(self, node: ir.Expr) -> str | None:
        """The condition with the builder's methods alone; None where some part of it is none."""
        assert self.q is not None
        method = ""
        parts: tuple[str | None, ...] = ()
        if isinstance(node, ir.Binary) and node.op in _LOGIC:
            method, parts = _LOGIC[node.op], tuple(self._rewritten(o) for o in _operands(node, node.op))
        elif isinstance(node, ir.Unary) and node.op == "!":
            method, parts = "not", (self._rewritten(node.value),)
        elif isinstance(node, ir.Binary) and node.op in _COMPARISONS and self._is_field(node):
            method, parts = _COMPARISONS[node.op], tuple(self._text(side) for side in (node.left, node.right))
        elif self._is_expression(node):
            return self._text(node)
        if not parts or None in parts:
            return None
        return f"{self.q.name}.{method}({', '.join(part for part in parts if part is not None)})"

    def _text(self, node: ir.Expr) -> str:
        return self.module.text(Span(node.start, node.end))

    def _can_be_written(self, node: ir.Expr, kind: str, operands: tuple[ir.Expr, ...]) -> bool:
        """Whether the builder takes the operands as they are, and no comment between them gets lost."""
        if kind == "logic" and not all(self._is_expression(o) for o in operands):
            return False
        gaps = zip(
            [node.start, *(o.end for o in operands)], [*(o.start for o in operands), node.end], strict=True
        )
        return not any(b"//" in self.module.source[a:b] or b"/*" in self.module.source[a:b] for a, b in gaps)

    def _operator_start(self, left: ir.Expr, right: ir.Expr, op: str) -> int:
        """Where the operator stands between two operands: behind closing parentheses and comments of the left."""
        source, at = self.module.source, left.end
        while at < right.start:
            if source[at : at + 2] == b"//":
                at = source.find(b"\n", at) + 1 or right.start
            elif source[at : at + 2] == b"/*":
                at = source.find(b"*/", at) + 2
            elif source.startswith(op.encode(), at):
                return at
            else:
                at += 1
        return left.start

    def _method(self, callee: ir.Member) -> Iterator[FilterMistake]:
        assert self.q is not None
        place = self._at(callee.name_start, callee.end)
        if self._is_builder(callee.object):
            if callee.name not in BUILDER_METHODS:
                yield FilterMistake(place, "method", callee.name, self.q.name)
        elif isinstance(callee.object, ir.Call) and self._is_expression(callee.object):
            yield FilterMistake(place, "result-method", callee.name, self.q.name)


def _operands(node: ir.Expr, op: str) -> tuple[ir.Expr, ...]:
    """The operands of a chain of one logical operator, left to right."""
    if isinstance(node, ir.Binary) and node.op == op:
        return (*_operands(node.left, op), *_operands(node.right, op))
    return (node,)
