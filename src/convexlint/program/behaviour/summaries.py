"""What stands directly in a function: what it does itself, and what it calls.

The call graph holds facts functions as nodes. A function literal that is given to a call belongs to the function
around it (the callee is taken to call it).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.behaviour.branches import Conditions, conditions
from convexlint.program.behaviour.handing import runs_argument
from convexlint.program.evaluation import known
from convexlint.program.evaluation.params import param_value
from convexlint.program.evaluation.values import (
    UNKNOWN,
    Bound,
    ClassOf,
    Closure,
    CtxOf,
    External,
    ExternalResult,
    FunctionType,
    Global,
    Lit,
    Part,
    RegisteredOf,
    Unknown,
    Value,
    members,
    present,
)
from convexlint.program.evaluation.written import called
from convexlint.program.model import EffectKind, Module, Place, Step
from convexlint.program.modules.enclosing import is_caught
from convexlint.program.modules.index import Definition
from convexlint.program.modules.nodes import callee_name
from convexlint.program.places.sites import Locator
from convexlint.program.queries import Memo
from convexlint.structs import Struct, field, replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

Key = tuple[str, int]

_DB: dict[str, EffectKind] = {
    "get": "db-read",
    "query": "db-read",
    "normalizeId": "db-read",
    "insert": "db-write",
    "patch": "db-write",
    "replace": "db-write",
    "delete": "db-write",
}
_STORAGE_READ = frozenset({"getUrl", "getMetadata", "get"})
_RUN: dict[str, EffectKind] = {
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
_GLOBALS: dict[str, EffectKind] = {
    "fetch": "network",
    "setTimeout": "timer",
    "setInterval": "timer",
    "WebSocket": "network",
    "XMLHttpRequest": "network",
    "EventSource": "network",
    "navigator.sendBeacon": "network",
    "setImmediate": "timer",
    "crypto.subtle.generateKey": "entropy",
    "Date.now": "clock",
    "performance.now": "clock",
    "Math.random": "random",
    "crypto.randomUUID": "random",
    "crypto.getRandomValues": "random",
}
_CALLS = ("call", "apply")
"""Methods of functions that call them."""
_RANDOMISED = {"sign": frozenset({"ECDSA", "RSA-PSS"}), "encrypt": frozenset({"RSA-OAEP"})}
MAX_BASES = 8  # classes above a class
# What functions of packages that read the caller's identity are called, besides those of packages that are known.
_IDENTITY_CALLS = frozenset({"getUserIdentity", "getUserId", "getSessionId", "getSession"})


def asks_identity(name: str) -> bool:
    """Whether a function of a package, by its name, reads who is calling."""
    return name in _IDENTITY_CALLS or name in known.identity_names()


class Deed(Struct, gc=False):
    """Something done directly in a facts function, under `conditions`."""

    kind: EffectKind
    what: str
    place: Place
    node: ir.Expr
    conditions: Conditions


class Edge(Struct, gc=False):
    """A call (or hand-over) of another function. `hop` None: the callee's body is part of this function. `kept`: it is
    handed to somebody who may keep it for later."""

    target: Key
    hop: Step | None
    node: ir.Expr
    conditions: Conditions
    kept: bool = False


class Summary(Struct):
    deeds: list[Deed] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


class Summaries:
    """Lazy summaries of facts functions."""

    def __init__(self, ev: Evaluator, places: Locator, memo: Memo) -> None:
        self.ev = ev
        self._memo = memo
        self.places = places

    def summary(self, key: Key) -> Summary:
        """Deeds and calls that stand directly in a facts function."""
        return self._memo.answer(
            (Summaries.summary, key), lambda: self._summarise(self.ev.world.modules[key[0]], key[1])
        )

    def _summarise(self, module: Module, owner: int) -> Summary:
        summary = Summary()
        index = self.ev.world.index(module)
        for site in index.calls_by_owner.get(owner, ()):
            node = site.expr
            if isinstance(node.callee, ir.Atom):
                if node.callee.kind == "super":
                    self._super(module, owner, node, summary)
                elif node.callee.kind == "import" and not is_caught(index, node):
                    self._deed(module, owner, node, "import", summary)
                continue
            target = present(called(self.ev, module, node.callee))
            for value in members(target):
                if not self.is_callback(module, node.callee, value):
                    self._call(module, owner, node, value, summary)
            for position, arg in enumerate(node.args):
                inner = arg.value if isinstance(arg, ir.Spread) else arg
                edges = list(self._handed(module, owner, node, inner, target))
                if edges and not runs_argument(self.ev, module, node, target, position):
                    edges = [replace(edge, kept=True) for edge in edges]
                summary.edges.extend(edges)
        return summary

    def _handed(
        self, module: Module, owner: int, node: ir.Call | ir.New, inner: ir.Expr, target: Value
    ) -> Iterator[Edge]:
        """The edges to the functions that an argument hands over: written in it, or named by it."""
        conditions_ = self._conditions(module, node)
        for index in _functions_in(inner):
            yield Edge((module.path, index), None, node, conditions_)
        named = _unbound(inner)
        if self._names_function(module, named):
            passed = present(self.ev.expr(module, named))
            if isinstance(passed, Closure) and not isinstance(target, RegisteredOf):
                hop = Step(self._place(module, inner, owner), f"passes `{_short(module, named)}` on")
                yield Edge((passed.module.path, passed.index), hop, inner, conditions_)

    def is_callback(self, module: Module, callee: ir.Expr, value: Value) -> bool:
        """Whether a callee comes out of a parameter: what every caller ever handed over is not a deed of this one.
        Functions that are handed over count where they are."""
        if not isinstance(value, Closure) or value.this is not None:
            return False
        root = callee
        for _ in range(MAX_BASES):
            if isinstance(root, (ir.Member, ir.Index)):
                root = root.object
            elif isinstance(root, (ir.Cast, ir.Await)):
                root = root.value
            elif isinstance(root, ir.Name):
                definition = self.ev.world.index(module).definitions.get(root.ref)
                if definition is not None and definition.kind == "param":
                    return not self._is_ctx(module, definition)
                if definition is None or definition.kind not in ("loop", "var") or definition.expr is None:
                    return False
                root = definition.expr
            else:
                return False
        return False

    def _is_ctx(self, module: Module, definition: Definition) -> bool:
        """Whether a parameter is the ctx that a builder makes: the functions that it puts there are known."""
        value = param_value(self.ev, module, definition.index, definition.position, None)
        return isinstance(present(value), CtxOf)

    def handed_over(self, module: Module, node: ir.Expr) -> Iterator[Key]:
        """The functions of the project that an argument hands over: written in it, or named by it."""
        inner = node.value if isinstance(node, ir.Spread) else node
        for index in _functions_in(inner):
            yield module.path, index
        if isinstance(inner, ir.Array):
            for item in inner.items:
                if isinstance(item, ir.Name):
                    yield from self.handed_over(module, item)
        named = _unbound(inner)
        if self._names_function(module, named):
            passed = present(self.ev.expr(module, named))
            if isinstance(passed, Closure):
                yield passed.module.path, passed.index

    def _names_function(self, module: Module, node: ir.Expr) -> bool:
        """Whether an expression may name a function of the project: `remove`, `net.post`, `this.post`. It is asked of
        every argument, so how it is written must do."""
        root = node
        while isinstance(root, (ir.Member, ir.Index)):
            root = root.object
        if isinstance(root, ir.Call) and root is not node:
            root = root.callee  # `mailer().send`
        if isinstance(root, ir.Atom):
            return root.kind == "this" and root is not node
        if not isinstance(root, ir.Name) or root.ref < 0:
            return False
        definition = self.ev.world.index(module).definitions.get(root.ref)
        if definition is None:
            return False
        if root is not node:
            made = isinstance(definition.expr, (ir.Lambda, ir.New, ir.Object))
            return (definition.kind == "var" and made) or definition.kind in ("class", "function", "import")
        if definition.kind in ("function", "import"):
            return True
        # `const post = net.post`, `const { post } = net`; what is awaited or called gives data.
        return definition.kind == "var" and isinstance(definition.expr, (ir.Lambda, ir.Member, ir.Name))

    def _place(self, module: Module, node: ir.Node, owner: int) -> Place:
        return self.places.at(module, node.start, node.end, owner)

    def _call(
        self, module: Module, owner: int, node: ir.Call | ir.New, value: Value, summary: Summary
    ) -> None:
        if isinstance(value, Bound) and value.name in _CALLS and isinstance(value.receiver, (Closure, Bound)):
            value = value.receiver  # `helper.call(this, ctx)`
        if isinstance(value, Bound):
            found = self._bound(value)
            if found is not None:
                self._deed(module, owner, node, found, summary)
        elif isinstance(value, Global):
            name = value.name
            for way in _CALLS:
                name = name.removesuffix(f".{way}")
            if name == "Date":
                if not node.args and isinstance(node, ir.New):
                    self._deed(module, owner, node, "clock", summary)
            elif name in _GLOBALS or self._draws_entropy(module, node, name):
                self._deed(module, owner, node, _GLOBALS.get(name, "entropy"), summary)
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
        elif isinstance(value, (FunctionType, Unknown)):
            if callee_name(node.callee)[0] == "getUserIdentity":
                self._deed(module, owner, node, "auth", summary)  # of a ctx with a type of the project's own
        elif isinstance(value, (External, ExternalResult)):
            path = value.path
            if path and asks_identity(path[-1]):
                self._deed(module, owner, node, "auth", summary)
            elif isinstance(value, External) and path:
                kind = known.package_of(value.package).effects.get(path[-1])
                if kind is not None:
                    self._deed(module, owner, node, kind, summary)

    def _draws_entropy(self, module: Module, node: ir.Call | ir.New, name: str) -> bool:
        """Whether an operation of `crypto.subtle` needs random numbers, by the algorithm that it is given."""
        drawn = _RANDOMISED.get(name.rpartition(".")[2]) if name.startswith("crypto.subtle.") else None
        if drawn is None or not node.args:
            return False
        algorithm = self.ev.expr(module, node.args[0])
        if not isinstance(algorithm, Lit):
            algorithm = self.ev.member(algorithm, "name")
        return all(isinstance(m, Lit) and str(m.value).upper() in drawn for m in members(algorithm))

    @staticmethod
    def _bound(value: Bound) -> EffectKind | None:
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

    def _deed(
        self, module: Module, owner: int, node: ir.Call | ir.New, kind: EffectKind, summary: Summary
    ) -> None:
        callee = node.callee
        place = self.places.at(module, callee.start, callee.end, owner)
        named = node if kind == "import" else callee
        what = ("new " if isinstance(node, ir.New) else "") + _short(module, named)
        summary.deeds.append(Deed(kind, what, place, node, self._conditions(module, node)))

    def _edge(
        self, module: Module, node: ir.Call | ir.New, target: Key, hop: Step | None, summary: Summary
    ) -> None:
        summary.edges.append(Edge(target, hop, node, self._conditions(module, node)))

    def _conditions(self, module: Module, node: ir.Expr) -> Conditions:
        return conditions(self.ev.world.index(module), node)

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


def _unbound(node: ir.Expr) -> ir.Expr:
    """`this.post` of `this.post.bind(this)`."""
    callee = node.callee if isinstance(node, ir.Call) else None
    return callee.object if isinstance(callee, ir.Member) and callee.name == "bind" else node


def _short(module: Module, callee: ir.Expr) -> str:
    """A callee as written, on one line, at most 60 characters."""
    text = " ".join(module.source[callee.start : callee.end].decode("utf-8", "replace").split())
    text = text.replace(" .", ".").replace(" ?.", "?.")  # chains are written over several lines
    return text if len(text) <= 60 else text[:57] + "..."
