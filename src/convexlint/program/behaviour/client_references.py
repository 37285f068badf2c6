"""Functions that are run by a name that a client sends.

Only calls of clients are held to what is public; `ctx.run*`, the scheduler and function handles reach internal
functions too. A name out of a fixed list, or one that somebody looks at first, is the author's choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.client_rows import client_rows
from convexlint.program.behaviour.standing import standing_of
from convexlint.program.evaluation.values import Closure, External, RefPath, members, present
from convexlint.program.model import Module, Place
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.places.origins import Origin, Origins, origins, validator_at
from convexlint.program.places.sites import RUN_METHODS, SCHEDULE_METHODS, placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.modules.index import ModuleIndex

_MAKES = "makeFunctionReference"
_HANDLE = "createFunctionHandle"
_RUNS = RUN_METHODS | SCHEDULE_METHODS | {_HANDLE}
_PASSES = _RUNS | {_MAKES, "log", "warn", "error", "info", "debug", "stringify", "String"}
_LETS_IN = frozenset({"open", "signed in", "owner"})
_MAX_NAMES = 4  # constants between the call and the reference


class ClientReference(Struct, frozen=True, eq=False):
    """`runs` ("runMutation", "runAfter", "createFunctionHandle") at `place` is given a function that the argument
    `origin` names, written at `span`. `root`: "internal.jobs" where it is looked up in these references, else ""."""

    place: Place
    span: Span
    runs: str
    origin: Origin
    root: str


@listed
def client_references(program: Program) -> Iterator[ClientReference]:
    """Every function that runs because a client names it, by module and place; each once."""
    ev, places, known = program.ev, placing(program), origins(program)
    for module in ev.world.looked_at:
        index = ev.world.index(module)
        for site in index.code_calls:
            node = site.expr
            name = _method(index, node.callee)
            position = 1 if name in SCHEDULE_METHODS else 0
            if name not in _RUNS or not isinstance(node, ir.Call) or position >= len(node.args):
                continue
            given = node.args[position]
            for named, root in _names(ev, module, given, 0):
                origin = _chosen(program, known, module, site.owner, named)
                if origin is not None:
                    callee = node.callee
                    start = callee.name_start if isinstance(callee, ir.Member) else callee.start
                    place = places.at(module, start, callee.end, site.owner)
                    yield ClientReference(place, Span(given.start, given.end), name, origin, root)
                    break


def _method(index: ModuleIndex, callee: ir.Expr) -> str:
    """The name of what is called, also where the module gave it another one: `const { runMutation: run } = ctx`."""
    if isinstance(callee, ir.Member):
        return callee.name
    if not isinstance(callee, ir.Name):
        return ""
    definition = index.definitions.get(callee.ref)
    if definition is not None and definition.imported is not None:
        return definition.imported.imported
    path = definition.path if definition is not None else ()
    return str(path[-1][1]) if path and path[-1][0] == "key" else callee.name


def _names(ev: Evaluator, module: Module, node: ir.Expr, hops: int) -> Iterator[tuple[ir.Expr, str]]:
    """The expressions that name the function which a reference means, each with the references it is looked up in."""
    node = bare(node)
    if isinstance(node, ir.Call):
        value = present(ev.expr(module, node.callee)) if node.args and hops < _MAX_NAMES else None
        if isinstance(value, External) and value.path[-1:] == (_MAKES,):
            yield from ((part, "") for part in _parts(node.args[0]))
        elif isinstance(value, Closure):
            yield from _names_in(ev, value, node, hops + 1)
    elif isinstance(node, ir.Index):
        keys: list[ir.Expr] = []
        above: ir.Expr = node
        while isinstance(above, ir.Index):
            keys.append(above.key)
            above = bare(above.object)
        value = present(ev.expr(module, above))
        if isinstance(value, RefPath) and value.root == "internal":
            yield from ((key, ".".join((value.root, *value.parts))) for key in keys)
    elif isinstance(node, ir.Name) and node.ref >= 0:
        definition = ev.world.index(module).definitions.get(node.ref)
        held = definition.expr if definition is not None and definition.kind == "var" else None
        made = bare(held) if held is not None else None
        fixed = (
            definition is not None and not definition.path and not module.facts.bindings[node.ref].assigned
        )
        if fixed and isinstance(made, (ir.Call, ir.Index, ir.Name)) and hops < _MAX_NAMES:
            yield from _names(ev, module, made, hops + 1)
        else:
            yield node, ""
    else:
        yield from ((part, "") for part in _parts(node))


def _names_in(ev: Evaluator, target: Closure, call: ir.Call, hops: int) -> Iterator[tuple[ir.Expr, str]]:
    """What names the function where a helper does nothing but make the reference: the arguments that the call gives
    it for that."""
    index = ev.world.index(target.module)
    function = target.module.facts.functions[target.index]
    if function.expression is None and not (
        len(function.body) == 1 and isinstance(function.body[0], ir.Return)
    ):
        return
    for result in index.returns.get(target.index, ()):
        for named, root in _names(ev, target.module, result, hops):
            definition = index.definitions.get(named.ref) if isinstance(named, ir.Name) else None
            if definition is None or definition.kind != "param" or definition.index != target.index:
                continue
            if len(call.args) > definition.position and not definition.path:
                yield from ((part, root) for part in _parts(call.args[definition.position]))


def _parts(node: ir.Expr) -> Iterator[ir.Expr]:
    """What a text is made of."""
    node = bare(node)
    if isinstance(node, ir.Template):
        yield from node.parts
    elif isinstance(node, ir.Binary) and node.op == "+":
        yield from _parts(node.left)
        yield from _parts(node.right)
    else:
        yield node


def _chosen(program: Program, known: Origins, module: Module, owner: int, node: ir.Expr) -> Origin | None:
    """The argument by which a client of a public function chooses freely."""
    for source in client_rows(program).of(module, node):
        origin, function = source.origin, source.origin.function
        if (
            not function.is_public
            or not origin.path
            or (function.custom and function.args.state != "declared")
        ):
            continue
        free = function.args.state == "missing" or _is_free(validator_at(origin))
        if not free or _is_looked_at(program.ev, known, origin, (module.path, owner)):
            continue
        if standing_of(program, function).level in _LETS_IN:
            return origin
    return None


def _is_free(validator: Validator | None) -> bool:
    """Whether an argument takes any text, or a list of them."""
    if isinstance(validator, ArrayValidator):
        validator = validator.element
    if isinstance(validator, UnionValidator):
        return any(map(_is_free, validator.members))
    return isinstance(validator, AnyValidator) or (
        isinstance(validator, ScalarValidator) and validator.kind == "string"
    )


def _is_looked_at(ev: Evaluator, known: Origins, origin: Origin, deed: tuple[str, int]) -> bool:
    """Whether the handler compares the argument, or hands it to a function that may: but for the one that runs it."""
    handler = origin.function.handler
    if handler is None:
        return True
    module, index = handler.module, ev.world.index(handler.module)
    pending = [handler.index]

    def is_named(node: ir.Expr) -> bool:
        return any(o.path == origin.path and o.function is origin.function for o in known.of(module, node))

    while pending:
        number = pending.pop()
        pending += index.inner.get(number, [])
        body = module.facts.functions[number]
        for node in descendants(body.expression if body.expression is not None else body.body):
            if isinstance(node, ir.Binary) and node.op not in ("+", "??", "||", "&&"):
                if is_named(node.left) or is_named(node.right):
                    return True
            elif isinstance(node, ir.Switch) and is_named(node.subject):
                return True
            elif isinstance(node, ir.Call) and not isinstance(node.callee, ir.Atom):
                name = _method(index, node.callee)
                held = isinstance(node.callee, ir.Member) and is_named(node.callee.object)
                if not held and (name in _PASSES or not any(map(is_named, node.args))):
                    continue
                values = [v for v in members(present(ev.expr(module, node.callee))) if isinstance(v, Closure)]
                runs = any((v.module.path, v.index) == deed for v in values)
                if not runs and not any(any(_names_in(ev, v, node, 1)) for v in values):
                    return True
    return False
