"""Which of the clients run in a browser (or a phone): what their bundle holds, everybody who looks can read."""

from __future__ import annotations

import re

from convexlint.discovery.roles import is_test
from convexlint.program.model import Module
from convexlint.program.modules.import_graph import ImportGraph
from convexlint.program.places.clients.calls import client_modules, scripts_of
from convexlint.program.program import Program
from convexlint.program.queries import query

_HOOK = re.compile(r"use[A-Z]\w*")
_HOOKED = re.compile(
    r"react|preact(?:/hooks)?|convex/react.*|convex-svelte|convex-vue|@convex-dev/react-query|convex-helpers/react.*"
    r"|@tanstack/(?:react|vue|svelte)-query|react-native|expo(?:-[\w-]+)?"
)
_SPLIT = re.compile(rb"[\"'](?:next(?:/[\w./-]+)?|convex/nextjs|server-only)[\"']|\A\s*[\"']use client[\"']")
_ON_SERVER = re.compile(
    r"\.server\.\w+\Z|(?:\A|/)(?:route|middleware|proxy)\.[jt]sx?\Z|(?:\A|/)\+(?:page|layout)\.server\.|/pages/api/"
    r"|(?:\A|/)\+server\.|(?:\A|/)server/|\.(?:config|stories)\.\w+\Z|\.astro\Z"
)


@query
def browser_modules(program: Program) -> tuple[Module, ...]:
    """The clients that certainly run in a browser: components, what calls hooks, and what these import; by path. Where
    the server renders components as well (Next), those alone that say `"use client"` or call hooks."""
    scripts = scripts_of(program)
    if scripts.ev is None:
        return ()
    modules = client_modules(program)
    split = any(module.holds(_SPLIT) for module in modules)
    graph = ImportGraph(scripts.ev.world)
    pending = [module for module in modules if not is_on_server(module) and _is_shown(module, split)]
    ours = {module.path for module in modules}
    found = {module.path: module for module in pending}
    while pending:
        for edge in graph.of(pending.pop()):
            target = edge.target
            if not isinstance(target, Module) or target.path not in ours or target.path in found:
                continue
            if not is_on_server(target):
                found[target.path] = target
                pending.append(target)
    return tuple(found[path] for path in sorted(found))


def _is_shown(module: Module, split: bool) -> bool:
    if "use client" in module.head.directives or module.path.endswith((".svelte", ".vue")):
        return True
    hooked = (s for s in module.facts.imports if not s.type_only and _HOOKED.fullmatch(s.specifier))
    if any(_HOOK.fullmatch(name.imported) for one in hooked for name in one.names if not name.type_only):
        return True
    return not split and module.path.endswith((".tsx", ".jsx"))


def is_on_server(module: Module) -> bool:
    """Whether it surely runs elsewhere: in a test, on the server, in a build."""
    near = "/".join(module.path.split("/")[-3:])
    if is_test(near) or _ON_SERVER.search(near) is not None or "use server" in module.head.directives:
        return True
    return any(specifier.text == "server-only" for specifier in module.head.specifiers)
