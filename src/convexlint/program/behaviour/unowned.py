"""Writes of rows that clients name, in functions that ask only whether somebody is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.access import access_judge
from convexlint.program.behaviour.claims import LOG_TABLE, claims
from convexlint.program.behaviour.client_rows import RowSource, client_rows
from convexlint.program.behaviour.effects import effects_of
from convexlint.program.behaviour.given_away import given_away
from convexlint.program.behaviour.open_writes import open_writes
from convexlint.program.behaviour.owned_tables import ParentOwner, owner_fields, parent_owner, referred_tables
from convexlint.program.behaviour.standing import Standing, standing_of
from convexlint.program.behaviour.trust import Trust
from convexlint.program.model import DatabaseCall, Effect, Place, RegisteredFunction
from convexlint.program.modules.nodes import bare
from convexlint.program.places.counting import counts_field, is_time_field
from convexlint.program.places.elsewhere import call_at
from convexlint.program.places.origins import validator_at
from convexlint.program.places.storage_calls import storage_calls
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import ArrayValidator, IdValidator, Validator
from convexlint.structs import Struct

_WRITES = frozenset({"patch", "replace", "delete"})
_DEEDS = frozenset({"db-write", "storage-write", "schedule"})


class UnownedWrite(Struct, frozen=True, eq=False):
    """`method` at `place` changes a row of `table` (None: a file, or a scheduled job) that the argument `source` of
    `function` names.

    `owner`: the field that says whose it is; `parent`: where only the row that it belongs to has it. `standing`: what
    the function asks instead. `effect`: how it comes there.
    """

    function: RegisteredFunction
    place: Place
    span: Span
    method: str
    table: str | None
    owner: str
    source: RowSource
    standing: Standing
    effect: Effect
    parent: ParentOwner | None = None


@listed
def unowned_writes(program: Program) -> Iterator[UnownedWrite]:
    """Changes of rows and files that somebody owns, by any signed-in user; by function and place. Those are left out
    that a client's claim to be somebody, or a value without a validator, explains: they are other mistakes. Of several
    changes of one row, the first."""
    files = {
        (c.place.module.path, c.place.span.end): c for c in storage_calls(program) if c.method == "delete"
    }
    claimed = open_ = None
    for function in program.functions:
        if function.kind != "mutation" or not function.is_public or function.path is None:
            continue
        if any(fnmatchcase(function.path, pattern) for pattern in program.settings.auth_public):
            continue
        deeds = [e for e in effects_of(program, function) if e.kind in _DEEDS]
        standing = None
        seen: set[tuple[str | None, tuple[str, ...]]] = set()
        for deed in deeds:
            if deed.guarded:
                continue
            call = call_at(program, deed.place) if deed.kind == "db-write" else None
            file = files.get((deed.place.module.path, deed.place.span.end)) if call is None else None
            found = _named_row(program, function, call) if call is not None else None
            other = file.args if file is not None else _cancelled(program, deed)
            if other:
                source = next(iter(_sources(program, function, deed.place, other[0])), None)
                found = None if source is None else (None, "", source)
            if found is None:
                continue
            standing = standing or standing_of(program, function)
            if standing.level != "signed in" or standing.asks_more:
                break
            table, owner, source = found
            if call is not None and (is_for_all(program, call) or _takes_part(program, deeds, call, table)):
                continue
            if claimed is None:
                claimed = {id(c.origin.function) for c in claims(program)}
                open_ = {id(w.call) for w in open_writes(program)} | {id(w.call) for w in given_away(program)}
            if id(function) in claimed or (call is not None and open_ and id(call) in open_):
                continue
            if (table, source.origin.path) in seen:
                continue
            seen.add((table, source.origin.path))
            method = (
                call.method if call is not None else "scheduler.cancel" if file is None else "storage.delete"
            )
            span = deed.place.span
            parent = parent_owner(program, table) if table is not None else None
            yield UnownedWrite(
                function, deed.place, span, method, table, owner, source, standing, deed, parent
            )


def _cancelled(program: Program, deed: Effect) -> tuple[ir.Expr, ...]:
    """The arguments of the `ctx.scheduler.cancel` that a deed is; () for another one."""
    module = deed.place.module
    if deed.kind != "schedule" or deed.what.rpartition(".")[2] != "cancel":
        return ()
    for site in program.ev.world.index(module).code_calls:
        if site.expr.callee.end == deed.place.span.end:
            return site.expr.args
    return ()


def _named_row(
    program: Program, function: RegisteredFunction, call: DatabaseCall
) -> tuple[str | None, str, RowSource] | None:
    """The table of a row that is changed, the field that says whose it is, and the argument that names it."""
    if call.method not in _WRITES or call.id_span is None or call.system:
        return None
    position = 1 if call.explicit else 0
    if position >= len(call.args) or (call.explicit and call.table is None):
        return None
    table = call.table or call.id_table
    if table is not None and not _owners(program, table):
        return None
    source = next(iter(_sources(program, function, call.place, call.args[position])), None)
    if source is None:
        return None
    table = table or _table_of(validator_at(source.origin))
    owners = _owners(program, table) if table is not None else ()
    return (table, owners[0], source) if owners else None


def _owners(program: Program, table: str) -> tuple[str, ...]:
    """The fields that say whose a row is, its own or those of the row that it belongs to."""
    parent = parent_owner(program, table)
    return owner_fields(program, table) or ((parent.owner,) if parent is not None else ())


def _table_of(validator: Validator | None) -> str | None:
    """The table of an id, or of the ids in a list."""
    if isinstance(validator, ArrayValidator):
        validator = validator.element
    return validator.table if isinstance(validator, IdValidator) else None


def _sources(
    program: Program, function: RegisteredFunction, place: Place, node: ir.Expr
) -> Iterator[RowSource]:
    for source in client_rows(program).of(place.module, node):
        if source.origin.function is function and source.origin.path and not source.origin.rest:
            yield source


def is_for_all(program: Program, call: DatabaseCall) -> bool:
    """Whether a patch is what anybody may do to a row of somebody's: make it their own, or count something up."""
    if call.method != "patch" or not call.args:
        return False
    at = (call.place.module.path, call.call_span.start)
    if access_judge(program).written.get(at, Trust.NONE) >= Trust.CALLER:
        return True
    value = bare(call.args[-1])
    if not isinstance(value, ir.Object) or not value.props:
        return False
    kept = [p for p in value.props if p.key is None or not (is_time_field(p.key) and _is_time(p.value))]
    return bool(kept) and all(p.key is not None and counts_field(p.value, p.key) for p in kept)


def _takes_part(program: Program, deeds: list[Effect], patch: DatabaseCall, table: str | None) -> bool:
    """Whether the function also inserts a row that ties its caller to the patched one: a loan, a booking, a vote."""
    if patch.method != "patch" or table is None:
        return False
    written = access_judge(program).written
    for deed in deeds:
        call = call_at(program, deed.place) if deed.what.endswith("insert") else None
        if call is None or call.table is None or LOG_TABLE.search(call.table):
            continue
        if written.get((call.place.module.path, call.call_span.start), Trust.NONE) < Trust.CALLER:
            continue
        if table in referred_tables(program, call.table):
            return True
    return False


def _is_time(node: ir.Expr) -> bool:
    """`Date.now()`, or a variable that may hold it."""
    return isinstance(bare(node), (ir.Call, ir.Name, ir.New))
