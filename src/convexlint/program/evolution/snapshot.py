"""A program as what is deployed."""

from __future__ import annotations

from collections.abc import Iterable

from convexlint.program.deployed import Deployed, OldFunction, OldIndex, OldTable, Queue
from convexlint.program.model import Declaration, RegisteredFunction, Table
from convexlint.program.places.function_paths import function_paths
from convexlint.program.places.references import references
from convexlint.program.places.routes import Route, routes
from convexlint.program.program import Program

_QUEUES: dict[str, Queue] = {"runAfter": "scheduler", "runAt": "scheduler", "cron": "cron"}


def queues(uses: Iterable[tuple[str | None, str]]) -> dict[str, Queue]:
    """By the paths of functions, which queue may hold a call of them while a new version is deployed. `uses`: paths
    and how a reference to them is used."""
    found: dict[str, Queue] = {}
    for path, use in uses:
        queue = _QUEUES.get(use)
        if path is not None and queue is not None and found.get(path) != "scheduler":
            found[path] = queue
    return found


def snapshot(program: Program, revision: str) -> Deployed:
    """What a deploy of the program leaves for the next one to break."""
    queued = queues((r.path, r.use) for r in references(program))
    return Deployed(
        revision=revision,
        present=program.schema.present,
        complete=program.schema.complete,
        validation=program.schema.validation,
        tables={name: _table(table) for name, table in program.schema.tables.items()},
        functions={p: _old(p, f, queued.get(p, "")) for p, f in function_paths(program).items()},
        routes=frozenset(name for name in map(route_name, routes(program)) if name is not None),
    )


def route_name(route: Route) -> str | None:
    """ "POST /mail", "GET /files/*"; None where a part of it is not known."""
    part = route.path or route.prefix
    if part is None or part.value is None or route.method is None or route.method.value is None:
        return None
    return f"{route.method.value} {part.value}{'*' if route.path is None else ''}"


def _table(table: Table) -> OldTable:
    indexes = tuple(OldIndex(index.name, index.kind, index.fields) for index in table.indexes)
    return OldTable(table.name, table.validator, indexes, table.indexes_known)


def _old(path: str, function: RegisteredFunction, queued: Queue) -> OldFunction:
    return OldFunction(
        path=path,
        kind=function.kind,
        visibility=function.visibility,
        args=function.args.validator,
        args_known=_is_known(function.args, function),
        returns=function.returns.validator,
        returns_known=_is_known(function.returns, function),
        queued=queued,
        module=function.module.path,
    )


def _is_known(declaration: Declaration, function: RegisteredFunction) -> bool:
    # What a package makes or a custom builder adds is not declared where it can be seen.
    if function.syntax == "made" or function.custom:
        return declaration.state == "declared" and not function.custom
    return declaration.state != "unknown"
