"""Promises that are tested in place of what they give. A promise is always true, so such a test decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import (
    Closure,
    IdOf,
    ListOf,
    Lit,
    PromiseOf,
    Scalar,
    members,
    present,
)
from convexlint.program.model import FloatingPromise, Module
from convexlint.program.modules.arrays import PREDICATES
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.modules.nodes import bare
from convexlint.program.places.package_promises import goes_on
from convexlint.program.places.promises import promise_kind, short_callee
from convexlint.program.places.sites import Locator, placing
from convexlint.program.program import Program
from convexlint.program.queries import listed

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_EQUALITIES = frozenset({"===", "!==", "==", "!="})
PROMISE_METHODS = frozenset({"then", "catch", "finally"})


@listed
def tested_promises(program: Program) -> Iterator[FloatingPromise]:
    """Every promise of the program that is used as a condition, or whose members are read. Each place's span is the
    tested expression; `call_span` the call that gives the promise."""
    ev, places = program.ev, placing(program)
    for module in ev.world.looked_at:
        if not module.reported:
            continue
        index = ev.world.index(module)
        for site in index.code_calls:
            node = site.expr
            if not isinstance(node, ir.Call):
                continue
            if isinstance(node.callee, ir.Member) and node.callee.name in PREDICATES and node.args:
                yield from _predicate(ev, places, module, node, site.owner)
            for tested in _tests(ev, module, index, node):
                kind = promise_kind(ev, module, node)
                reader = outward(index, tested)[1]
                if kind in ("", "each") or (kind == "ents" and goes_on(reader)):
                    break
                is_read = isinstance(reader, (ir.Member, ir.Declare))
                function = module.facts.functions[site.owner]
                yield FloatingPromise(
                    places.at(module, tested.start, tested.end, site.owner),
                    "read" if is_read else "tested",
                    short_callee(module, node.callee),
                    Span(node.start, node.end),
                    function.is_async and not function.is_generator,
                )


def _predicate(
    ev: Evaluator, places: Locator, module: Module, node: ir.Call, owner: int
) -> Iterator[FloatingPromise]:
    """`rows.filter(async (row) => await mayRead(ctx, row))`: the list keeps every row."""
    if not isinstance(node.callee, ir.Member):
        return
    given = node.args[0]
    value = present(ev.expr(module, given))
    if not isinstance(value, Closure) or not isinstance(present(ev.expr(module, node.callee.object)), ListOf):
        return
    if _gives_promises(ev, value):
        head = value.module.facts.functions[value.index]
        end = head.params_end if isinstance(given, ir.Lambda) else given.end
        yield FloatingPromise(
            places.at(module, given.start, max(end, given.start + 1), owner),
            "predicate",
            node.callee.name,
            Span(node.start, node.end),
            False,
        )


def _gives_promises(ev: Evaluator, value: Closure) -> bool:
    """Whether a function surely gives a promise: it is async, or returns only promises that nobody waited for."""
    function = value.module.facts.functions[value.index]
    if function.is_async or function.is_generator:
        return not function.is_generator
    returned = ev.world.index(value.module).returns.get(value.index, [])
    results = [function.expression] if function.expression is not None else returned
    return bool(results) and all(is_promise(ev, value.module, one) for one in results)


def _tests(ev: Evaluator, module: Module, index: ModuleIndex, node: ir.Call) -> Iterator[ir.Expr]:
    """Where a call, or the constant that holds what it gives, is tested."""
    if is_condition(ev, module, node):
        yield node
        return
    bare, parent = outward(index, node)
    if (
        isinstance(parent, ir.Call)
        and bare in parent.args
        and is_tested_there(ev, module, parent, parent.args.index(bare))
    ):
        yield node
        return
    if not isinstance(parent, ir.Declare):
        return
    if isinstance(parent.pattern, ir.ObjectPattern):
        yield node
        return
    if parent.keyword != "const" or not isinstance(parent.pattern, ir.BindName):
        return
    uses = index.uses.get(parent.pattern.ref, [])
    # Where it is waited for or handed over as well, the test may come from somewhere else.
    if uses and all(is_condition(ev, module, use) for use in uses):
        yield uses[0]


def is_tested_there(ev: Evaluator, module: Module, call: ir.Call, position: int) -> bool:
    """Whether the callee, a function of the project, only tests the argument at `position`: `assert(mayEdit(ctx))`."""
    if isinstance(call.callee, ir.Atom):
        return False
    value = present(ev.expr(module, call.callee))
    if not isinstance(value, Closure):
        return False
    params = value.module.facts.functions[value.index].params
    pattern = params[position].pattern if position < len(params) and not params[position].rest else None
    if not isinstance(pattern, ir.BindName):
        return False
    uses = ev.world.index(value.module).uses.get(pattern.ref, [])
    return bool(uses) and all(is_condition(ev, value.module, use) for use in uses)


def is_condition(ev: Evaluator, module: Module, node: ir.Expr) -> bool:
    """Whether an expression is used as a condition, compared with a plain value, or has a member read from it."""
    index = ev.world.index(module)
    node, parent = outward(index, node)
    if isinstance(parent, (ir.If, ir.Conditional)):
        return parent.test is node
    if isinstance(parent, ir.Loop):
        return parent.source is node and parent.pattern is None
    if isinstance(parent, ir.Switch):
        return parent.subject is node
    if isinstance(parent, ir.Unary):
        return parent.op == "!"
    if isinstance(parent, ir.Member):
        return parent.object is node and parent.name not in PROMISE_METHODS
    if isinstance(parent, ir.Binary):
        if parent.op in ("&&", "||", "??"):
            return parent.left is node or _ends_in_test(index, parent)
        other = parent.right if parent.left is node else parent.left
        return parent.op in _EQUALITIES and _is_plain(ev, module, other)
    return False


def _ends_in_test(index: ModuleIndex, node: ir.Expr) -> bool:
    """Whether the outcome of `a && b` is itself only tested."""
    parent = index.parent(node)
    while isinstance(parent, ir.Binary) and parent.op in ("&&", "||"):
        if parent.left is node:
            return True
        node, parent = parent, index.parent(parent)
    if isinstance(parent, (ir.If, ir.Conditional)):
        return parent.test is node
    return isinstance(parent, ir.Unary) and parent.op == "!"


def _is_plain(ev: Evaluator, module: Module, node: ir.Expr) -> bool:
    if isinstance(node, (ir.Text, ir.Number, ir.Template)):
        return True
    if isinstance(node, ir.Atom):
        return node.kind != "this"
    return all(isinstance(v, (Scalar, Lit, IdOf)) for v in members(ev.expr(module, node)))


def is_promise(ev: Evaluator, module: Module, node: ir.Expr) -> bool:
    """Whether an expression is surely a promise that nobody waited for."""
    node = bare(node)
    if isinstance(node, ir.Call):
        return promise_kind(ev, module, node) not in ("", "each")
    if isinstance(node, ir.Name) and (node.ref < 0 or module.facts.bindings[node.ref].assigned):
        return node.ref >= 0 and _is_only_given_promises(ev, module, node)
    if isinstance(node, (ir.Name, ir.Member, ir.Index)):
        return all(isinstance(v, PromiseOf) for v in members(ev.expr(module, node)))
    return False


def _is_only_given_promises(ev: Evaluator, module: Module, node: ir.Name) -> bool:
    """`let pending; pending = viewer(ctx);`."""
    index = ev.world.index(module)
    definition = index.definitions.get(node.ref)
    if definition is None or definition.kind != "var" or definition.expr is not None:
        return False
    given = index.given_to(node.ref).values
    return bool(given) and all(
        isinstance(bare(one), ir.Call) and is_promise(ev, module, one) for one in given
    )


def are_promises(ev: Evaluator, module: Module, node: ir.Expr) -> bool:
    """Whether an expression is surely a list of promises: `[mayRead(ctx)]`, `ids.map(async (id) => ...)`."""
    value = present(ev.expr(module, node))
    if isinstance(value, ListOf):
        return all(isinstance(v, PromiseOf) for v in members(value.element))
    node = bare(node)
    if not isinstance(node, ir.Call) or not isinstance(node.callee, ir.Member) or node.callee.name != "map":
        return False
    made = bare(node.args[0]) if node.args else None
    if not isinstance(made, ir.Lambda):
        return False
    function = module.facts.functions[made.index]
    if function.is_async or function.expression is None:
        return function.is_async
    return is_promise(ev, module, function.expression)
