"""Filters that try one alternative for each entry of a list: `q.or(...ids.map((id) => q.eq(q.field("_id"), id)))`."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import Closure, ListOf, present
from convexlint.program.model import Module, Place, QueryStep
from convexlint.program.modules.nodes import bare, descendants, unwrapped
from convexlint.program.places.rows import rows_of
from convexlint.program.places.sites import placing, query_steps
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct


class DynamicOr(Struct, frozen=True, eq=False):
    """`place.span`: the `or`, or the `reduce` that nests one. `step`: the filter. `each`: the list, as written.
    `field`: what its entries are compared with, None where that is not one field.

    `gets`: of a comparison with `_id` alone in a query without a range that ends in an awaited `.collect()`: what can
    be replaced by getting each document. `named`: `each` is the function that the filter names, where the `or` is.
    """

    place: Place
    step: QueryStep
    each: Span
    field: str | None
    gets: Span | None
    named: bool = False


@listed
def dynamic_ors(program: Program) -> Iterator[DynamicOr]:
    """Alternatives of filters that a list makes, by module and place."""
    reader = _Reader(program)
    for step in query_steps(program):
        if step.method == "filter" and step.place.module.reported and step.args:
            yield from reader.in_filter(step)
            yield from reader.in_helpers(step)


class _Reader:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._ev = program.ev

    def in_filter(self, step: QueryStep) -> Iterator[DynamicOr]:
        module = step.place.module
        predicate = bare(step.args[0])
        if not isinstance(predicate, ir.Lambda):
            return
        function = module.facts.functions[predicate.index]
        params = function.params
        if not params or not isinstance(params[0].pattern, ir.BindName):
            return
        builder = params[0].pattern.ref
        for node in descendants((function.body, function.expression)):
            if not isinstance(node, ir.Call) or not isinstance(node.callee, ir.Member):
                continue
            callee = node.callee
            if callee.name == "or" and _is_builder(callee.object, builder):
                spreads = [arg.value for arg in node.args if isinstance(arg, ir.Spread)]
                made = [mapped for spread in spreads if (mapped := self._mapped(module, spread)) is not None]
                if made:
                    alone = len(node.args) == 1 and node is bare(_result(function) or node)
                    yield self._made(step, node, callee, made[0], builder, alone)
                    continue
                looped = self._looped(module, node)
                if looped is not None:
                    place = placing(self._program).at(module, callee.name_start, callee.end, step.place.owner)
                    yield DynamicOr(place, step, Span(looped.start, looped.end), None, None)
            elif callee.name == "reduce" and self._nests(module, node, builder):
                place = placing(self._program).at(module, callee.name_start, callee.end, step.place.owner)
                yield DynamicOr(place, step, Span(callee.object.start, callee.object.end), None, None)

    def in_helpers(self, step: QueryStep) -> Iterator[DynamicOr]:
        """The same in a function that is the predicate by its name, or that the predicate gives its builder to."""
        module, predicate = step.place.module, bare(step.args[0])
        if isinstance(predicate, ir.Name):
            yield from self._in_closure(step, module, predicate, 0, Span(predicate.start, predicate.end))
            return
        if not isinstance(predicate, ir.Lambda):
            return
        function = module.facts.functions[predicate.index]
        pattern = function.params[0].pattern if function.params else None
        builder = pattern.ref if isinstance(pattern, ir.BindName) else -1
        for node in descendants((function.body, function.expression)):
            if not isinstance(node, ir.Call) or isinstance(node.callee, (ir.Atom, ir.Lambda)):
                continue
            if isinstance(node.callee, ir.Member) and _is_builder(node.callee.object, builder):
                continue
            given = next((n for n, one in enumerate(node.args) if _is_builder(one, builder)), None)
            if given is not None:
                callee = node.callee
                yield from self._in_closure(step, module, callee, given, Span(callee.start, callee.end))

    def _in_closure(
        self, step: QueryStep, module: Module, named: ir.Expr, position: int, shown: Span
    ) -> Iterator[DynamicOr]:
        """The first `or` of a list in the function that `named` is, which takes the builder at `position`; told where
        the filter names the function."""
        value = present(self._ev.expr(module, named))
        if not isinstance(value, Closure):
            return
        function = value.module.facts.functions[value.index]
        pattern = function.params[position].pattern if position < len(function.params) else None
        builder = pattern.ref if isinstance(pattern, ir.BindName) else -1
        for node in descendants((function.body, function.expression)):
            if not isinstance(node, ir.Call) or not isinstance(node.callee, ir.Member):
                continue
            if node.callee.name != "or" or not _is_builder(node.callee.object, builder):
                continue
            spreads = [arg.value for arg in node.args if isinstance(arg, ir.Spread)]
            if any(self._mapped(value.module, spread) is not None for spread in spreads) or (
                self._looped(value.module, node) is not None
            ):
                place = placing(self._program).at(module, shown.start, shown.end, step.place.owner)
                yield DynamicOr(place, step, shown, None, None, True)
                return

    def _mapped(self, module: Module, node: ir.Expr) -> ir.Call | None:
        """The `list.map(...)` that a spread holds, where nobody knows how long the list is."""
        node = unwrapped(node)
        if isinstance(node, ir.Name) and node.ref >= 0:
            definition = self._ev.world.index(module).definitions.get(node.ref)
            if definition is None or definition.kind != "var" or definition.path or definition.expr is None:
                return None
            node = unwrapped(definition.expr)
        if (
            not isinstance(node, ir.Call)
            or not isinstance(node.callee, ir.Member)
            or node.callee.name != "map"
        ):
            return None
        listed = bare(node.callee.object)
        value = present(self._ev.expr(module, listed))
        if isinstance(listed, ir.Array) or (isinstance(value, ListOf) and value.items is not None):
            return None
        return node

    def _looped(self, module: Module, node: ir.Call) -> ir.Expr | None:
        """What a loop goes through that makes a test of each: `tests.push(q.eq(...))` before `q.or(...tests)`, or
        `test = q.or(test, q.eq(...))`."""
        index = self._ev.world.index(module)
        parent = index.parent(node)
        filled: list[ir.Node] = []
        if isinstance(parent, ir.Assign) and isinstance(parent.target, ir.Name):
            into = parent.target.ref
            filled += [node] if any(isinstance(arg, ir.Name) and arg.ref == into for arg in node.args) else []
        for arg in node.args:
            held = bare(arg.value) if isinstance(arg, ir.Spread) else None
            if isinstance(held, ir.Name) and held.ref >= 0:
                filled += [one for _, args in index.pushes.get(held.ref, ()) for one in args]
        for one in filled:
            above = index.parent(one)
            while above is not None and not isinstance(above, (ir.Function, ir.Loop)):
                above = index.parent(above)
            if isinstance(above, ir.Loop) and above.kind == "of" and above.source is not None:
                value = present(self._ev.expr(module, above.source))
                if not (isinstance(value, ListOf) and value.items is not None):
                    return above.source
        return None

    def _nests(self, module: Module, node: ir.Call, builder: int) -> bool:
        """`list.reduce((so_far, one) => q.or(so_far, q.eq(...)), ...)`."""
        assert isinstance(node.callee, ir.Member)
        first = node.args[0] if node.args else None
        value = present(self._ev.expr(module, node.callee.object))
        if not isinstance(first, ir.Lambda) or (isinstance(value, ListOf) and value.items is not None):
            return False
        function = module.facts.functions[first.index]
        return any(
            isinstance(part, ir.Call)
            and isinstance(part.callee, ir.Member)
            and part.callee.name == "or"
            and _is_builder(part.callee.object, builder)
            for part in descendants((function.body, function.expression))
        )

    def _made(
        self, step: QueryStep, node: ir.Call, callee: ir.Member, mapped: ir.Call, builder: int, alone: bool
    ) -> DynamicOr:
        module = step.place.module
        place = placing(self._program).at(module, callee.name_start, callee.end, step.place.owner)
        assert isinstance(mapped.callee, ir.Member)
        each = Span(mapped.callee.object.start, mapped.callee.object.end)
        field = self._field(module, mapped, builder)
        gets = self._replaceable(step) if alone and field == "_id" else None
        return DynamicOr(place, step, each, field, gets)

    def _field(self, module: Module, mapped: ir.Call, builder: int) -> str | None:
        """The field that each entry, as it stands, is compared with."""
        first = mapped.args[0] if len(mapped.args) == 1 else None
        if not isinstance(first, ir.Lambda):
            return None
        function = module.facts.functions[first.index]
        returned = _result(function)
        result = bare(returned) if returned is not None else None
        entry = function.params[0].pattern if len(function.params) == 1 else None
        if (
            not isinstance(result, ir.Call)
            or not isinstance(result.callee, ir.Member)
            or len(result.args) != 2
        ):
            return None
        if result.callee.name != "eq" or not isinstance(entry, ir.BindName):
            return None
        field, other = bare(result.args[0]), bare(result.args[1])
        if not isinstance(other, ir.Name) or other.ref != entry.ref:
            return None
        if not isinstance(field, ir.Call) or not isinstance(field.callee, ir.Member) or len(field.args) != 1:
            return None
        named = field.args[0]
        named_so = field.callee.name == "field" and _is_builder(field.callee.object, builder)
        return named.value if named_so and isinstance(named, ir.Text) else None

    def _replaceable(self, step: QueryStep) -> Span | None:
        """The awaited query, where it is nothing but this filter and a `.collect()`."""
        state = step.before[0] if len(step.before) == 1 else None
        if state is None or state.trail or state.index != "" or state.table is None:
            return None
        index = self._ev.world.index(step.place.module)
        for consumer in rows_of(self._program).finder.steps:
            if consumer.method == "collect" and consumer.before and consumer.before[0].trail == (step.key,):
                for site in index.code_calls:
                    if id(site.expr) == consumer.key:
                        parent = index.parent(site.expr)
                        return Span(parent.start, parent.end) if isinstance(parent, ir.Await) else None
        return None


def _is_builder(node: ir.Expr, builder: int) -> bool:
    node = bare(node)
    return isinstance(node, ir.Name) and node.ref == builder and builder >= 0


def _result(function: ir.Function) -> ir.Expr | None:
    if function.expression is not None:
        return function.expression
    if len(function.body) == 1 and isinstance(function.body[0], ir.Return):
        return function.body[0].value
    return None
