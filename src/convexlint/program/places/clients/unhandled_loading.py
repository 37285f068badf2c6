"""Where clients use the result of a query as if it were there: a member, an index, a walk through it, while it may
still be loading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.model import Module
from convexlint.program.modules.enclosing import catches
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.modules.nodes import bare, bodies, callee_name, descendants, entered_by, statements_in
from convexlint.program.places.clients.loading_results import LoadingResult, index_of, loading_results
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

_AT_ONCE = frozenset(
    {
        "useMemo",
        "useEffect",
        "useLayoutEffect",
        "useInsertionEffect",
        "watchEffect",
        "$effect",
        "pre",
    }
)
"""What calls the function that it is given in the first render, or right after it, when the result is not there yet."""
_LAZY = frozenset({"computed", "$derived", "by"})
"""What computes a value when somebody reads it (`computed` of Vue, `$derived` and `$derived.by` of Svelte)."""
_HANDLES = re.compile(
    rb"\{#(?:if|await)\b|\{:else|\bv-(?:if|else)\b|</(?!script\b|style\b)(?:[A-Z][\w.]*|slot)\b|</\w+-\w|<slot\b"
)
"""What of a template may show a part of it later: a test, or a component around it."""
_WALKS = frozenset({"keys", "values", "entries"})


class UnhandledUse(Struct, frozen=True, eq=False):
    """`result` is used at `span` as if it were there; `text`: what is used, without what follows. `at_once`: the first
    render comes there; otherwise something else is tested before, and nowhere the result."""

    result: LoadingResult
    span: Span
    text: str
    at_once: bool


@listed
def unhandled_uses(program: Program) -> Iterator[UnhandledUse]:
    """The first use of each result that is taken for loaded, by file and place."""
    for result in loading_results(program):
        found = _first(index_of(program, result.module), result, _reads_at_once(result.module))
        if found is not None:
            yield found


def _reads_at_once(module: Module) -> bool:
    """Whether a component's template surely reads in the first render what the script computes when it is read."""
    return module.path.endswith((".svelte", ".vue")) and not module.holds(_HANDLES)


def _first(index: ModuleIndex, result: LoadingResult, lazy: bool) -> UnhandledUse | None:
    """`lazy`: what is computed when it is read is so in the first render."""
    if result.binding < 0:
        value = _value(index, result.call, result.rest)
        span = _harm(index, value) if value is not None else None
        return UnhandledUse(result, span, _text(result, value), True) if span is not None else None
    related: frozenset[int] | None = None  # asked once, and only where something is taken for loaded
    handled: bool | None = None
    for use in sorted(index.uses.get(result.binding, ()), key=lambda one: one.start):
        value = _value(index, use, result.rest)
        span = _harm(index, value) if value is not None else None
        if span is None:
            continue
        related = _related(index, result) if related is None else related
        way = _way(index, use, result.owner, related, lazy)
        if way == "tested" and handled is None:
            handled = _is_handled(index, related)
        if way == "free" or (way == "tested" and not handled):
            return UnhandledUse(result, span, _text(result, value), way == "free")
    return None


def _is_handled(index: ModuleIndex, related: frozenset[int]) -> bool:
    """Whether something asks anywhere whether one of these is there."""
    return any(_is_test(index, use) for ref in related for use in index.uses.get(ref, ()))


def _text(result: LoadingResult, value: ir.Node | None) -> str:
    source = result.module.source[value.start : value.end] if value is not None else b""
    text = " ".join(source.decode("utf-8", "replace").split())
    return text if len(text) <= 40 else f"{callee_name(result.call.callee)[0]}(...)"


def _value(index: ModuleIndex, node: ir.Node, rest: tuple[str, ...]) -> ir.Node | None:
    """The expression that is undefined, beginning at one that holds it."""
    for name in rest:
        inner, parent = outward(index, node)
        if (
            not isinstance(parent, ir.Member)
            or parent.object is not inner
            or parent.name != name
            or parent.optional
        ):
            return None
        node = parent
    return node


def _harm(index: ModuleIndex, value: ir.Node) -> Span | None:
    """What fails if the value is undefined."""
    node, parent = outward(index, value)
    whole = Span(value.start, parent.end) if isinstance(parent, ir.Node) else None
    if isinstance(parent, (ir.Member, ir.Index)) and parent.object is node:
        return None if parent.optional else whole
    if isinstance(parent, ir.Loop) and parent.kind == "of" and parent.source is node:
        return Span(value.start, value.end)
    if isinstance(parent, ir.Spread):
        return Span(parent.start, parent.end)
    if isinstance(parent, ir.Declare) and parent.init is node:
        pattern = parent.pattern
        if isinstance(pattern, (ir.ObjectPattern, ir.ArrayPattern)) and pattern.default is None:
            return Span(pattern.start, pattern.end)
    if isinstance(parent, ir.Call) and len(parent.args) == 1 and parent.args[0] is node:
        callee = bare(parent.callee)
        if isinstance(callee, ir.Member) and callee.name in _WALKS and isinstance(callee.object, ir.Name):
            return Span(parent.start, parent.end) if callee.object.name == "Object" else None
    return None


# ------------------------------------------------------------------------------------------------- the way there


def _way(index: ModuleIndex, use: ir.Node, owner: int, related: frozenset[int], lazy: bool) -> str:
    """How control comes to a use: "free" (in the first render, whatever is the case), "tested" (something else is
    tested before), "guarded" (the result is, or its failure is caught), "later" (when it may be there)."""
    way = "free"
    child: Any = use
    while True:
        parent = index.parent(child)
        if parent is None:
            return way
        if isinstance(parent, ir.Function):
            number = index.functions[id(parent)]
            below = _before(index, parent, child, related)
            if below == "guarded":
                return below
            way = below or way
            if number == owner:
                return way
            literal = index.lambdas.get(number)
            call = index.parent(literal) if literal is not None else None
            if literal is None or not isinstance(call, ir.Call) or not _is_called(call, literal, lazy):
                return "later"
            child = literal
            continue
        if isinstance(parent, ir.Call) and not lazy and callee_name(parent.callee)[0] == "$derived":
            return "later"
        entry = entered_by(parent, child)
        if entry is not None:
            if _names(entry[0], related):
                return "guarded"
            way = "tested"
        elif isinstance(parent, ir.Binary) and parent.op == "??" and parent.right is child:
            if _names(parent.left, related):
                return "guarded"
            way = "tested"
        elif isinstance(parent, (ir.Loop, ir.Case)) and child is not getattr(parent, "source", None):
            way = "tested"
        if isinstance(parent, (ir.Try, ir.Call, ir.Member)) and catches(index, parent, child):
            return "guarded"
        below = _before(index, parent, child, related)
        if below == "guarded":
            return below
        way = below or way
        child = parent


def _is_called(call: ir.Call, literal: ir.Lambda, lazy: bool) -> bool:
    name = callee_name(call.callee)[0]
    return call.callee is literal or (
        bool(call.args) and call.args[0] is literal and (name in _AT_ONCE or (lazy and name in _LAZY))
    )


def _before(index: ModuleIndex, parent: Any, child: Any, related: frozenset[int]) -> str:
    """What the statements before one say: "guarded", "tested", or "" for nothing."""
    found = ""
    for body in bodies(parent):
        if not any(statement is child for statement in body):
            continue
        for statement in body:
            if statement is child:
                break
            leaves = isinstance(statement, (ir.If, ir.Switch, ir.Try, ir.Loop, ir.Block)) and any(
                isinstance(inner, (ir.Return, ir.Throw, ir.Jump)) for inner in statements_in((statement,))
            )
            calls = isinstance(statement, ir.Evaluate) and isinstance(
                bare(statement.value), (ir.Call, ir.Await)
            )
            if leaves or calls:
                named = _names(statement, related)
                if named and (leaves or _asserts(statement, related)):
                    return "guarded"
                found = "tested" if leaves else found
    return found


def _asserts(statement: ir.Evaluate | Any, related: frozenset[int]) -> bool:
    """`invariant(user)`, `await suspense()`: a call that the variable itself is given to, or that is of it."""
    value = bare(statement.value)
    if isinstance(value, ir.Await):
        return True
    return isinstance(value, ir.Call) and any(_names(arg, related) for arg in value.args[:1])


def _names(node: Any, related: frozenset[int]) -> bool:
    return any(isinstance(one, ir.Name) and one.ref in related for one in descendants(node))


def _related(index: ModuleIndex, result: LoadingResult) -> frozenset[int]:
    """The variables that say something of the result: itself, what is declared with it, what is made of it."""
    found = {result.binding, *result.beside}
    pending = list(found)
    while pending and len(found) < 100:
        for use in index.uses.get(pending.pop(), ()):
            above = index.parent(use)
            while above is not None and not isinstance(above, (ir.Declare, ir.Function)):
                above = index.parent(above)
            if isinstance(above, ir.Declare):
                for node in descendants(above.pattern):
                    if isinstance(node, ir.BindName) and node.ref >= 0 and node.ref not in found:
                        found.add(node.ref)
                        pending.append(node.ref)
    return frozenset(found)


def _is_test(index: ModuleIndex, use: ir.Node) -> bool:
    """Whether a use asks whether something is there."""
    child, parent = outward(index, use)
    if isinstance(parent, (ir.Member, ir.Index, ir.Call)) and getattr(parent, "optional", False):
        return True
    while parent is not None and not isinstance(parent, (ir.Function, ir.Declare)):
        if isinstance(parent, ir.Unary) and parent.op in ("!", "typeof"):
            return True
        if isinstance(parent, ir.Binary) and parent.op in ("&&", "||", "??") and parent.left is child:
            return True
        if isinstance(parent, ir.Binary) and parent.op in ("===", "!==", "==", "!="):
            return True
        if isinstance(parent, (ir.If, ir.Conditional, ir.Switch)) and child is getattr(
            parent, "test", getattr(parent, "subject", None)
        ):
            return True
        child, parent = parent, index.parent(parent)
    return False
