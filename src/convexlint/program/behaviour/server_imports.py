"""Modules of the backend that a client brings into its bundle."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.runtimes import is_builtin, needs_node
from convexlint.program.behaviour.secret_names import is_known_setting, is_secret
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.modules.import_graph import ImportGraph, RuntimeImport
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.nodes import callee_name
from convexlint.program.places.clients.browser_modules import browser_modules
from convexlint.program.places.clients.calls import scripts_of
from convexlint.program.places.environment import env_reads
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

_OPEN = ("NEXT_PUBLIC_", "VITE_", "PUBLIC_", "EXPO_PUBLIC_", "REACT_APP_", "NUXT_PUBLIC_")
_ON_SERVER = frozenset(
    {"loader", "action", "getServerSideProps", "getStaticProps", "getStaticPaths", "generateMetadata"}
    | {"getInitialProps", "generateStaticParams", "headers"}
)
"""Functions that frameworks take out of the browser's bundle, with the imports that only they use."""
_TAKEN_OUT = frozenset(
    {"handler", "server", "createServerOnlyFn", "routeLoader$", "server$", "defineEventHandler"}
)
"""What takes such a function: `createServerFn().handler(...)`."""


class ServerImport(Struct, frozen=True, eq=False):
    """A client's import of backend code. `span`: the specifier. `target`: the module that it names; `server_module`:
    the first of those it brings that registers functions, `functions`. `names`: what is imported of `target`.
    `secret`: a variable of the environment that they read, by its name a secret; `builtin`: an import of what Node
    alone has; each with the module that does it."""

    module: Module
    span: Span
    target: Module
    server_module: Module
    functions: tuple[RegisteredFunction, ...]
    names: tuple[str, ...]
    secret: tuple[str, Module] | None
    builtin: tuple[str, Module] | None


@listed
def server_imports(program: Program) -> Iterator[ServerImport]:
    """Imports by value, in clients that run in a browser, of modules that register functions; by file and place."""
    ev = scripts_of(program).ev
    if ev is None:
        return
    graph, own = ImportGraph(ev.world), {module.path for module in program.modules}
    for module in browser_modules(program):
        for edge in graph.of(module):
            target = edge.target
            if not isinstance(target, Module) or target.path not in own or edge.guarded:
                continue
            names, bindings = _taken(module, edge)
            if bindings and _are_removed(ev.world.index(module), bindings):
                continue
            reached = _reached(graph, own, target)
            server_module = next((m for m in reached if program.ev.registry.of(m)), None)
            if server_module is not None:
                functions = program.ev.registry.of(server_module)
                span = Span(edge.specifier.start, edge.specifier.end)
                secret, builtin = _secret(program, reached), _builtin(graph, reached)
                yield ServerImport(module, span, target, server_module, functions, names, secret, builtin)


def _taken(module: Module, edge: RuntimeImport) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """What an import statement takes by value: the exported names, and what they are bound to."""
    for statement in module.facts.imports:
        if statement.specifier_start == edge.specifier.start:
            taken = [name for name in statement.names if not name.type_only]
            return tuple(name.imported for name in taken), tuple(name.binding for name in taken)
    return (), ()


def _are_removed(index: ModuleIndex, bindings: tuple[int, ...]) -> bool:
    """Whether only functions use them that a framework leaves out of the browser's bundle."""
    uses = [use for binding in bindings for use in index.uses.get(binding, ())]
    return bool(uses) and all(_is_on_server(index, index.owner(use)) for use in uses)


def _is_on_server(index: ModuleIndex, owner: int) -> bool:
    while owner > 0:
        function = index.facts.functions[owner]
        literal = index.lambdas.get(owner)
        call = index.parent(literal) if literal is not None else None
        given_to = callee_name(call.callee)[0] if isinstance(call, ir.Call) else ""
        if function.name in _ON_SERVER or given_to in _TAKEN_OUT:
            return True
        owner = function.parent
    return False


def _reached(graph: ImportGraph, own: set[str], start: Module) -> list[Module]:
    """The modules of the backend that come with one, itself first."""
    reached, seen = [start], {start.path}
    for module in reached:  # grows while it is read
        for edge in graph.of(module):
            target = edge.target
            if (
                isinstance(target, Module)
                and target.path in own
                and target.path not in seen
                and not edge.guarded
            ):
                seen.add(target.path)
                reached.append(target)
    return reached


def _secret(program: Program, reached: list[Module]) -> tuple[str, Module] | None:
    paths = {module.path for module in reached}
    for read in env_reads(program):
        if read.place.module.path in paths:
            for name in read.names:
                if is_secret(name) and not is_known_setting(name) and not name.startswith(_OPEN):
                    return name, read.place.module
    return None


def _builtin(graph: ImportGraph, reached: list[Module]) -> tuple[str, Module] | None:
    for module in reached:
        for edge in graph.of(module):
            text = edge.specifier.text
            missing = is_builtin(text) or (edge.target != "" and needs_node(text))
            if not isinstance(edge.target, Module) and not edge.guarded and missing:
                return text, module
    return None
