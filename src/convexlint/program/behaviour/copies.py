"""What an object is a copy of: through spreads, `Object.assign`, `Object.fromEntries`, loops over keys, and helpers.

Where the keys are chosen on the way (`filter(([key]) => allowed.has(key))`), it is not a copy: somebody looked at them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import Closure, External, Global, Unknown, present
from convexlint.program.model import Module
from convexlint.program.modules.index import Definition
from convexlint.program.modules.nodes import bare, descendants

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_MAX_HOPS = 8
# Helpers of packages that drop what is empty, and keep every other key.
_DROPS_EMPTY = re.compile(
    r"^(omitBy|pickBy|cloneDeep|clone|compact\w*|(remove|omit|drop|strip|clean|filter)_?(Undefined|Empty|Null|Nil|Nulls|"
    r"Object)\w*)$",
    re.IGNORECASE,
)

Source = tuple[Module, ir.Expr]


class Copies:
    """Follows copies back to what they were made of."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev

    def sources(self, module: Module, node: ir.Expr, hops: int = 0) -> Iterator[Source]:
        """The expressions all of whose keys an object has; itself, where it is not a copy."""
        node = bare(node)
        while isinstance(node, ir.Await):
            node = bare(node.value)
        if hops > _MAX_HOPS:
            return
        if isinstance(node, ir.Object):
            for prop in node.props:
                if prop.kind == "spread":
                    yield from self.sources(module, prop.value, hops + 1)
        elif isinstance(node, ir.Conditional):
            yield from self.sources(module, node.yes, hops + 1)
            yield from self.sources(module, node.no, hops + 1)
        elif isinstance(node, ir.Binary) and node.op in ("??", "||", "&&"):
            yield from self.sources(module, node.left, hops + 1)
            yield from self.sources(module, node.right, hops + 1)
        elif isinstance(node, ir.Call):
            yield from self._call(module, node, hops)
        elif isinstance(node, ir.Name) and node.ref >= 0:
            yield from self._variable(module, node, hops)
        else:
            yield module, node

    def _variable(self, module: Module, node: ir.Name, hops: int) -> Iterator[Source]:
        definition = self.ev.world.index(module).definitions.get(node.ref)
        path = () if definition is None else definition.path
        is_whole = not path or (
            len(path) == 1 and path[0][0] == "rest"
        )  # `const { _id, ...rest } = copy(args.x)`
        if definition is None or definition.kind != "var" or definition.expr is None or not is_whole:
            yield module, node
            return
        made = bare(definition.expr)
        while isinstance(made, ir.Await):
            made = bare(made.value)
        if isinstance(made, (ir.Object, ir.Call, ir.Conditional)):
            yield from self.sources(module, made, hops + 1)
            yield from self._written(module, node.ref, hops)
        else:
            yield module, node

    def _written(self, module: Module, binding: int, hops: int) -> Iterator[Source]:
        """`copy[key] = value` in a loop over the keys or entries of something, and `Object.assign(copy, ...)`."""
        index = self.ev.world.index(module)
        for use in index.uses.get(binding, ()):
            parent = index.parent(use)
            if isinstance(parent, ir.Index) and parent.object is use:
                above = index.parent(parent)
                if (
                    isinstance(above, ir.Assign)
                    and above.target is parent
                    and isinstance(parent.key, ir.Name)
                ):
                    looped = self._looped(module, parent.key, above, hops)
                    if looped is not None:
                        yield from self.sources(module, looped, hops + 1)
            elif (
                isinstance(parent, ir.Call)
                and parent.args[:1] == (use,)
                and self._global(module, parent) == "Object.assign"
            ):
                for arg in parent.args[1:]:
                    yield from self.sources(module, arg, hops + 1)

    def _looped(self, module: Module, key: ir.Name, assign: ir.Assign, hops: int) -> ir.Expr | None:
        """Whose keys a loop goes through that copies them one by one."""
        definition = self.ev.world.index(module).definitions.get(key.ref)
        if definition is None or self._is_tested(module, key.ref, assign, _walked(module, definition)):
            return None
        over: ir.Expr | None = None
        if definition.kind == "loop" and definition.expr is not None:
            over = definition.expr
            if definition.loop == "in":
                return over
        elif definition.kind == "param":
            call = self._call_around(module, definition)
            if call is not None and isinstance(call.callee, ir.Member):
                over = call.callee.object
        return (
            None if over is None else next((e for _, e in self._entries(module, over, hops + 1, True)), None)
        )

    def _call_around(self, module: Module, definition: Definition) -> ir.Call | None:
        """The call that a function literal is given to, by a parameter of that."""
        index = self.ev.world.index(module)
        function = module.facts.functions[definition.index]
        for site in index.calls_by_owner.get(function.parent, ()):
            if isinstance(site.expr, ir.Call) and any(
                isinstance(a, ir.Lambda) and a.index == definition.index for a in site.expr.args
            ):
                return site.expr
        return None

    def _is_tested(self, module: Module, key: int, node: ir.Node, over: str) -> bool:
        """Whether a condition on the way to `node` asks for the key; whether there is a value at it in `over`, whose
        keys these are, does not."""

        def asks(test: ir.Node) -> bool:
            return any(
                isinstance(n, ir.Name) and n.ref == key and not _is_key_of(module, index.parent(n), over)
                for n in descendants(test)
            )

        index = self.ev.world.index(module)
        parent = index.parent(node)
        while parent is not None and not isinstance(parent, ir.Function):
            test = parent.test if isinstance(parent, (ir.If, ir.Conditional)) else None
            if isinstance(parent, ir.Binary) and parent.op in ("&&", "||"):
                test = parent.left
            if isinstance(parent, ir.Switch):
                test = parent.subject
            if test is not None and asks(test):
                return True
            if isinstance(parent, (ir.Loop, ir.Block)) and any(
                isinstance(s, ir.If) and asks(s.test) for s in parent.body
            ):
                return True  # `if (!allowed.has(key)) continue;`
            parent = index.parent(parent)
        body = parent.body if isinstance(parent, ir.Function) else ()
        return any(isinstance(s, ir.If) and asks(s.test) for s in body)

    # ------------------------------------------------------------------------------------------------ calls

    def _call(self, module: Module, node: ir.Call, hops: int) -> Iterator[Source]:
        if isinstance(node.callee, ir.Atom):
            return
        name = self._global(module, node)
        if name == "Object.fromEntries" and node.args:
            for inner, source in self._entries(module, node.args[0], hops + 1, False):
                yield from self.sources(inner, source, hops + 1)
        elif name == "Object.assign":
            for arg in node.args:
                yield from self.sources(module, arg, hops + 1)
        elif name in ("structuredClone", "JSON.parse", "JSON.stringify") and node.args:
            yield from self.sources(module, node.args[0], hops + 1)
        elif isinstance(node.callee, ir.Member) and node.callee.name == "reduce" and node.args:
            yield from self._reduced(module, node, hops)
        else:
            yield from self._helper(module, node, hops)

    def _reduced(self, module: Module, node: ir.Call, hops: int) -> Iterator[Source]:
        """`Object.entries(given).reduce((all, [key, value]) => ({ ...all, [key]: value }), {})`."""
        reducer = node.args[0]
        if not isinstance(node.callee, ir.Member) or not isinstance(reducer, ir.Lambda):
            return
        key = _key_of(module, reducer.index, 1)
        if key is None or _asks_for(module, reducer.index, key):
            return
        for inner, source in self._entries(module, node.callee.object, hops + 1, True):
            yield from self.sources(inner, source, hops + 1)

    def _helper(self, module: Module, node: ir.Call, hops: int) -> Iterator[Source]:
        value = present(self.ev.expr(module, node.callee))
        if isinstance(value, (External, Unknown)):
            name = node.callee.name if isinstance(node.callee, (ir.Member, ir.Name)) else ""
            if _DROPS_EMPTY.match(name) and node.args:
                yield from self.sources(module, node.args[0], hops + 1)
            return
        if not isinstance(value, Closure):
            return
        index = self.ev.world.index(value.module)
        function = value.module.facts.functions[value.index]
        results = index.returns.get(value.index, []) if function.expression is None else [function.expression]
        for result in results:
            for inner, source in self.sources(value.module, result, hops + 1):
                position = self._position(inner, source, value)
                if position is None:
                    if inner is not value.module or not isinstance(source, ir.Name):
                        yield inner, source
                elif position < len(node.args):
                    yield from self.sources(module, node.args[position], hops + 1)

    def _position(self, module: Module, source: ir.Expr, function: Closure) -> int | None:
        """Which parameter of a function an expression is."""
        if not isinstance(source, ir.Name) or module is not function.module:
            return None
        definition = self.ev.world.index(module).definitions.get(source.ref)
        if (
            definition is None
            or definition.kind != "param"
            or definition.index != function.index
            or definition.path
        ):
            return None
        return definition.position

    def _entries(self, module: Module, node: ir.Expr, hops: int, keys: bool) -> Iterator[Source]:
        """What the entries (with `keys`: or the keys) are of. Nothing where they are chosen by their keys."""
        node = bare(node)
        if hops > _MAX_HOPS:
            return
        if isinstance(node, ir.Name) and node.ref >= 0:
            definition = self.ev.world.index(module).definitions.get(node.ref)
            if (
                definition is not None
                and definition.kind == "var"
                and definition.expr is not None
                and not definition.path
            ):
                yield from self._entries(module, definition.expr, hops + 1, keys)
            return
        if not isinstance(node, ir.Call) or not isinstance(node.callee, ir.Member):
            return
        name = self._global(module, node)
        if node.args and (name == "Object.entries" or (keys and name in ("Object.keys", "Reflect.ownKeys"))):
            yield module, node.args[0]
        elif node.callee.name in ("map", "filter", "flatMap") and len(node.args) == 1:
            step = node.args[0]
            if not isinstance(step, ir.Lambda):
                return
            key = _key_of(module, step.index, 0)
            if node.callee.name == "map" or (key is not None and not _uses(module, step.index, key)):
                yield from self._entries(module, node.callee.object, hops + 1, keys)

    def _global(self, module: Module, node: ir.Call) -> str:
        value = self.ev.expr(module, node.callee)
        return value.name if isinstance(value, Global) else ""


def _walked(module: Module, definition: Definition) -> str:
    """The source of what a loop goes through, without `Object.keys(...)` and its like around it."""
    over = definition.expr if definition.kind == "loop" else None
    if definition.loop != "in" and isinstance(over, ir.Call) and len(over.args) == 1:
        over = over.args[0]
    return "" if over is None else module.text(Span(over.start, over.end))


def _is_key_of(module: Module, node: object, over: str) -> bool:
    """Whether `node` is `over[key]`."""
    return (
        isinstance(node, ir.Index)
        and bool(over)
        and module.text(Span(node.object.start, node.object.end)) == over
    )


def _names(node: ir.Node, binding: int) -> bool:
    return any(isinstance(n, ir.Name) and n.ref == binding for n in descendants(node))


def _key_of(module: Module, function: int, position: int) -> int | None:
    """The binding of the key in `([key, value]) => ...`, -1 where the pattern leaves it out, None if not known."""
    params = module.facts.functions[function].params
    if position >= len(params):
        return None
    pattern = params[position].pattern
    if not isinstance(pattern, ir.ArrayPattern):
        return None
    first = pattern.items[0] if pattern.items else None
    if first is None:
        return -1
    return first.ref if isinstance(first, ir.BindName) else None


def _parts(module: Module, function: int) -> Iterator[ir.Node]:
    body = module.facts.functions[function]
    yield from descendants(body.body if body.expression is None else body.expression)


def _uses(module: Module, function: int, binding: int) -> bool:
    return binding >= 0 and any(isinstance(n, ir.Name) and n.ref == binding for n in _parts(module, function))


def _asks_for(module: Module, function: int, binding: int) -> bool:
    """Whether a test in the function asks for the binding."""
    for node in _parts(module, function):
        test = node.test if isinstance(node, (ir.If, ir.Conditional)) else None
        if isinstance(node, ir.Binary) and node.op in ("&&", "||"):
            test = node.left
        if isinstance(node, ir.Switch):
            test = node.subject
        if test is not None and _names(test, binding):
            return True
    return False
