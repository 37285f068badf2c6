"""Code in the wrong runtime: Node.js in the default one, and what "use node" modules may not hold
(convex-facts 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from convexlint.discovery.project import Role
from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.effects import Effects, effects
from convexlint.program.evaluation.values import RegisteredOf
from convexlint.program.model import Module, Place, RegisteredFunction
from convexlint.program.modules.import_graph import ImportGraph, RuntimeImport
from convexlint.program.places.runs import import_graph
from convexlint.program.places.special import is_pushed, special_file
from convexlint.program.program import Program, all_functions
from convexlint.program.queries import listed, query
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

DIRECTIVE = "use node"
# Bundled for the default runtime as a shim (npm 1.39).
_SHIMMED = frozenset({"async_hooks"})
# Built-ins by names that npm packages for browsers have as well, and that therefore often resolve.
_ALSO_PACKAGES = frozenset(
    {"assert", "buffer", "constants", "events", "punycode", "process", "querystring"}
    | {"string_decoder", "sys", "url", "util"}
)
_BUILTINS = frozenset(
    """assert buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs http
    http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream
    string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib""".split()  # noqa: SIM905
)
# Packages that are native code, or speak over sockets, files or processes: none of their versions bundles for a
# browser. Each was bundled as Convex does it, and refused.
_NODE_PACKAGES = frozenset(
    """@google-cloud/storage archiver argon2 bcrypt better-sqlite3 firebase-admin fluent-ffmpeg googleapis ioredis
    jsdom mongodb mongoose mysql mysql2 nodemailer pg playwright puppeteer sharp ssh2""".split()  # noqa: SIM905
)
_NODE_GLOBALS = frozenset({"Buffer", "__dirname", "__filename", "global"})

RuntimeProblemKind = Literal[
    "builtin", "package", "node module", "no action", "no directive", "not allowed", "global"
]


class RuntimeProblem(Struct, frozen=True, eq=False):
    """One place where code and runtime do not fit.

    `kind`: "builtin" (a Node.js built-in is imported), "package" (a package that is known to need one), "node module"
    (a "use node" module is), "no action" (a
    "use node" module registers or exports one), "no directive" (the words stand where they mean nothing),
    "not allowed" (the directive in a file that may not have it), "global". `what`: the name in question.
    `way`: the imports behind the reported one that lead there. `certain`: False for a "use node" module that reaches
    nothing which the default runtime certainly lacks.
    """

    module: Module
    span: Span
    kind: RuntimeProblemKind
    what: str
    way: tuple[RuntimeImport, ...] = ()
    function: RegisteredFunction | None = None
    certain: bool = True


class Runtimes:
    """Finds the problems of a program."""

    def __init__(
        self,
        ev: Evaluator,
        effects: Effects,
        graph: ImportGraph,
        modules: tuple[Module, ...],
        functions: Callable[[], Sequence[RegisteredFunction]],
    ) -> None:
        self._ev = ev
        self._effects = effects
        self._graph = graph
        self._modules = modules
        self._functions = functions
        self._reached: frozenset[tuple[str, int]] | None = None

    def all(self) -> Iterator[RuntimeProblem]:
        for module in self._modules:
            entry = _is_entry(module)
            if entry and module.node:
                yield from self._in_node(module)
            elif entry:
                misplaced = _directive(module)
                if misplaced is not None:
                    yield RuntimeProblem(module, misplaced, "no directive", DIRECTIVE)
                for problem in self._imports(module):
                    # With the directive in its place, the file could import built-ins.
                    if misplaced is None or problem.kind == "node module":
                        yield problem
            if not module.node:
                yield from self._globals(module)

    # ------------------------------------------------------------------------------------------ use node

    def _in_node(self, module: Module) -> Iterator[RuntimeProblem]:
        special = special_file(module)
        span = _directive(module)
        if span is not None and (special is not None or self._ev.world.project.component):
            yield RuntimeProblem(module, span, "not allowed", special or "a component")
            return
        for function in self._ev.registry.of(module):
            if function.path is not None and function.kind != "action":
                yield RuntimeProblem(module, function.builder_span, "no action", function.kind, (), function)
        for export in module.facts.exports:
            if export.kind == "from" and not export.type_only:
                value = self._ev.export_value(module, export.name)
                if isinstance(value, RegisteredOf) and value.function.kind != "action":
                    span = Span(export.start, export.end)
                    yield RuntimeProblem(module, span, "no action", value.function.kind, (), value.function)

    # ------------------------------------------------------------------------------------------- imports

    def _imports(self, module: Module) -> Iterator[RuntimeProblem]:
        for edge in self._graph.of(module):
            if edge.guarded:
                continue
            way = self._way(edge, frozenset({module.path}))
            if way is not None:
                last = way[-1]
                span = Span(edge.specifier.start, edge.specifier.end)
                if isinstance(last.target, Module):
                    kind: RuntimeProblemKind = "node module"
                    what, certain = last.target.name, self._needs_node(last.target)
                else:
                    what, certain = last.specifier.text, True
                    kind = "builtin" if is_builtin(what) else "package"
                yield RuntimeProblem(module, span, kind, what, way[1:], None, certain)

    def _needs_node(self, start: Module | str) -> bool:
        """Whether a module brings a Node.js built-in, or a package that is known to need one, into a bundle."""
        seen: set[str] = set()
        pending = [start]
        while pending:
            module = pending.pop()
            if not isinstance(module, Module) or module.path in seen:
                continue
            seen.add(module.path)
            for edge in self._graph.of(module):
                if not edge.guarded and not isinstance(edge.target, Module):
                    if _lacks(edge):
                        return True
                elif not edge.guarded:
                    pending.append(edge.target)
        return False

    def _way(self, edge: RuntimeImport, seen: frozenset[str]) -> tuple[RuntimeImport, ...] | None:
        """The imports from `edge` on to something that needs Node.js; modules that are pushed for themselves
        answer for their own imports."""
        target = edge.target
        if not isinstance(target, Module):
            return (edge,) if _lacks(edge) else None
        if target.node and (_is_entry(target) or target.role is Role.MODULE):
            return (edge,)
        if _is_entry(target) or target.path in seen:
            return None
        for inner in self._graph.of(target):
            if not inner.guarded:
                way = self._way(inner, seen | {target.path})
                if way is not None:
                    return (edge, *way)
        return None

    # ------------------------------------------------------------------------------------------- globals

    def _globals(self, module: Module) -> Iterator[RuntimeProblem]:
        index = self._ev.world.index(module)
        used = [(name, owner) for name, owner in index.globals if name.name in (*_NODE_GLOBALS, "process")]
        tested = {name.name for name, _ in used if _is_typeof(index.parent(name))}
        # `if (typeof btoa === "function") return ..`: what comes after is for other runtimes.
        choosing = {owner for name, owner in index.globals if owner != 0 and _is_typeof(index.parent(name))}
        for name, owner in used:
            what, span = name.name, Span(name.start, name.end)
            if what in tested or owner in choosing or (what == "Buffer" and self._is_polyfilled()):
                continue
            if what == "process":
                member = index.parent(name)
                if not isinstance(member, ir.Member) or member.object is not name or member.name == "env":
                    continue
                if member.optional or not _needs_value(index.parent(member), member):
                    continue
                what, span = f"process.{member.name}", Span(name.start, member.end)
            if self.runs_in_default(module, owner):
                yield RuntimeProblem(module, span, "global", what)

    def runs_in_default(self, module: Module, owner: int) -> bool:
        """Whether code of a module without "use node" certainly runs in the default runtime: at its top where Convex
        bundles it for itself, in functions that a registered function of that runtime runs. `owner`: as in `Place`."""
        return _is_entry(module) if owner == 0 else (module.path, owner) in self._in_default_runtime()

    def _is_polyfilled(self) -> bool:
        return any(m.holds(b"globalThis.Buffer") or m.holds(b"global.Buffer") for m in self._modules)

    def _in_default_runtime(self) -> frozenset[tuple[str, int]]:
        """The facts functions that registered functions of the default runtime run."""
        if self._reached is None:
            reached: set[tuple[str, int]] = set()
            pending = [
                key
                for function in self._functions()
                if not function.module.node and _is_entry(function.module)
                for key in self._effects.roots(function)
            ]
            while pending:
                key = pending.pop()
                if key not in reached:
                    reached.add(key)
                    pending.extend(edge.target for edge in self._effects.summary(key).edges)
            self._reached = frozenset(reached)
        return self._reached


def _lacks(edge: RuntimeImport) -> bool:
    """Whether the default runtime lacks what is imported from outside of the program."""
    return is_builtin(edge.specifier.text) or (edge.target != "" and needs_node(edge.specifier.text))


def needs_node(specifier: str) -> bool:
    """Whether an import names a package that certainly imports Node.js built-ins."""
    parts = specifier.split("/")
    return "/".join(parts[: 2 if specifier.startswith("@") else 1]) in _NODE_PACKAGES


def is_builtin(specifier: str) -> bool:
    """Whether an import names a Node.js built-in that the default runtime certainly lacks."""
    prefix, _, plain = specifier.rpartition("node:")
    if prefix or plain.partition("/")[0] in _SHIMMED:
        return False
    if specifier.startswith("node:"):
        return True
    name = plain.partition("/")[0]
    return name in _BUILTINS and name not in _ALSO_PACKAGES and plain.count("/") <= 1


def _is_entry(module: Module) -> bool:
    """Whether Convex bundles the module for itself."""
    if module.name.startswith("/"):
        return False
    return module.role in (Role.SCHEMA, Role.AUTH_CONFIG, Role.CONVEX_CONFIG) or (
        module.role is Role.MODULE and is_pushed(module)
    )


def _directive(module: Module) -> Span | None:
    """Where "use node" stands as a statement of the module, directive or not."""
    for statement in module.facts.functions[0].body:
        value = statement.value if isinstance(statement, ir.Evaluate) else None
        if isinstance(value, ir.Text) and value.value == DIRECTIVE:
            return Span(value.start, value.end)
    return None


def _is_typeof(parent: object) -> bool:
    return isinstance(parent, ir.Unary) and parent.op == "typeof"


def _needs_value(parent: object, node: ir.Expr) -> bool:
    """Whether evaluating `parent` throws when `node` is undefined."""
    if isinstance(parent, ir.Call):
        return parent.callee is node and not parent.optional
    return isinstance(parent, (ir.Member, ir.Index)) and parent.object is node and not parent.optional


@query
def runtimes(program: Program) -> Runtimes:
    """What knows which code runs in which runtime."""
    ev = program.ev
    return Runtimes(
        ev, effects(program), import_graph(program), ev.world.looked_at, lambda: all_functions(program)
    )


@listed
def runtime_problems(program: Program) -> Iterator[RuntimeProblem]:
    """Places where code and runtime do not fit, by module and place."""
    yield from runtimes(program).all()


@query
def is_default_runtime(program: Program, place: Place) -> bool:
    """Whether the code at a place certainly runs in the default runtime."""
    return not place.module.node and runtimes(program).runs_in_default(place.module, place.owner)
