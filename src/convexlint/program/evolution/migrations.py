"""Functions that are new in a change and fill a field in documents: what makes them fit the new schema."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.modules.nodes import bare
from convexlint.program.places.sites import all_sites
from convexlint.program.program import Program, all_functions
from convexlint.program.queries import query


def migration_of(program: Program, table: str, field: str) -> str | None:
    """The path of a function that the revision does not have and that writes the field in documents of the table: by
    `ctx.db.patch` or `replace`, or as a migration of @convex-dev/migrations."""
    return _writers(program).get((table, field))


@query
def _writers(program: Program) -> dict[tuple[str, str], str]:
    before = program.before()
    known = before.functions if before is not None else {}
    found: dict[tuple[str, str], str] = {}
    defined = {
        (m.path, index): (path, table) for path, table, m, index in _defined(program) if path not in known
    }
    for call in all_sites(program).database_calls:
        if call.method not in ("patch", "replace") or not call.args:
            continue
        inside, place = call.place.inside, call.place
        table = call.table or call.id_table
        path = inside.path if inside is not None else None
        if path is None:
            path, own = defined.get((place.module.path, place.owner), (None, ""))
            table = table or own
        if path is not None and path not in known and table is not None:
            for name in _keys(call.args[-1]):
                found.setdefault((table, name), path)
    for (path_of_module, index), (path, table) in defined.items():
        module = program.ev.world.modules[path_of_module]
        for result in program.ev.world.index(module).returns.get(index, ()):
            for name in _keys(result):
                found.setdefault((table, name), path)
    return found


def _defined(program: Program) -> Iterator[tuple[str, str, Module, int]]:
    """`migrations.define({ table, migrateOne })`: path, table, and the facts function that migrates one document."""
    for function in all_functions(program):
        config = _config(program, function) if function.syntax == "made" else None
        if config is None or function.path is None:
            continue
        given = {prop.key: bare(prop.value) for prop in config.props if prop.key is not None}
        table, one = given.get("table"), given.get("migrateOne")
        if isinstance(table, ir.Text) and isinstance(one, ir.Lambda):
            yield function.path, table.value, function.module, one.index


def _config(program: Program, function: RegisteredFunction) -> ir.Object | None:
    """What an exported call is given."""
    module = function.module
    binding = next((e.binding for e in module.facts.exports if e.name == function.export), -1)
    made = program.ev.world.index(module).constant(binding)
    call = bare(made) if made is not None else None
    first = bare(call.args[0]) if isinstance(call, ir.Call) and call.args else None
    return first if isinstance(first, ir.Object) else None


def _keys(node: ir.Expr) -> Iterator[str]:
    node = bare(node)
    if isinstance(node, ir.Object):
        yield from (prop.key for prop in node.props if prop.key is not None)
