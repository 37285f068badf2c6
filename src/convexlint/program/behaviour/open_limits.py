"""Numbers of rows that a client names, and that nothing bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from convexlint.facts import ir
from convexlint.program.behaviour.access import access_of
from convexlint.program.convex.extents import extent_of
from convexlint.program.evaluation.values import Global, Lit
from convexlint.program.model import Module, Place
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.places.origins import Origin, origins, validator_at
from convexlint.program.places.sites import placing, query_steps
from convexlint.program.places.table_mentions import vector_searches
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import ScalarValidator
from convexlint.structs import Struct

_BOUNDS = frozenset({"<", "<=", ">", ">="})
_MAX_NAMES = 6
_KEEPING = frozenset(
    {"Number", "parseInt", "Math.floor", "Math.ceil", "Math.round", "Math.trunc", "Math.abs", "Math.max"}
)
"""What gives about the number that it is given, or more."""


class OpenLimit(Struct, frozen=True, eq=False):
    """`.take(args.limit)`, `numItems: args.limit`, or the `limit` of a vector search: `place.span` is the number,
    `call` the method's name.

    `kind`: what is read: rows, the results of a text search, or those of a vector search. `origins`: the arguments of
    public functions that it may be, each declared as any number. `checked`: each of these functions asks who calls,
    or is not a query.
    """

    place: Place
    call: Place
    table: str | None
    kind: Literal["rows", "search", "vector"]
    origins: tuple[Origin, ...]
    checked: bool


@listed
def open_limits(program: Program) -> Iterator[OpenLimit]:
    """Numbers of rows that any client chooses, by module and place."""
    reader = _Limits(program)
    for call, table, kind, node in (*_of_queries(program), *_of_vectors(program)):
        module = call.module
        found = reader.sources(module, node)
        public = tuple(one for one in found if reader.is_open(one))
        if not public or len(public) < len(found) or reader.is_tested(module, node, call.owner, public):
            continue
        place = placing(program).at(module, node.start, node.end, call.owner)
        checked = all(
            one.function.kind != "query" or access_of(program, one.function) is not None for one in public
        )
        yield OpenLimit(place, call, table, kind, public, checked)


_Number = tuple[Place, str | None, Literal["rows", "search", "vector"], ir.Expr]


def _of_queries(program: Program) -> Iterator[_Number]:
    for step in query_steps(program):
        if step.method not in ("take", "paginate") or not step.args or not step.place.module.reported:
            continue
        node = bare(step.args[0])
        number = node if step.method == "take" else _entry(program, step.place.module, node, "numItems")
        is_search = bool(step.before) and all(extent_of(state) == "search" for state in step.before)
        if number is not None:
            yield step.place, step.table, "search" if is_search else "rows", number


def _of_vectors(program: Program) -> Iterator[_Number]:
    for search in vector_searches(program):
        module = search.place.module
        if search.options is None or not module.reported or not program.ev.world.looks_at(module):
            continue
        number = _entry(program, module, search.options, "limit")
        if number is not None:
            yield search.place, search.table, "vector", number


def _entry(program: Program, module: Module, node: ir.Expr, key: str) -> ir.Expr | None:
    """What an object, or a constant that holds one, has by that key."""
    node = bare(node)
    if isinstance(node, ir.Name):  # `const opts = { numItems: args.n, cursor }`
        held = program.ev.world.index(module).constant(node.ref)
        node = node if held is None else bare(held)
    if not isinstance(node, ir.Object):
        return None
    return next((prop.value for prop in node.props if prop.key == key), None)


def _asks_for_it(test: ir.Expr) -> bool:
    """Whether a test asks only whether a value is there: `args.limit`, `limit !== undefined`."""
    test = bare(test)
    if isinstance(test, ir.Binary) and test.op in ("===", "!==", "==", "!="):
        return isinstance(test.right, ir.Atom) or isinstance(test.left, ir.Unary)
    return isinstance(test, (ir.Name, ir.Member))


class _Limits:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._origins = origins(program)

    def sources(self, module: Module, node: ir.Expr, depth: int = 0) -> tuple[Origin, ...]:
        """The arguments that a number is, also with a default or with something added; () where it is anything else."""
        node = bare(node)
        if depth > _MAX_NAMES:
            return ()
        if isinstance(node, ir.Binary):
            if node.op in ("??", "||") and self._is_number(module, node.right):
                return self.sources(module, node.left, depth + 1)
            if node.op in ("+", "*", "-"):
                return self.sources(module, node.left, depth + 1) or self.sources(
                    module, node.right, depth + 1
                )
            return ()
        if isinstance(node, ir.Conditional) and _asks_for_it(node.test):
            if self._is_number(module, node.no):
                return self.sources(module, node.yes, depth + 1)
            return self.sources(module, node.no, depth + 1) if self._is_number(module, node.yes) else ()
        if isinstance(node, ir.Call) and node.args:
            value = self._program.ev.expr(module, node.callee)
            keeps = isinstance(value, Global) and value.name in _KEEPING
            found = [self.sources(module, arg, depth + 1) for arg in node.args] if keeps else []
            return next((one for one in found if one), ())
        if isinstance(node, ir.Name) and node.ref >= 0:
            definition = self._program.ev.world.index(module).definitions.get(node.ref)
            plain = definition is not None and definition.kind == "var" and not definition.path
            if definition is not None and plain and definition.expr is not None:
                if module.facts.bindings[node.ref].assigned:
                    return ()
                return self.sources(module, definition.expr, depth + 1)
        return self._origins.of(module, node)

    def _is_number(self, module: Module, node: ir.Expr) -> bool:
        value = self._program.ev.expr(module, node)
        return isinstance(value, Lit) and isinstance(value.value, (int, float))

    def is_open(self, origin: Origin) -> bool:
        """Whether any client may give any number."""
        function = origin.function
        return (
            function.is_public
            and not self._program.project.component
            and bool(origin.path)
            and validator_at(origin) == ScalarValidator("number")
            and not function.module.holds(
                b"zod"
            )  # `z.number().max(100)` has a bound that the validator does not tell
        )

    def is_tested(self, module: Module, node: ir.Expr, owner: int, found: tuple[Origin, ...]) -> bool:
        """Whether the functions around the place, or the handlers that are given the number, compare it (by any of its
        names) with a bound."""
        if _compares(module, owner, self._names(module, node, 0)):
            return True
        handlers = [(one.function.handler, one.path[-1]) for one in found]
        return any(
            handler is not None and _compares(handler.module, handler.index, frozenset({name}))
            for handler, name in handlers
        )

    def _names(self, module: Module, node: ir.Expr, depth: int) -> frozenset[str]:
        found: set[str] = set()
        for part in descendants(node):
            if isinstance(part, ir.Member):
                found.add(part.name)
            elif isinstance(part, ir.Name):
                found.add(part.name)
                definition = self._program.ev.world.index(module).definitions.get(part.ref)
                if (
                    definition is not None
                    and definition.kind == "var"
                    and definition.expr is not None
                    and depth < 3
                ):
                    found |= self._names(module, definition.expr, depth + 1)
        return frozenset(found - {"args", "ctx"})


def _compares(module: Module, owner: int, names: frozenset[str]) -> bool:
    while owner > 0:
        function = module.facts.functions[owner]
        for part in descendants((function.body, function.expression)):
            if not isinstance(part, ir.Binary) or part.op not in _BOUNDS:
                continue
            if names & {_last(part.left), _last(part.right)}:
                return True
        owner = function.parent
    return False


def _last(node: ir.Expr) -> str | None:
    node = bare(node)
    if isinstance(node, ir.Binary) and node.op in ("??", "||"):
        node = bare(node.left)
    if isinstance(node, ir.Member):
        return node.name
    return node.name if isinstance(node, ir.Name) else None
