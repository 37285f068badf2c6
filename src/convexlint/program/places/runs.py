"""Calls of `ctx.runQuery`, `ctx.runMutation` and `ctx.runAction`: who makes them, of what, how often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.references import reference_target, run_path
from convexlint.program.evaluation.values import (
    Bound,
    CtxOf,
    ListOf,
    RegisteredOf,
    Value,
    members,
    present,
)
from convexlint.program.model import Module, Place, RegisteredFunction
from convexlint.program.modules.arrays import ELEMENT_FIRST
from convexlint.program.modules.enclosing import catches
from convexlint.program.modules.import_graph import ImportGraph
from convexlint.program.modules.nodes import bare, callee_name, names_of
from convexlint.program.places.plain_calls import PlainCalls
from convexlint.program.places.sites import RUN_METHODS, Locator, placing
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_BATCHES = frozenset({"batch", "chunk", "page", "slice", "group"})
_PAGED = frozenset({"cursor", "paginationOpts"})


class RunCall(Struct, frozen=True, eq=False):
    """One `ctx.run...(reference, args)`.

    `place.span`: the method's name. `kinds`: the kinds of ctx that may stand there ("any": not known).
    `target`: the project's function that runs; None for components, packages' functions and what cannot be
    followed. `caught`: within a `try` that has a `catch`. `options`: a third argument is given. `paged`: the
    arguments carry a cursor. `per_element`: it runs once for each element, with nothing else in the loop that
    only an action can do. `node`: the runtime of the caller is Node; None when it may be either.
    """

    place: Place
    method: str
    node_expr: ir.Call
    kinds: frozenset[str]
    target: RegisteredFunction | None
    caught: bool
    options: bool
    paged: bool
    per_element: bool
    node: bool | None


class Runs:
    """Finds the run calls of a program."""

    def __init__(
        self, ev: Evaluator, places: Locator, graph: ImportGraph, modules: tuple[Module, ...]
    ) -> None:
        self._ev = ev
        self._places = places
        self._graph = graph
        self._modules = modules
        self._plain = PlainCalls(ev)

    def all(self) -> Iterator[RunCall]:
        for module in self._modules:
            for site in self._ev.world.index(module).code_calls:
                name = callee_name(site.expr.callee)[0]
                if name in RUN_METHODS and isinstance(site.expr, ir.Call) and site.expr.args:
                    kinds = self._kinds(module, site.expr)
                    if kinds:
                        yield self._read(module, site.expr, site.owner, kinds)

    def _kinds(self, module: Module, node: ir.Call) -> frozenset[str]:
        """The kinds of the ctx that the method is called on; empty when it is not a ctx."""
        receivers: list[Value] = []
        for value in members(present(self._ev.expr(module, node.callee))):
            receivers.append(value.receiver if isinstance(value, Bound) else value)
        found = {value.kind for value in receivers if isinstance(value, CtxOf)}
        if found and len(found) < len(receivers) and not all(isinstance(r, CtxOf) for r in receivers):
            found.add("any")
        return frozenset(found)

    def _read(self, module: Module, node: ir.Call, owner: int, kinds: frozenset[str]) -> RunCall:
        name, span = callee_name(node.callee)
        place = self._places.at(module, span.start, span.end, owner)
        return RunCall(
            place=place,
            method=name,
            node_expr=node,
            kinds=kinds,
            target=self._target(module, node.args[0]),
            caught=self._is_caught(module, node, owner),
            options=len(node.args) > 2,
            paged=len(node.args) > 1 and _is_paged(node.args[1]),
            per_element=name != "runAction" and self._is_per_element(module, node, owner),
            node=self._runtime(place),
        )

    def _target(self, module: Module, reference: ir.Expr) -> RegisteredFunction | None:
        value = present(self._ev.expr(module, reference))
        path = run_path(value)
        if path is None:
            return None
        found = reference_target(self._ev, path)[1]
        return found.function if isinstance(found, RegisteredOf) else None

    def _runtime(self, place: Place) -> bool | None:
        if place.inside is not None:
            return place.inside.module.node
        if place.module.node:
            return True
        return None if self._graph.is_used_by_node(place.module) else False

    def _is_caught(self, module: Module, node: ir.Node, owner: int) -> bool:
        """Whether a failure of the call does not end the function: a try with a catch, `.catch(...)`."""
        index = self._ev.world.index(module)
        child, parent = node, index.parent(node)
        while parent is not None:
            if isinstance(parent, ir.Function):
                inner = index.lambdas.get(owner)
                if inner is None:
                    return False
                owner = module.facts.functions[owner].parent
                child, parent = inner, index.parent(inner)
                continue
            if catches(index, parent, child):
                return True
            child, parent = parent, index.parent(parent)
        return False

    # --------------------------------------------------------------------------------------------- loops

    def _is_per_element(self, module: Module, node: ir.Call, owner: int) -> bool:
        index = self._ev.world.index(module)
        child: ir.Node = node
        parent = index.parent(node)
        while parent is not None:
            if isinstance(parent, ir.Loop) and any(statement is child for statement in parent.body):
                body = Span(parent.body[0].start, parent.body[-1].end)
                return self._steps_through(module, parent, node) and self._plain.only(module, body)
            if isinstance(parent, ir.Function):
                inner = index.lambdas.get(owner)
                above = None if inner is None else index.parent(inner)
                if inner is None or not isinstance(above, ir.Call) or not parent.params:
                    return False
                if not isinstance(above.callee, ir.Member) or above.callee.name not in ELEMENT_FIRST:
                    return False
                names = set(names_of(parent.params[0].pattern))
                return (
                    self._uses(module, node, names)
                    and not self._is_batch(module, parent.params[0].pattern)
                    and self._plain.only(module, Span(parent.body_start, parent.body_end))
                )
            child, parent = parent, index.parent(parent)
        return False

    def _steps_through(self, module: Module, loop: ir.Loop, node: ir.Call) -> bool:
        """Whether the loop goes from element to element, and the call is about the element."""
        if loop.kind == "for":
            update = loop.update
            if not isinstance(update, ir.Assign) or update.op not in ("++", "--"):
                return False
            counters = [s.pattern for s in loop.init if isinstance(s, ir.Declare)]
            names = {ref for pattern in counters for ref in names_of(pattern)}
            if any(isinstance(part, ir.Call) for arg in node.args[1:] for part in _parts(arg)):
                return False
            return self._uses(module, node, names)
        if loop.kind not in ("of", "in") or loop.pattern is None:
            return False
        return self._uses(module, node, set(names_of(loop.pattern))) and not self._is_batch(
            module, loop.pattern
        )

    def _is_batch(self, module: Module, pattern: ir.Pattern) -> bool:
        if not isinstance(pattern, ir.BindName) or pattern.ref < 0:
            return False
        lists = isinstance(present(self._ev.binding(module, pattern.ref)), ListOf)
        return lists or any(word in pattern.name.lower() for word in _BATCHES)

    def _uses(self, module: Module, node: ir.Call, names: set[int]) -> bool:
        """Whether the arguments name one of the variables, or one that is made from them in one step."""
        index = self._ev.world.index(module)
        for arg in node.args:
            for part in _parts(arg):
                if not isinstance(part, ir.Name) or part.ref < 0:
                    continue
                if part.ref in names:
                    return True
                made = index.definitions.get(part.ref)
                source = made.expr if made is not None and made.kind == "var" else None
                if source is not None and any(
                    isinstance(p, ir.Name) and p.ref in names for p in _parts(source)
                ):
                    return True
        return False


def _parts(node: ir.Expr) -> Iterator[ir.Expr]:
    """An expression and all that it is made of, function literals not entered."""
    yield node
    inner: tuple[ir.Expr, ...] = ()
    if isinstance(node, ir.Object):
        inner = tuple(prop.value for prop in node.props)
    elif isinstance(node, ir.Array):
        inner = node.items
    elif isinstance(node, (ir.Call, ir.New)):
        inner = (node.callee, *node.args)
    elif isinstance(node, ir.Member):
        inner = (node.object,)
    elif isinstance(node, ir.Index):
        inner = (node.object, node.key)
    elif isinstance(node, (ir.Await, ir.Spread, ir.Unary, ir.Cast)):
        inner = (node.value,)
    elif isinstance(node, ir.Binary):
        inner = (node.left, node.right)
    elif isinstance(node, ir.Conditional):
        inner = (node.test, node.yes, node.no)
    elif isinstance(node, (ir.Template, ir.Opaque)):
        inner = node.parts
    for part in inner:
        yield from _parts(part)


def _is_paged(args: ir.Expr) -> bool:
    literal = bare(args)
    return isinstance(literal, ir.Object) and any(prop.key in _PAGED for prop in literal.props)


@query
def import_graph(program: Program) -> ImportGraph:
    """Which modules bring which others into their bundle."""
    return ImportGraph(program.ev.world)


@listed
def runs(program: Program) -> Iterator[RunCall]:
    """The calls of `ctx.runQuery`, `ctx.runMutation` and `ctx.runAction`, by module and place."""
    ev = program.ev
    yield from Runs(ev, placing(program), import_graph(program), ev.world.looked_at).all()
