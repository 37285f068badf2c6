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
    UNKNOWN,
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
MAX_BASES = 8  # classes above a class
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
    """A call (or hand-over) of another function. `hop` None: the callee's body is part of this function.
    `guarded`: under a test for the kind of ctx."""

    target: Key
    hop: Step | None
    node: ir.Expr
    guarded: bool


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
                if node.callee.kind == "super":
                    self._super(module, owner, node, summary)
                continue
            target = present(self.ev.expr(module, node.callee))
            for value in members(target):
                self._call(module, owner, node, value, summary)
            guarded = self._kind_tested(module, node)
            for arg in node.args:
                inner = arg.value if isinstance(arg, ir.Spread) else arg
                for index_ in _functions_in(inner):
                    summary.edges.append(Edge((module.path, index_), None, node, guarded))
                if isinstance(inner, ir.Name) and inner.ref >= 0 and self._names_function(module, inner):
                    passed = present(self.ev.expr(module, inner))
                    if isinstance(passed, Closure) and not isinstance(target, RegisteredOf):
                        hop = Step(self._place(module, inner, owner), f"passes `{inner.name}` on")
                        key = (passed.module.path, passed.index)
                        summary.edges.append(Edge(key, hop, inner, guarded))
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
            self._edge(module, node, (value.module.path, value.index), None if inline else hop, summary)
        elif isinstance(value, ClassOf):
            made = self._constructor(value)
            if made is not None:
                hop = Step(self._place(module, node, owner), f"constructs `{_short(module, node.callee)}`")
                self._edge(module, node, made, hop, summary)
        elif isinstance(value, RegisteredOf):
            handler = value.function.handler
            if handler is not None:
                hop = Step(self._place(module, node, owner), f"calls `{_short(module, node.callee)}`")
                self._edge(module, node, (handler.module.path, handler.index), hop, summary)
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

    def _edge(
        self, module: Module, node: ir.Call | ir.New, target: Key, hop: Step | None, summary: Summary
    ) -> None:
        summary.edges.append(Edge(target, hop, node, self._kind_tested(module, node)))

    def _constructor(self, value: ClassOf) -> Key | None:
        """The constructor that `new` runs: the class's own, or the nearest inherited one."""
        for _ in range(MAX_BASES):
            klass = value.module.facts.classes[value.index]
            for member in klass.members:
                if member.kind == "constructor" and member.function >= 0:
                    return value.module.path, member.function
            base = UNKNOWN if klass.superclass is None else self.ev.expr(value.module, klass.superclass)
            if not isinstance(base, ClassOf):
                return None
            value = base
        return None

    def _super(self, module: Module, owner: int, node: ir.Call | ir.New, summary: Summary) -> None:
        """`super(...)` runs the constructor of the base class."""
        klass = module.facts.functions[owner].owner_class
        superclass = module.facts.classes[klass].superclass if klass >= 0 else None
        base = UNKNOWN if superclass is None else self.ev.expr(module, superclass)
        made = self._constructor(base) if isinstance(base, ClassOf) else None
        if made is not None:
            self._edge(module, node, made, Step(self._place(module, node, owner), "calls `super`"), summary)

    def _kind_tested(self, module: Module, node: ir.Expr) -> bool:
        """Whether the node runs only when a test of the ctx's own members allows it: `if ("db" in ctx) ...`,
        `ctx.db && ...`, or behind `if (!("db" in ctx)) return;`."""
        index = self.ev.world.index(module)
        child: object = node
        parent = index.parent(node)
        while parent is not None:
            if isinstance(parent, (ir.If, ir.Conditional)):
                if child is not parent.test and self._tests_ctx(module, parent.test):
                    return True
            elif isinstance(parent, ir.Binary) and parent.op in ("&&", "||"):
                if child is parent.right and self._tests_ctx(module, parent.left):
                    return True
            if any(self._left_before(module, body, child) for body in _bodies(parent)):
                return True
            if isinstance(parent, ir.Function):
                return False
            child, parent = parent, index.parent(parent)
        return False

    def _left_before(self, module: Module, body: tuple[ir.Stmt, ...], child: object) -> bool:
        """Whether a test of the ctx's members leaves the statements before `child` comes among them."""
        left = False
        for statement in body:
            if statement is child:
                return left
            if isinstance(statement, ir.If) and self._tests_ctx(module, statement.test):
                left = left or leaves(statement.yes) or leaves(statement.no)
        return False

    def _tests_ctx(self, module: Module, test: ir.Expr) -> bool:
        """A test of the ctx's members, also one held in a const."""
        if tests_ctx(test):
            return True
        if isinstance(test, (ir.Unary, ir.Cast)):
            return self._tests_ctx(module, test.value)
        if isinstance(test, ir.Binary):
            return self._tests_ctx(module, test.left) or self._tests_ctx(module, test.right)
        if not isinstance(test, ir.Name):
            return False
        definition = self.ev.world.index(module).definitions.get(test.ref)
        if definition is None or definition.keyword != "const" or definition.path or definition.expr is None:
            return False
        # `const db = ctx.db` and `const user = ctx.db && ...` are no tests, `const inQuery = "db" in ctx` is one.
        held = definition.expr
        return isinstance(held, (ir.Binary, ir.Unary)) and held.op in _TEST_OPS and tests_ctx(held)

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
        """All that happens when the function is called, directly or through helpers; each deed once. What its
        customizations and wrappers do is reached through its builder."""
        found = self._effects.get(id(function))
        if found is None:
            found = self._effects[id(function)] = tuple(self._reach(function))
        return found

    def _reach(self, function: RegisteredFunction) -> Iterator[Effect]:
        """Breadth first; where only a test for the kind of ctx leads, last and guarded."""
        seen: set[Key] = set()
        queue: deque[tuple[Key, tuple[Step, ...]]] = deque()
        behind: deque[tuple[Key, tuple[Step, ...]]] = deque()
        place = Place(function.module, function.builder_span, function.owner_function, None)
        through = Step(place, f"calls `{function.builder}`")
        for key in self.roots(function):
            if key not in seen:
                seen.add(key)
                own = function.handler is not None and key == (
                    function.handler.module.path,
                    function.handler.index,
                )
                queue.append((key, () if own else (through,)))
        guarded = False
        while queue or behind:
            if not queue:
                guarded = True
                key, chain = behind.popleft()
                if key in seen:
                    continue
                seen.add(key)
            else:
                key, chain = queue.popleft()
            summary = self.summary(key)
            for deed in summary.deeds:
                yield Effect(deed.kind, deed.what, deed.place, chain, guarded or deed.guarded)
            for edge in summary.edges:
                step = chain if edge.hop is None else (*chain, edge.hop)
                if edge.guarded and not guarded:
                    behind.append((edge.target, step))
                elif edge.target not in seen:
                    seen.add(edge.target)
                    if edge.hop is None:
                        queue.appendleft((edge.target, step))
                    else:
                        queue.append((edge.target, step))


_CTX_MEMBERS = frozenset({"db", "scheduler", "storage", "vectorSearch", *_RUN})
_TEST_OPS = frozenset({"in", "===", "!==", "==", "!=", "!", "&&", "||"})


def tests_ctx(test: ir.Expr) -> bool:
    """`ctx.db`, `"db" in ctx`, `typeof ctx.runQuery === "function"`, alone or in a logical expression."""
    if isinstance(test, ir.Member):
        return test.name in _CTX_MEMBERS
    if isinstance(test, ir.Binary):
        if test.op == "in":
            return isinstance(test.left, ir.Text) and test.left.value in _CTX_MEMBERS
        return tests_ctx(test.left) or tests_ctx(test.right)
    if isinstance(test, (ir.Unary, ir.Cast)):
        return tests_ctx(test.value)
    return False


def leaves(body: tuple[ir.Stmt, ...]) -> bool:
    """Whether control never comes to the end of these statements."""
    for statement in body:
        if isinstance(statement, (ir.Throw, ir.Return, ir.Jump)):
            return True
        if isinstance(statement, ir.Block) and leaves(statement.body):
            return True
        if isinstance(statement, ir.If) and leaves(statement.yes) and leaves(statement.no):
            return True
    return False


def _bodies(node: object) -> tuple[tuple[ir.Stmt, ...], ...]:
    """The lists of statements in which control comes from one to the next."""
    if isinstance(node, (ir.Function, ir.Block, ir.Loop, ir.Case)):
        return (node.body,)
    if isinstance(node, ir.If):
        return node.yes, node.no
    if isinstance(node, ir.Try):
        return node.body, node.handler or (), node.final
    return ()


def _functions_in(node: ir.Expr) -> Iterator[int]:
    """Functions written as an argument, or in an object or array given as one: the callee may call them."""
    if isinstance(node, ir.Lambda):
        yield node.index
    elif isinstance(node, ir.Object):
        for prop in node.props:
            yield from _functions_in(prop.value)
    elif isinstance(node, ir.Array):
        for item in node.items:
            yield from _functions_in(item)
    elif isinstance(node, (ir.Cast, ir.Spread)):
        yield from _functions_in(node.value)
    elif isinstance(node, ir.Conditional):
        yield from _functions_in(node.yes)
        yield from _functions_in(node.no)
    elif isinstance(node, ir.Binary):
        yield from _functions_in(node.left)
        yield from _functions_in(node.right)


def _short(module: Module, callee: ir.Expr) -> str:
    """A callee as written, on one line, at most 60 characters."""
    text = " ".join(module.source[callee.start : callee.end].decode("utf-8", "replace").split())
    return text if len(text) <= 60 else text[:57] + "..."
