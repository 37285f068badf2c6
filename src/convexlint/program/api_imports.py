"""Bringing `api` or `internal` into a module's scope."""

from __future__ import annotations

from convexlint.findings import Edit
from convexlint.program.editing import insert, quoted
from convexlint.program.model import Module

_GENERATED = "_generated/api"


def reference_root(module: Module, root: str) -> tuple[str, tuple[Edit, ...]] | None:
    """The name by which `module` calls `root` ("api" or "internal"), and the edits that import it where it is not
    imported yet. None where the name is taken, or the module's place is not known."""
    statement = None
    for candidate in module.facts.imports:
        plain = candidate.specifier.removesuffix(".js").removesuffix(".ts")
        if not plain.endswith(_GENERATED) or candidate.type_only:
            continue
        for name in candidate.names:
            if name.imported == root and not name.type_only:
                return name.local, ()
        if any(name.imported in ("api", "internal", "components") for name in candidate.names):
            statement = candidate
    if any(b.name == root for b in module.facts.bindings) or module.name.startswith("/"):
        return None
    if statement is not None:
        return root, (insert(module, statement.names[-1].end, f", {root}"),)
    up = "../" * module.name.count("/") or "./"
    text = f"import {{ {root} }} from {quoted(module, up + _GENERATED)}"
    last = module.facts.imports[-1] if module.facts.imports else None
    if last is None:
        return None
    end = b";" if module.source[last.end - 1 : last.end] == b";" else b""
    return root, (insert(module, last.end, "\n" + text + end.decode()),)


def reference_text(root: str, path: str) -> str:
    """`internal.a.b.f` for "a/b:f"."""
    name, _, export = path.partition(":")
    return ".".join((root, *name.split("/"), export or "default"))
