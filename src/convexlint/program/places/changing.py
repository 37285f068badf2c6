"""Values that are others each time they are computed: what the clock and random numbers give, and what is made of
them, through constants, variables and functions of the program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import Closure, External, Global, present
from convexlint.program.model import Module
from convexlint.program.modules.index import outward
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.places.numbers import constant
from convexlint.structs import Struct, replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

MAY_CHANGE = re.compile(
    rb"\bDate\b|\brandom\b|\brandomUUID\b|\bnanoid\b|\buuid|\bulid\b|\bdayjs\b|\bmoment\b|\bluxon\b"
)
"""Stands in every module that takes a value of the clock or of chance."""
MINUTE = 60_000
_DEPTH = 8
_CLOCKS = frozenset({"Date.now", "Date", "performance.now"})
_CHANCES = frozenset({"Math.random", "crypto.randomUUID", "crypto.getRandomValues"})
_ROOTS = re.compile(r"\A(?:globalThis|window|self)\.")
_MAKERS = frozenset(
    {("uuid", "v1"), ("uuid", "v4"), ("uuid", "v6"), ("uuid", "v7"), ("nanoid", "nanoid"), ("ulid", "ulid")}
    | {("crypto", "randomUUID"), ("node:crypto", "randomUUID"), ("convex-helpers", "nanoid")}
)
_DATES = frozenset({"dayjs", "moment", "moment-timezone", "luxon"})
_KEPT = frozenset({"String", "Number", "BigInt", "JSON.stringify", "Date.parse", "Math.abs"})
_ROUNDING = frozenset({"Math.floor", "Math.round", "Math.ceil", "Math.trunc"})
_DATE_FNS = re.compile(r"(?:sub|add)(?:[A-Z]\w*)?|toDate|getTime|getUnixTime|getMilliseconds|getSeconds")
_EXACT = frozenset(
    {
        "getTime",
        "valueOf",
        "toISOString",
        "toISO",
        "toJSON",
        "toString",
        "toUTCString",
        "getMilliseconds",
        "getSeconds",
    }
    | {
        "getUTCSeconds",
        "getUTCMilliseconds",
        "unix",
        "toMillis",
        "toSeconds",
        "toDate",
        "toJSDate",
        "add",
        "subtract",
    }
    | {"plus", "minus", "utc", "clone", "toFixed"}
)
"""Methods whose result tells moments of the same minute apart."""
_PARTS = frozenset({"slice", "substring", "substr"})
_TO_THE_SECOND = 17
"""So much of `2024-05-01T10:20:30` tells seconds apart."""
_SETTERS = re.compile(r"set(?:UTC)?(?:Hours|Minutes|Seconds|Milliseconds)")


class Change(Struct, frozen=True, eq=False):
    """A value that is another one each time.

    `node` of `module`: what gives it, `Date.now()`. `by_chance`: a random one; otherwise a time. `at`: where it comes
    into the expression that was asked about: itself, or the name or the call that brings it.
    """

    module: Module
    node: ir.Expr
    by_chance: bool
    at: ir.Expr


class Changes:
    """Looks for what changes in expressions of one run of a function (`owner`, a facts function of `module`): what
    stands outside of it is computed less often."""

    def __init__(self, ev: Evaluator, module: Module, owner: int, depth: int = 0) -> None:
        self._ev = ev
        self._module = module
        self._owner = owner
        self._index = ev.world.index(module)
        self._depth = depth

    def of(self, node: ir.Expr, depth: int = 0) -> Change | None:
        """What makes an expression another one each time; None where nothing is known to."""
        node = bare(node)
        if depth > _DEPTH:
            return None
        if isinstance(node, (ir.Call, ir.New)):
            return self._of_call(node, depth + 1)
        if isinstance(node, ir.Name):
            return self._named(node, (), depth + 1)
        if isinstance(node, ir.Member):
            return self.field(node.object, (node.name,), depth + 1)
        if isinstance(node, ir.Binary):
            return self._of_binary(node, depth + 1)
        parts: tuple[ir.Expr, ...] = ()
        if isinstance(node, ir.Object):
            parts = tuple(
                prop.value for prop in node.props if prop.kind in ("pair", "shorthand", "spread", "computed")
            )
        elif isinstance(node, ir.Array):
            parts = node.items
        elif isinstance(node, ir.Spread) or (isinstance(node, ir.Unary) and node.op in ("-", "+")):
            parts = (node.value,)
        elif isinstance(node, ir.Conditional):
            parts = (node.yes, node.no)
        elif isinstance(node, ir.Template):
            parts = node.parts
        return self._first(parts, depth + 1)

    def _first(self, parts: tuple[ir.Expr, ...], depth: int) -> Change | None:
        return next((found for part in parts if (found := self.of(part, depth)) is not None), None)

    # -------------------------------------------------------------------------------------------------- calls

    def _of_call(self, node: ir.Call | ir.New, depth: int) -> Change | None:
        callee = bare(node.callee)
        value = present(self._ev.expr(self._module, callee))
        first = node.args[0] if node.args else None
        if isinstance(value, Global):
            name = _ROOTS.sub("", value.name)
            if name == "Date" and isinstance(node, ir.New) and first is not None:
                return self.of(first, depth) if len(node.args) == 1 else None
            if name in _CLOCKS or name in _CHANCES:
                return Change(self._module, node, name in _CHANCES, node)
            if name in _ROUNDING and first is not None:
                return self._rounded(first, depth)
            return self.of(first, depth) if name in _KEPT and first is not None else None
        if isinstance(value, External):
            return self._of_package(node, value, depth)
        if isinstance(value, Closure):
            return self._of_function(node, value, ())
        if isinstance(callee, ir.Member) and isinstance(node, ir.Call):
            return self._of_method(node, callee, depth)
        return None

    def _of_package(self, node: ir.Call | ir.New, value: External, depth: int) -> Change | None:
        name = value.path[-1] if value.path else ""
        if (value.package, name) in _MAKERS:
            return Change(self._module, node, True, node)
        if value.package in _DATES and name in ("", "default", "now", "utc", "local"):
            if node.args:
                return (
                    self.of(node.args[0], depth) if name in ("", "default") and len(node.args) == 1 else None
                )
            return Change(self._module, node, False, node)
        if value.package == "date-fns" and node.args and _DATE_FNS.fullmatch(name):
            return self.of(node.args[0], depth)
        return None

    def _of_method(self, node: ir.Call, callee: ir.Member, depth: int) -> Change | None:
        exact, part = callee.name in _EXACT, callee.name in _PARTS
        found = self.of(callee.object, depth) if exact or part or _is_of_text(callee.name) else None
        if found is None or found.by_chance or exact:
            return found
        end = constant(self._ev, self._module, node.args[1]) if part and len(node.args) == 2 else None
        return found if end is not None and end >= _TO_THE_SECOND else None

    def _of_function(self, node: ir.Call | ir.New, value: Closure, path: tuple[str, ...]) -> Change | None:
        """What a function of the program gives, by its own code."""
        if self._depth > _DEPTH or isinstance(node, ir.New) or MAY_CHANGE.search(value.module.source) is None:
            return None
        function = value.module.facts.functions[value.index]
        if function.is_async or function.is_generator:
            return None
        inner = Changes(self._ev, value.module, value.index, self._depth + 1)
        results = self._ev.world.index(value.module).returns.get(value.index, ())
        all_found = [inner.field(result, path) for result in results]
        found = next((one for one in all_found if one is not None), None)
        if found is None or (found.by_chance and None in all_found):  # one that was kept may be given first
            return None
        return replace(found, at=node)

    def _of_binary(self, node: ir.Binary, depth: int) -> Change | None:
        if node.op in ("||", "??"):
            found = self.of(node.right, depth)
            return self.of(node.left, depth) if found is None or found.by_chance else found
        if node.op in ("+", "*"):
            return self._first((node.left, node.right), depth)
        if node.op == "-":
            right = bare(node.right)
            rounds = isinstance(right, ir.Binary) and right.op == "%"
            return None if rounds else self._first((node.left, node.right), depth)
        if node.op in ("/", "**"):
            return self.of(node.left, depth)
        return self.of(node.right, depth) if node.op == "&&" else None

    def _rounded(self, node: ir.Expr, depth: int) -> Change | None:
        """`Math.floor(Date.now() / 1000)` changes each second; what changes each minute or less often is fine."""
        node = bare(node)
        found = self.of(node, depth)
        if found is None or found.by_chance or not isinstance(node, ir.Binary) or node.op != "/":
            return found
        step = constant(self._ev, self._module, node.right)
        return found if step is not None and step < MINUTE else None

    # ------------------------------------------------------------------------------------------------ names

    def _named(self, node: ir.Name, path: tuple[str, ...], depth: int) -> Change | None:
        """What a variable of this run holds (of it, what stands at `path`)."""
        definition = self._index.definitions.get(node.ref)
        if definition is None or definition.kind != "var" or depth > _DEPTH or self._is_kept(node.ref):
            return None
        found = None
        written_again = self._index.facts.bindings[node.ref].assigned  # and may be rounded there
        first = definition.expr if not written_again else None
        if first is not None and self._index.owner(first) == self._owner:
            keys = _keys(definition.path)
            found = None if keys is None else self.field(first, (*keys, *path), depth)
        for keys_in, written in self._index.assignments.get(node.ref, ()):
            keys = _keys(keys_in)
            if found is not None or keys is None or self._is_made_up(node.ref, written):
                continue
            if self._index.owner(written) == self._owner:
                found = self.field(written, (*keys, *path), depth)
        return None if found is None else replace(found, at=node)

    def _is_kept(self, binding: int) -> bool:
        """Whether a variable lives longer than this run, or may be given to somebody who keeps what it holds, or the
        hours, minutes or seconds of its date are set."""
        index = self._index
        if index.facts.bindings[binding].function != self._owner:
            return True
        for use in index.uses.get(binding, ()):
            node, parent = outward(index, use)
            if isinstance(parent, ir.Member) and _SETTERS.fullmatch(parent.name):
                return True
            given = isinstance(parent, ir.Call) and any(a is node for a in parent.args)
            if given and self._depth and not isinstance(index.parent(parent), ir.Return):
                return True
        return False

    def _is_made_up(self, binding: int, written: ir.Expr) -> bool:
        """Whether it is written into the variable only where that holds nothing: `if (!id) id = randomUUID()`."""
        above = self._index.parent(written)
        while above is not None and not isinstance(above, ir.Function):
            if isinstance(above, ir.If):
                names = (n for n in descendants(above.test) if isinstance(n, ir.Name))
                if any(name.ref == binding for name in names):
                    return True
            above = self._index.parent(above)
        return False

    def field(self, node: ir.Expr, path: tuple[str, ...], depth: int = 0) -> Change | None:
        """What makes the value at `path` of an expression another one each time."""
        if not path:
            return self.of(node, depth)
        node = bare(node)
        if depth > _DEPTH:
            return None
        if isinstance(node, ir.Name):
            return self._named(node, path, depth + 1)
        if isinstance(node, ir.Member):
            return self.field(node.object, (node.name, *path), depth + 1)
        if isinstance(node, ir.Conditional):
            return self.field(node.yes, path, depth + 1) or self.field(node.no, path, depth + 1)
        if isinstance(node, ir.Call):
            value = present(self._ev.expr(self._module, node.callee))
            return self._of_function(node, value, path) if isinstance(value, Closure) else None
        if not isinstance(node, ir.Object):
            return None
        for prop in reversed(node.props):
            if prop.kind == "spread":
                found = self.field(prop.value, path, depth + 1)
                if found is not None:
                    return found
            elif prop.key == path[0]:
                return (
                    self.field(prop.value, path[1:], depth + 1)
                    if prop.kind in ("pair", "shorthand")
                    else None
                )
        return None


def _keys(path: tuple[tuple[str, object], ...]) -> tuple[str, ...] | None:
    """The names on the way through a destructuring pattern; None where there are others."""
    keys = []
    for kind, name in path:
        if kind != "key" or not isinstance(name, str):
            return None
        keys.append(name)
    return tuple(keys)


def _is_of_text(name: str) -> bool:
    """Whether what a method of a text gives tells random texts apart."""
    return name in ("toUpperCase", "toLowerCase", "replace", "replaceAll", "padStart", "padEnd", "concat")
