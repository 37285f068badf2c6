"""Bringing a name into a module: merged into an import that is there, or as an import of its own."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from convexlint.facts.ir import Declare, Evaluate, Import, ImportName, Text
from convexlint.facts.lowered import Lowered
from convexlint.findings import Edit, Span
from convexlint.program.model import Module
from convexlint.program.writing.editing import has_comment, insert, line_break, line_indent, quote_of, replace
from convexlint.structs import Struct

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


GENERATED_SERVER = "_generated/server"


class Imported(Struct, frozen=True):
    """`text`: how the module writes the name (`v`, `val`, `values.v`). `edits`: what must change for it."""

    text: str
    edits: tuple[Edit, ...]


def ensure_import(module: Module, specifier: str, name: str, local: str = "") -> Imported | None:
    """Make the export `name` of `specifier` usable at the module's top level.

    None where it cannot be: the module declares the name at its top level as something else, and so it does with
    `local`, by which it would then be imported.
    """
    same = [i for i in module.facts.imports if i.specifier == specifier and not i.type_only]
    for statement in same:
        for imported in statement.names:
            if imported.imported == name and not imported.type_only:
                return Imported(imported.local, ())
            if imported.imported == "*" and not imported.type_only:
                return Imported(f"{imported.local}.{name}", ())
    written = name
    if _is_taken(module, name):
        if not local or _is_taken(module, local):
            return None
        name, written = local, f"{name} as {local}"
    for statement in same:
        if (edit := _merged(module, statement, written)) is not None:
            return Imported(name, (edit,))
    return Imported(name, (_own_statement(module, specifier, written),))


def generated_server(module: Module) -> str:
    """How the module imports the generated server: as it does already, else by a relative path."""
    for statement in module.facts.imports:
        plain = statement.specifier.removesuffix(".js").removesuffix(".ts")
        if plain.endswith(GENERATED_SERVER) and not statement.type_only:
            return statement.specifier
    depth = module.name.count("/")
    return ("../" * depth if depth else "./") + GENERATED_SERVER


def swap_import(module: Module, local: str, name: str, spans: Sequence[Span]) -> list[Edit] | None:
    """Write `name`, an export of the same module as what is imported as `local`, at `spans`, and import it in place
    of the other where these are all of its uses.

    None where it has further uses, or none may be counted on: merge the import then.
    """
    statement, imported = _import_of(module, local)
    if statement is None or imported is None or imported.imported in ("*", "default") or not spans:
        return None
    if not _are_all_uses(module, local, statement, {span.start for span in spans}):
        return None
    present = ensure_import(module, statement.specifier, name)
    if present is None:
        return None
    text = present.text
    if present.edits:
        edits = [replace(module, Span(imported.start, imported.end), name)]
    else:
        removed = _without(module, statement, imported)
        if removed is None:
            return None
        edits = [removed]
    return [*edits, *(replace(module, span, text) for span in spans)]


def imported_as(module: Module, local: str) -> tuple[str, str] | None:
    """The specifier and the exported name of what the module calls `local`; None for what it does not import."""
    statement, imported = _import_of(module, local)
    return None if statement is None or imported is None else (statement.specifier, imported.imported)


def _import_of(module: Module, local: str) -> tuple[Import, ImportName] | tuple[None, None]:
    for statement in module.facts.imports:
        for imported in statement.names:
            if imported.local == local and not imported.type_only and not statement.type_only:
                return statement, imported
    return None, None


def _are_all_uses(module: Module, local: str, statement: Import, starts: set[int]) -> bool:
    """Whether the word stands in the module at these places alone, but for its import and lines of comment; members of
    that name count, too."""
    found = _words(module.source, local.encode())
    inside = bisect_left(found, statement.end) - bisect_left(found, statement.start)
    if len(found) - inside != len(starts):
        return False
    return all(
        found[at : at + 1] == (start,) and not statement.start <= start < statement.end
        for start in starts
        for at in (bisect_left(found, start),)
    )


@lru_cache(maxsize=64)  # the same builders are asked for at each function of a module
def _words(source: bytes, word: bytes) -> tuple[int, ...]:
    """Where the word stands, but for lines of comment."""
    found = []
    for match in re.finditer(rb"(?<![\w$/-])" + re.escape(word) + rb"(?![\w$/-])", source):
        line = source[source.rfind(b"\n", 0, match.start()) + 1 : match.start()].lstrip()
        if not line.startswith((b"//", b"*", b"/*")):
            found.append(match.start())
    return tuple(found)


def _without(module: Module, statement: Import, name: ImportName) -> Edit | None:
    """Take one of several names out of an import statement, with its comma."""
    names = statement.names
    if len(names) < 2 or any(n.imported in ("*", "default") for n in names):
        return None
    at = names.index(name)
    if at + 1 < len(names):
        gone = Span(name.start, names[at + 1].start)
    else:
        gone = Span(names[at - 1].end, name.end)
    return None if has_comment(module, gone) else replace(module, gone, "")


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


def _is_taken(module: Module, name: str) -> bool:
    """Whether the top level declares `name`, as a value or as a type."""
    module.lowered.facts()  # it is read, also where the answer is known
    return name in _declared(module.lowered)


@lru_cache(maxsize=8)  # it keeps its modules alive
def _declared(lowered: Lowered) -> frozenset[str]:
    facts = lowered.facts()
    bindings = (binding.name for binding in facts.bindings if binding.function == 0)
    return frozenset((*bindings, *(one.name for one in facts.types)))


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
    feed = line_break(module)
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
