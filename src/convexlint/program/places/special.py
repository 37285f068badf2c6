"""The files that Convex loads for what they export by default, and the values that belong into them
(convex-facts 1.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.discovery.project import Role
from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import (
    ClassOf,
    Closure,
    External,
    ExternalResult,
    Lit,
    ObjectLiteral,
    RegisteredOf,
    SchemaOf,
    TableDef,
    Value,
)
from convexlint.program.model import Module
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.nodes import bare, callee_name, descendants
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

# What makes a value that Convex loads, and the module it loads it from.
MAKERS = {
    "httpRouter": "http",
    "cronJobs": "crons",
    "defineSchema": "schema",
    "defineTable": "schema",
    "defineApp": "convex.config",
    "defineComponent": "convex.config",
}
WANTED = {
    "http": "httpRouter()",
    "crons": "cronJobs()",
    "schema": "defineSchema(...)",
    "auth.config": "an object with `providers`",
    "convex.config": "defineApp() or defineComponent(...)",
}
_ROLES = {
    Role.SCHEMA: "schema",
    Role.AUTH_CONFIG: "auth.config",
    Role.CONVEX_CONFIG: "convex.config",
}
# The bundler passes over TypeScript files in which nothing is imported or exported (npm bundler/index.ts).
_MODULE_SYNTAX = re.compile(rb"^\s{0,100}(import|export)", re.MULTILINE)


class Made(Struct, frozen=True, eq=False):
    """A call at module level that makes a value for a special file.

    `maker`: "cronJobs"; `file`: the module that Convex loads it from ("crons"). `name_span`: the called name.
    `name`: the variable that holds the value, "" without one. `statement_start`: where the statement begins when
    the call is all of it. `exports`: the names under which the module exports the value. `used`: another
    module imports one of them, or another export that the value is made of or that is made of it. `imported`: some
    module imports this one, whatever of it.
    """

    module: Module
    maker: str
    file: str
    name_span: Span
    name: str
    statement_start: int | None
    exports: tuple[str, ...]
    used: bool
    imported: bool


class SpecialFile(Struct, frozen=True, eq=False):
    """A file that Convex loads for its default export.

    `file`: http, crons, schema, auth.config, convex.config. `present`: there is a default export.
    `wrong`: where a default export stands that certainly is something else, and what it is.
    `names`: variables of the module that hold what should be exported.
    """

    module: Module
    file: str
    present: bool
    wrong: tuple[Span, str] | None
    names: tuple[str, ...]
    statement_start: int | None


class Special:
    """Finds both kinds in the modules of a program that are looked at."""

    def __init__(self, ev: Evaluator) -> None:
        self._ev = ev

    def made(self) -> Iterator[Made]:
        for module in self._ev.world.looked_at:
            yield from self._made_in(module)

    def files(self) -> Iterator[SpecialFile]:
        for module in self._ev.world.looked_at:
            file = special_file(module)
            if file is not None and module.head.problem is None:
                yield self._file(module, file, tuple(m for m in self._made_in(module) if m.file == file))

    def _made_in(self, module: Module) -> Iterator[Made]:
        for site in self._ev.world.index(module).calls_by_owner.get(0, ()):
            if isinstance(site.expr, ir.Call):
                found = self._made(module, site.expr)
                if found is not None:
                    yield found

    def _made(self, module: Module, call: ir.Call) -> Made | None:
        callee = self._ev.expr(module, bare(call.callee))
        if not isinstance(callee, External) or callee.package != "convex/server" or len(callee.path) != 1:
            return None
        file = MAKERS.get(callee.path[0])
        if file is None:
            return None
        index = self._ev.world.index(module)
        span = callee_name(call.callee)[1]
        node: ir.Expr = call
        parent = index.parent(node)
        while isinstance(parent, (ir.Cast, ir.Member, ir.Call)) and not _is_argument(parent, node):
            node, parent = parent, index.parent(parent)
        name, statement = "", None
        exports: tuple[str, ...] = ()
        if isinstance(parent, ir.ExportDefault):
            exports = ("default",)
        elif isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.BindName):
            name = parent.pattern.name
            exports = _export_names(index, parent.pattern.ref)
        elif isinstance(parent, ir.Evaluate):
            statement = parent.start
        taken = self._taken_of(module) if exports else frozenset()
        bound = parent.pattern.ref if name and isinstance(parent.pattern, ir.BindName) else -1
        used = "*" in taken or not taken.isdisjoint((*exports, *self._connected(module, node, bound)))
        return Made(
            module, callee.path[0], file, span, name, statement, exports, bool(exports) and used, bool(taken)
        )

    def _connected(self, module: Module, value: ir.Expr, bound: int) -> Iterator[str]:
        """The exports of the module that hold what `value` is made of, or what is made of it. `bound`: the variable
        that holds `value`, -1 without one."""
        index = self._ev.world.index(module)
        parts = _mentioned(index, value)
        for export in module.facts.exports:
            if export.kind == "local" and not export.type_only:
                definition = index.definitions.get(export.binding)
                made_of = definition.expr if definition is not None else None
                if export.binding in parts or (
                    bound >= 0 and made_of is not None and bound in _mentioned(index, made_of)
                ):
                    yield export.name

    def _taken_of(self, module: Module) -> frozenset[str]:
        """The exports that other modules take of this one; "*": any of them."""
        world = self._ev.world
        return frozenset(
            name
            for other in world.importing(module)
            if other is not module
            for specifier, name in _taken(other)
            if world.specifier(other, specifier) is module
        )

    def _file(self, module: Module, file: str, made: tuple[Made, ...]) -> SpecialFile:
        made = tuple(m for m in made if m.maker != "defineTable")
        names = tuple(m.name for m in made if m.name)
        if file == "auth.config":
            names = tuple(_auth_configs(module))
        statements = [m.statement_start for m in made if m.statement_start is not None]
        present = any(e.name in ("default", "export=") for e in module.facts.exports)
        return SpecialFile(
            module,
            file,
            present or self._is_common_js(module),
            self._wrong(module, file) if present else None,
            names,
            statements[0] if len(statements) == 1 else None,
        )

    def _is_common_js(self, module: Module) -> bool:
        used = {name.name for name, _ in self._ev.world.index(module).globals}
        return not used.isdisjoint(("module", "exports"))

    def _wrong(self, module: Module, file: str) -> tuple[Span, str] | None:
        target = self._ev.world.export(module, "default")
        if target is None or file == "auth.config":
            return None
        what = _other_than(self._ev.target_value(target), file)
        if what is None:
            return None
        if target.kind == "expr" and target.module is module and target.expr is not None:
            return Span(target.expr.start, target.expr.end), what
        export = next(e for e in module.facts.exports if e.name == "default")
        return Span(export.start, export.end), what


def special_file(module: Module) -> str | None:
    """Which special file a module is, if any."""
    found = _ROLES.get(module.role)
    if found is None and module.role is Role.MODULE and module.name in ("http", "crons"):
        return module.name if is_pushed(module) else None
    return found


def is_pushed(module: Module) -> bool:
    """Whether the bundler takes the file: it passes over TypeScript without imports and exports."""
    return not module.path.endswith((".ts", ".tsx")) or module.holds(_MODULE_SYNTAX)


def _taken(module: Module) -> Iterator[tuple[str, str]]:
    """The exports that a module takes of others: how it names the other, and the export; "*": any of them."""
    for entry in module.facts.imports:
        for name in entry.names:
            yield entry.specifier, name.imported
    for export in module.facts.exports:
        if export.specifier:
            yield export.specifier, "*" if export.kind in ("star", "namespace") else export.imported
    for specifier in module.head.specifiers:
        if specifier.kind in ("dynamic", "require"):
            yield specifier.text, "*"


def _mentioned(index: ModuleIndex, value: ir.Expr) -> frozenset[int]:
    """The names of the module that an expression depends on, also through its variables and functions."""
    found: set[int] = set()
    pending: list[ir.Node | tuple[object, ...]] = [value]
    while pending:
        for node in descendants(pending.pop()):
            if isinstance(node, ir.Lambda):
                pending.append(_inside(index, node.index))
            if not isinstance(node, ir.Name) or node.ref < 0 or node.ref in found:
                continue
            found.add(node.ref)
            definition = index.definitions.get(node.ref)
            if definition is not None and definition.kind == "function":
                pending.append(_inside(index, definition.index))
            elif definition is not None and definition.expr is not None:
                pending.append(definition.expr)
    return frozenset(found)


def _inside(index: ModuleIndex, number: int) -> tuple[object, ...]:
    function = index.facts.functions[number]
    return (function.body, function.expression)


def _is_argument(parent: ir.Node, node: ir.Node) -> bool:
    """Whether a call takes the node, instead of being a link of the chain that begins with it."""
    return isinstance(parent, ir.Call) and parent.callee is not node


def _export_names(index: ModuleIndex, binding: int) -> tuple[str, ...]:
    names = [e.name for e in index.exported.get(binding, ()) if e.kind == "local"]
    value = None if index.default_export is None else bare(index.default_export)
    if isinstance(value, ir.Name) and value.ref == binding:
        names.append("default")
    return tuple(names)


def _auth_configs(module: Module) -> Iterator[str]:
    for statement in module.facts.functions[0].body:
        if isinstance(statement, ir.Declare) and isinstance(statement.pattern, ir.BindName):
            value = None if statement.init is None else bare(statement.init)
            if isinstance(value, ir.Object) and any(prop.key == "providers" for prop in value.props):
                yield statement.pattern.name


def _other_than(value: Value, file: str) -> str | None:
    """What a value is, when it certainly is not what `file` must export."""
    if isinstance(value, SchemaOf):
        return None if file == "schema" else "a schema"
    if isinstance(value, RegisteredOf):
        return "a Convex function"
    if isinstance(value, Closure):
        return "a plain function"
    if isinstance(value, ClassOf):
        return "a class"
    if isinstance(value, ObjectLiteral):
        return "a plain object"
    if isinstance(value, Lit):
        return "a literal"
    if isinstance(value, TableDef):
        return "a single table"
    if isinstance(value, ExternalResult) and value.source.package == "convex/server" and not value.path:
        maker = value.source.path[-1] if value.source.path else ""
        if MAKERS.get(maker, file) != file:
            return f"the result of `{maker}()`"
    return None


@listed
def special_files(program: Program) -> Iterator[SpecialFile]:
    """The files that Convex loads for their default export, by module."""
    yield from Special(program.ev).files()


@listed
def special_values(program: Program) -> Iterator[Made]:
    """The values that belong into such files, by module and place."""
    yield from Special(program.ev).made()
