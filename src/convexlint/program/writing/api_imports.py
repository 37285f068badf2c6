"""References written out: `internal.a.b`, with `api` or `internal` brought into the module's scope."""

from __future__ import annotations

from convexlint.program.model import Module
from convexlint.program.writing.imports import Imported, ensure_import

_GENERATED = "_generated/api"


def reference_root(module: Module, root: str) -> Imported | None:
    """How `module` writes `root` ("api" or "internal"), and the edits that import it where it is not imported yet.

    None where the name is taken, or the module does not lie in the functions folder.
    """
    for statement in module.facts.imports:
        if statement.specifier.removesuffix(".js").removesuffix(".ts").endswith(_GENERATED):
            return ensure_import(module, statement.specifier, root)
    if module.name.startswith("/"):
        return None
    return ensure_import(module, ("../" * module.name.count("/") or "./") + _GENERATED, root)


def reference_text(root: str, path: str) -> str:
    """`internal.a.b.f` for "a/b:f"."""
    name, _, export = path.partition(":")
    return ".".join((root, *name.split("/"), export or "default"))
