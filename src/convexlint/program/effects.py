"""What functions do: direct deeds, calls, and what is reached through helpers, however deep.

The call graph holds facts functions as nodes. A function literal that is given to a call belongs to the function
around it (the callee is taken to call it). `Effects.of` walks from a registered function breadth first, so each
deed comes with a shortest chain of calls that proves it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program import registration
from convexlint.program.model import Effect, Module, Place, RegisteredFunction, Step
from convexlint.program.sites import Places
from convexlint.program.values import (
    Bound,
    ClassOf,
    Closure,
    CtxOf,
    External,
    ExternalResult,
    Global,
    Part,
    RegisteredOf,
    Value,
    members,
    present,
)

if TYPE_CHECKING:
    from convexlint.program.evaluate import Evaluator

Key = tuple[str, int]

_DB = {
    "get": "db-read",
    "query": "db-read",
    "normalizeId": "db-read",
    "insert": "db-write",
    "patch": "db-write",
    "replace": "db-write",
    "delete": "db-write",
}
_STORAGE_READ = frozenset({"getUrl", "getMetadata", "get"})
_RUN = {
    "runQuery": "run-query",
    "runMutation": "run-mutation",
    "runAction": "run-action",
    "vectorSearch": "vector-search",
}
# Kinds of effects that touch data.
DATA = frozenset(
    {
        *_DB.values(),
        *_RUN.values(),
        "schedule",
        "storage-read",
        "storage-write",
    }
)
# Globals by what they need (convex-facts 9.3).
_GLOBALS = {
    "fetch": "network",
    "setTimeout": "timer",
    "setInterval": "timer",
    "WebSocket": "network",
    "XMLHttpRequest": "network",
    "crypto.subtle.generateKey": "entropy",
    "Date.now": "clock",
    "performance.now": "clock",
    "Math.random": "random",
    "crypto.randomUUID": "random",
    "crypto.getRandomValues": "random",
}
# Functions of known packages that read through the ctx or db they are given.
_PACKAGE_READS = frozenset(
    {
        "getAll",
        "getAllOrThrow",
        "getOneFrom",
        "getOneFromOrThrow",
        "getManyFrom",
        "getManyVia",
        "getManyViaOrThrow",
        "getOrThrow",
        "getPage",
    }
)
IDENTITY_CALLS = frozenset(
    {
        "getAuthUserId",
        "getAuthSessionId",
        "getAuthUser",
        "safeGetAuthUser",
        "getUserIdentity",
        "getUserId",
        "getSessionId",
        "getSession",
    }
)


@dataclass(slots=True)
class Deed:
    """Something done directly in a facts function. `guarded`: under a test for the kind of ctx."""

    kind: str
    what: str
    place: Place
    node: ir.Expr
    guarded: bool


@dataclass(slots=True)
class Edge:
    """A call (or hand-over) of another function. `hop` None: the callee's body is part of this function."""

    target: Key
    hop: Step | None
    node: ir.Expr
    order: int


@dataclass(slots=True)
class Summary:
    deeds: list[Deed] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


class Effects:
    """Lazy summaries of facts functions and effects of registered ones."""

    def __init__(self, ev: Evaluator, places: Places) -> None:
        self.ev = ev
        self.places = places
        self._summaries: dict[Key, Summary] = {}
        self._effects: dict[int, tuple[Effect, ...]] = {}

    # ------------------------------------------------------------------------------------------- summaries

    def summary(self, key: Key) -> Summary:
        """Deeds and calls that stand directly in a facts function."""
        found = self._summaries.get(key)
        if found is None:
            found = self._summaries[key] = self._summarise(self.ev.world.modules[key[0]], key[1])
        return found

    def _summarise(self, module: Module, owner: int) -> Summary:
        summary = Summary()
        index = self.ev.world.index(module)
        for site in index.calls_by_owner.get(owner, ()):
            node = site.expr
            if isinstance(node.callee, ir.Atom):
                continue
            target = present(self.ev.expr(module, node.callee))
            for value in members(target):
                self._call(module, owner, node, value, summary)
            for arg in node.args:
                inner = arg.value if isinstance(arg, ir.Spread) else arg
                if isinstance(inner, ir.Lambda):
                    summary.edges.append(Edge((module.path, inner.index), None, node, node.start))
                elif isinstance(inner, ir.Name) and inner.ref >= 0 and self._names_function(module, inner):
                    passed = present(self.ev.expr(module, inner))
                    if isinstance(passed, Closure) and not isinstance(target, RegisteredOf):
                        hop = Step(self._place(module, inner, owner), f"passes `{inner.name}` on")
                        summary.edges.append(Edge((passed.module.path, passed.index), hop, inner, node.start))
        return summary

    def _names_function(self, module: Module, name: ir.Name) -> bool:
        definition = self.ev.world.index(module).definitions.get(name.ref)
        if definition is None:
            return False
        return definition.kind in ("function", "import") or (
            definition.kind == "var" and isinstance(definition.expr, ir.Lambda)
        )

    def _place(self, module: Module, node: ir.Node, owner: int) -> Place:
        return self.places.at(module, node.start, node.end, owner)

    def _call(
        self, module: Module, owner: int, node: ir.Call | ir.New, value: Value, summary: Summary
    ) -> None:
        kind = type(value)
        if isinstance(value, Bound):
            found = self._bound(value)
            if found is not None:
                self._deed(module, owner, node, found, summary)
        elif isinstance(value, Global):
            name = value.name
            if name == "Date":
                if not node.args and isinstance(node, ir.New):
                    self._deed(module, owner, node, "clock", summary)
            elif name in _GLOBALS:
                self._deed(module, owner, node, _GLOBALS[name], summary)
        elif isinstance(value, Closure):
            hop = Step(self._place(module, node, owner), f"calls `{_short(module, node.callee)}`")
            inline = isinstance(node.callee, ir.Lambda)
            summary.edges.append(
                Edge((value.module.path, value.index), None if inline else hop, node, node.start)
            )
        elif isinstance(value, ClassOf):
            for member in value.module.facts.classes[value.index].members:
                if member.kind == "constructor" and member.function >= 0:
                    hop = Step(
                        self._place(module, node, owner), f"constructs `{_short(module, node.callee)}`"
                    )
                    summary.edges.append(Edge((value.module.path, member.function), hop, node, node.start))
        elif isinstance(value, RegisteredOf):
            handler = value.function.handler
            if handler is not None:
                hop = Step(self._place(module, node, owner), f"calls `{_short(module, node.callee)}`")
                summary.edges.append(Edge((handler.module.path, handler.index), hop, node, node.start))
        elif isinstance(value, (External, ExternalResult)):
            path = value.path
            if path and path[-1] in IDENTITY_CALLS:
                self._deed(module, owner, node, "auth", summary)
            elif (
                isinstance(value, External)
                and path
                and path[-1] in _PACKAGE_READS
                and value.package.startswith("convex-helpers")
            ):
                self._deed(module, owner, node, "db-read", summary)

    @staticmethod
    def _bound(value: Bound) -> str | None:
        receiver = value.receiver
        if isinstance(receiver, Part):
            if receiver.name in ("db", "system"):
                return _DB.get(value.name)
            if receiver.name == "auth":
                return "auth"
            if receiver.name == "scheduler":
                return "schedule"
            if receiver.name == "storage":
                return "storage-read" if value.name in _STORAGE_READ else "storage-write"
            return None
        return _RUN.get(value.name) if isinstance(receiver, CtxOf) else None

    def _deed(self, module: Module, owner: int, node: ir.Call | ir.New, kind: str, summary: Summary) -> None:
        callee = node.callee
        place = self.places.at(module, callee.start, callee.end, owner)
        what = ("new " if isinstance(node, ir.New) else "") + _short(module, callee)
        summary.deeds.append(Deed(kind, what, place, node, self._kind_tested(module, node)))

    def _kind_tested(self, module: Module, node: ir.Expr) -> bool:
        """Whether the deed runs only when a test of the ctx's own members allows it (`if ("db" in ctx)`)."""
        index = self.ev.world.index(module)
        child: object = node
        parent = index.parent(node)
        while parent is not None and not isinstance(parent, ir.Function):
            if isinstance(parent, ir.If) and child is not parent.test and tests_ctx(parent.test):
                return True
            if isinstance(parent, ir.Conditional) and child is not parent.test and tests_ctx(parent.test):
                return True
            child, parent = parent, index.parent(parent)
        return False

    # --------------------------------------------------------------------------------------------- effects

    def roots(self, function: RegisteredFunction) -> list[Key]:
        """The facts functions that run when a registered function is called: its customizations, the wrapper
        around its handler, the handler."""
        keys: list[Key] = []
        if function.handler is not None:
            keys.append((function.handler.module.path, function.handler.index))
        if function.wrapper is not None:
            keys.append((function.wrapper.module.path, function.wrapper.index))
        for customization in function.customizations:
            entered = registration.customization_input(self.ev, customization)
            if entered is not None:
                keys.append((entered.module.path, entered.index))
        return keys

    def of(self, function: RegisteredFunction) -> tuple[Effect, ...]:
        """All that the function's handler does, directly or through helpers; each deed once."""
        found = self._effects.get(id(function))
        if found is None:
            found = self._effects[id(function)] = tuple(self._reach(function))
        return found

    def _reach(self, function: RegisteredFunction) -> Iterator[Effect]:
        if function.handler is None:
            return
        start = (function.handler.module.path, function.handler.index)
        seen: set[Key] = {start}
        queue: deque[tuple[Key, tuple[Step, ...]]] = deque([(start, ())])
        while queue:
            key, chain = queue.popleft()
            summary = self.summary(key)
            for deed in summary.deeds:
                yield Effect(deed.kind, deed.what, deed.place, chain, deed.guarded)
            for edge in summary.edges:
                if edge.target in seen:
                    continue
                seen.add(edge.target)
                step = () if edge.hop is None else (edge.hop,)
                if edge.hop is None:
                    queue.appendleft((edge.target, chain))
                else:
                    queue.append((edge.target, chain + step))


def tests_ctx(test: ir.Expr) -> bool:
    """`ctx.db`, `"db" in ctx`, `typeof ctx.runQuery === "function"`, alone or in a logical expression."""
    if isinstance(test, ir.Member):
        return test.name in ("db", "runQuery", "runMutation", "runAction")
    if isinstance(test, ir.Binary):
        if test.op == "in":
            return isinstance(test.left, ir.Text) and test.left.value in (
                "db",
                "runQuery",
                "runMutation",
                "runAction",
            )
        return tests_ctx(test.left) or tests_ctx(test.right)
    if isinstance(test, (ir.Unary, ir.Cast)):
        return tests_ctx(test.value)
    return False


def _short(module: Module, callee: ir.Expr) -> str:
    """A callee as written, on one line, at most 60 characters."""
    text = " ".join(module.source[callee.start : callee.end].decode("utf-8", "replace").split())
    return text if len(text) <= 60 else text[:57] + "..."
