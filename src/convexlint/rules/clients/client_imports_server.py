"""A client that imports a module which registers functions: the backend's code lands in the client's bundle."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Level, Related
from convexlint.program.behaviour.server_imports import ServerImport, server_imports
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.CLIENTS, level=Level.WARNING, concern=Concern.SECURITY)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for found in server_imports(program):
        server_module, first = found.server_module, found.functions[0]
        count = len(found.functions) - 1
        name = f"`{first.path}`" if first.path is not None else "functions"
        many = "" if not count else f" and {count} more function{'s' if count > 1 else ''}"
        brings = [f"`{found.target.name}`"]
        if found.target is not server_module:
            brings.append(f"with it `{server_module.name}`")
        related = Related(server_module.path, first.call_span, f"{name} is registered here")
        yield Finding(
            found.module.path,
            found.span,
            f"this import puts {' and '.join(brings)} into the client's bundle:"
            f" `{server_module.name}` registers {name}{many}{_worse(found)}",
            help=_help(found),
            related=(related,),
            level=Level.ERROR if found.secret is not None or found.builtin is not None else None,
        )


def _worse(found: ServerImport) -> str:
    """Why it is more than code that nobody needs there."""
    said = []
    if found.builtin is not None:
        name, module = found.builtin
        said.append(f"`{module.name}` imports `{name}`, which browsers lack")
    if found.secret is not None:
        name, module = found.secret
        said.append(f"`{module.name}` reads the secret `{name}`")
    return (
        f", {' and '.join(said)}"
        if said
        else "; Convex warns of that in the browser, and later versions throw"
    )


def _help(found: ServerImport) -> str:
    exported = {f.export: f.path for f in found.functions if f.export is not None and f.path is not None}
    named = [name for name in found.names if name in exported]
    if named and found.target is found.server_module:
        path = exported[named[0]].replace("/", ".").replace(":", ".")
        return f"name the function as `api.{path}`; `import type` where only its type is meant"
    others = ", ".join(f"`{name}`" for name in found.names if name not in ("*", "default"))
    return (
        f"move {others or 'what is shared'} into a module that registers no functions, or use `import type`"
    )
