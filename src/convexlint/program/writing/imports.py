"""Bringing a name into a module: merged into an import that is there, or as an import of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from convexlint.facts.ir import Declare, Evaluate, Import, Text
from convexlint.findings import Edit
from convexlint.program.model import Module
from convexlint.program.writing.editing import insert, line_indent, quote_of

_EXPORT = re.compile(rb"\bexport(?:\s+default)?\s*\Z")
_TYPE_STATEMENT = re.compile(rb"import\s+type\b")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*\Z")

_TYPES = frozenset(
    {
        "ActionCtx",
        "DatabaseReader",
        "DatabaseWriter",
        "DataModel",
        "Doc",
        "FunctionReference",
        "GenericActionCtx",
    }
    | {
        "GenericId",
        "GenericMutationCtx",
        "GenericQueryCtx",
        "Id",
        "Infer",
        "MutationCtx",
        "QueryCtx",
        "TableNames",
    }
)
"""Exports of convex and of its generated modules that are types and nothing else."""


@dataclass(frozen=True, slots=True)
class Imported:
    """`text`: how the module writes the name (`v`, `val`, `values.v`). `edits`: what must change for it."""

    text: str
    edits: tuple[Edit, ...]


def ensure_import(module: Module, specifier: str, name: str) -> Imported | None:
    """Make the export `name` of `specifier` usable at the module's top level.

    None where it cannot be: the module declares the name at its top level as something else.
    """
    same = [i for i in module.facts.imports if i.specifier == specifier and not i.type_only]
    for statement in same:
        for imported in statement.names:
            if imported.imported == name and not imported.type_only:
                return Imported(imported.local, ())
            if imported.imported == "*" and not imported.type_only:
                return Imported(f"{imported.local}.{name}", ())
    if _is_taken(module, name):
        return None
    for statement in same:
        if (edit := _merged(module, statement, name)) is not None:
            return Imported(name, (edit,))
    return Imported(name, (_own_statement(module, specifier, name),))


def ensure_type_import(module: Module, specifier: str, name: str) -> Imported | None:
    """Make the type `name` of `specifier` usable, with `type` unless the module imports other types without.

    `verbatimModuleSyntax` refuses a type that is imported like a value; with `type` it compiles everywhere. None as
    for `ensure_import`.
    """
    same = [statement for statement in module.facts.imports if statement.specifier == specifier]
    for statement in same:
        for imported in statement.names:
            if imported.imported in (name, "*"):
                local = imported.local
                return Imported(local if imported.imported == name else f"{local}.{name}", ())
    if _is_taken(module, name):
        return None
    plain = _imports_types_plainly(module)
    for statement in sorted(same, key=lambda statement: not _is_type_statement(module, statement)):
        text = name if plain or _is_type_statement(module, statement) else f"type {name}"
        if (edit := _merged(module, statement, text)) is not None:
            return Imported(name, (edit,))
    return Imported(name, (_own_statement(module, specifier, name, "import" if plain else "import type"),))


def _imports_types_plainly(module: Module) -> bool:
    """Whether the module imports types without `type`, which shows that its compiler lets it."""
    return any(
        not imported.type_only and imported.imported in _TYPES
        for statement in module.facts.imports
        if statement.specifier.startswith("convex/") or "_generated/" in statement.specifier
        for imported in statement.names
    )


def _is_type_statement(module: Module, statement: Import) -> bool:
    return _TYPE_STATEMENT.match(module.source, statement.start) is not None


def specifier_of(module: Module, local: str) -> str | None:
    """The specifier that the module imports `local` from under that very name, None if it does otherwise."""
    for statement in module.facts.imports:
        for imported in statement.names:
            if imported.local == local and imported.imported == local and not imported.type_only:
                return statement.specifier
    return None


def _is_taken(module: Module, name: str) -> bool:
    """Whether the top level declares `name`, as a value or as a type."""
    declared = any(b.name == name and b.function == 0 for b in module.facts.bindings)
    return declared or any(t.name == name for t in module.facts.types)


def _merged(module: Module, statement: Import, name: str) -> Edit | None:
    named = [n for n in statement.names if n.imported not in ("*", "default") or n.imported != n.local]
    named = [n for n in named if module.source.find(b"{", statement.start, n.start) >= 0]
    if not named:
        return None
    last = named[-1]
    start = module.source.find(b"{", statement.start, last.start)
    if b"\n" in module.source[start : last.start]:
        return insert(module, last.end, ",\n" + line_indent(module, last.start) + name)
    return insert(module, last.end, ", " + name)


def _own_statement(module: Module, specifier: str, name: str, keyword: str = "import") -> Edit:
    """A new import statement: behind the last one of a package, else in front of the first statement."""
    imports = module.facts.imports
    mark, end = quote_of(module), ";"
    if imports:
        model = imports[0]
        mark = module.source[model.specifier_start : model.specifier_start + 1].decode()
        end = ";" if module.source[model.start : model.end].rstrip().endswith(b";") else ""
    line = f"{keyword} {{ {name} }} from {mark}{specifier}{mark}{end}"
    feed = "\r\n" if b"\r\n" in module.source else "\n"
    packages = [i for i in imports if not i.specifier.startswith(".")]
    if packages:
        return insert(module, packages[-1].end, feed + line)
    return insert(module, imports[0].start if imports else _first_statement(module), line + feed)


def _first_statement(module: Module) -> int:
    """Where the module's code begins, behind its directives."""
    for statement in module.facts.functions[0].body:
        if isinstance(statement, Evaluate) and isinstance(statement.value, Text):
            continue
        if isinstance(statement, Declare):
            return statement.statement_start
        before = _EXPORT.search(module.source, 0, statement.start)  # of a function or class, in front of it
        return before.start() if before is not None else statement.start
    return len(module.source)


def is_identifier(text: str) -> bool:
    return _IDENTIFIER.match(text) is not None
