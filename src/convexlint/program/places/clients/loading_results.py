"""Results of queries in clients that are undefined while they load, and where the variables come from that hold them:
a hook of a package, through hooks of the client's own, objects and destructuring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.discovery.roles import is_test
from convexlint.facts import ir
from convexlint.program.convex.takers import taker
from convexlint.program.evaluation.references import reference_path
from convexlint.program.evaluation.values import Closure, External, present
from convexlint.program.model import Module
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.modules.nodes import bare, callee_name
from convexlint.program.places.clients.calls import scripts_of
from convexlint.program.places.clients.takers import taker_of
from convexlint.program.places.clients.unstable_arguments import HOOK
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_DEPTH = 6
_TANSTACK = ("@tanstack/react-query", "@tanstack/vue-query", "@tanstack/svelte-query")
_GIVEN = frozenset({"initialData", "placeholderData"})
"""Options with which there is data from the first render on."""


class LoadingResult(Struct, frozen=True, eq=False):
    """A result that is undefined while it loads, and who holds it.

    `path`: of the query, "tasks:list". `call`: of the hook, or of a hook of the client's own that gives it, in `owner`.
    `binding`: the variable that holds it, -1 for none: then it is used where it is made. `rest`: the fields of what is
    held that lead to it: () it is the result itself. `beside`: the bindings that are declared along with it.
    """

    module: Module
    owner: int
    path: str
    call: ir.Call
    binding: int
    name: str
    rest: tuple[str, ...]
    beside: tuple[int, ...] = ()


def loading_results(program: Program) -> tuple[LoadingResult, ...]:
    """The results of queries that clients hold in variables, or use where they are made; by file and place."""
    return all_loading_results(program) if scripts_of(program).ev is not None else ()


@listed
def all_loading_results(program: Program) -> Iterator[LoadingResult]:
    """The same whatever the focus."""
    ev = program.scripts().ev
    for module in program.scripts().modules if ev is not None else ():
        assert ev is not None
        if is_test("/".join(module.path.split("/")[-3:])):
            continue
        for site in ev.world.index(module).code_calls:
            if isinstance(site.expr, ir.Call) and HOOK.fullmatch(callee_name(site.expr.callee)[0]):
                yield from _of_call(ev, module, site.expr, site.owner)


def _of_call(ev: Evaluator, module: Module, call: ir.Call, owner: int) -> Iterator[LoadingResult]:
    index = ev.world.index(module)
    source = _Source(ev)
    node, parent = outward(index, call)
    if not isinstance(parent, ir.Declare) or parent.init is not node:
        found = source.of_call(module, call, (), 0)
        if found is not None:
            yield LoadingResult(module, owner, found[0], call, -1, "", found[1])
        return
    names = tuple(_bound(parent.pattern))
    for binding, name in names:
        definition = index.definitions.get(binding)
        if definition is None or index.facts.bindings[binding].assigned:
            continue
        keys = [key for kind, key in definition.path if kind == "key" and isinstance(key, str)]
        if len(keys) < len(definition.path):
            continue
        found = source.of_call(module, call, tuple(keys), 0)
        if found is not None:
            beside = tuple(other for other, _ in names if other != binding)
            yield LoadingResult(module, owner, found[0], call, binding, name, found[1], beside)
    if isinstance(parent.pattern, (ir.ObjectPattern, ir.ArrayPattern)):
        found = source.of_call(module, call, (), 0)
        if found is not None and not found[1] and parent.pattern.default is None:
            yield LoadingResult(module, owner, found[0], call, -1, "", ())


class _Source:
    """Follows what a call of a hook gives to the query that loads."""

    def __init__(self, ev: Evaluator) -> None:
        self._ev = ev

    def of_call(
        self, module: Module, call: ir.Call, path: tuple[str, ...], depth: int
    ) -> tuple[str, tuple[str, ...]] | None:
        """The query, and the fields of the value at `path` of the result that are undefined while it loads. None where
        nothing is known to be, or where the value lies within that which is."""
        if depth > _DEPTH:
            return None
        value = present(self._ev.expr(module, call.callee))
        if isinstance(value, Closure):
            return self._of_function(value, path, depth)
        waits, reference = self._waits(module, call, value)
        if waits is None or reference is None or waits[: len(path)] != path:
            return None
        name = reference_path(present(self._ev.expr(module, reference)))
        return None if name is None else (name, waits[len(path) :])

    def _waits(
        self, module: Module, call: ir.Call, value: object
    ) -> tuple[tuple[str, ...] | None, ir.Expr | None]:
        found, method = taker_of(self._ev, module, call)
        if found is not None and not method and len(call.args) > found.at:
            given = any(_is_given(argument) for argument in call.args)
            return (None if given else found.waits), call.args[found.at]
        if (
            not isinstance(value, External)
            or value.package not in _TANSTACK
            or value.path[-1:] != ("useQuery",)
        ):
            return None, None
        for node in _parts(call.args[0]) if call.args else ():
            options = present(self._ev.expr(module, node.callee))
            if isinstance(options, External) and options.path and node.args and not _is_given(call.args[0]):
                inner = taker(options.package, options.path[-1])
                if inner is not None and options.path[-1] == "convexQuery":
                    return ("data",), node.args[inner.at]
        return None, None

    def _of_function(
        self, closure: Closure, path: tuple[str, ...], depth: int
    ) -> tuple[str, tuple[str, ...]] | None:
        """What a hook of the client's own gives: the same in all that it returns."""
        function = closure.module.facts.functions[closure.index]
        results = self._ev.world.index(closure.module).returns.get(closure.index, ())
        if function.is_async or len(results) != 1 or HOOK.fullmatch(function.name) is None:
            return None
        return self._of(closure.module, results[0], path, depth + 1)

    def _of(
        self, module: Module, node: ir.Expr, path: tuple[str, ...], depth: int
    ) -> tuple[str, tuple[str, ...]] | None:
        node, index = bare(node), self._ev.world.index(module)
        if depth > _DEPTH:
            return None
        if isinstance(node, ir.Call):
            return self.of_call(module, node, path, depth + 1)
        if isinstance(node, ir.Member) and not node.optional:
            return self._of(module, node.object, (node.name, *path), depth + 1)
        if isinstance(node, ir.Object) and path and not any(p.kind == "spread" for p in node.props):
            held = [p.value for p in node.props if p.key == path[0] and p.kind in ("pair", "shorthand")]
            return self._of(module, held[-1], path[1:], depth + 1) if held else None
        definition = index.definitions.get(node.ref) if isinstance(node, ir.Name) else None
        if definition is None or definition.kind != "var" or definition.expr is None:
            return None
        assert isinstance(node, ir.Name)
        if index.facts.bindings[node.ref].assigned or any(kind != "key" for kind, _ in definition.path):
            return None
        return self._of(module, definition.expr, (*(key for _, key in definition.path), *path), depth + 1)


def _parts(node: ir.Expr) -> Iterator[ir.Call]:
    """The calls that options may be, or be spread from."""
    node = bare(node)
    if isinstance(node, ir.Call):
        yield node
    elif isinstance(node, ir.Object):
        for prop in node.props:
            value = bare(prop.value)
            if prop.kind == "spread" and isinstance(value, ir.Call):
                yield value


def _is_given(node: ir.Expr) -> bool:
    node = bare(node)
    return isinstance(node, ir.Object) and any(prop.key in _GIVEN for prop in node.props)


def _bound(pattern: ir.Pattern) -> Iterator[tuple[int, str]]:
    """The variables that a pattern declares without a default of their own."""
    if isinstance(pattern, ir.BindName):
        if pattern.default is None:
            yield pattern.ref, pattern.name
    elif isinstance(pattern, ir.ObjectPattern) and pattern.default is None:
        for one in pattern.fields:
            yield from _bound(one.pattern)
        if pattern.rest is not None:
            yield from _bound(pattern.rest)
    elif isinstance(pattern, ir.ArrayPattern) and pattern.default is None:
        for item in pattern.items:
            if item is not None:
                yield from _bound(item)


def index_of(program: Program, module: Module) -> ModuleIndex:
    """The index of a client's module. Raises RuntimeError where there are no clients."""
    ev = scripts_of(program).ev
    if ev is None:
        raise RuntimeError("there are no clients")
    return ev.world.index(module)
