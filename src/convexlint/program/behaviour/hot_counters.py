"""Counters in rows that many callers write: each of them waits for the others, and all who read the row read again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from convexlint.facts import ir
from convexlint.program.behaviour.access import access_judge
from convexlint.program.behaviour.claims import claims
from convexlint.program.behaviour.client_rows import client_rows
from convexlint.program.behaviour.effects import effects_of
from convexlint.program.behaviour.owned_tables import owner_fields, referred_tables
from convexlint.program.behaviour.secret_names import words
from convexlint.program.behaviour.standing import standing_of
from convexlint.program.behaviour.trust import Trust
from convexlint.program.convex.predicates import read_predicate
from convexlint.program.evaluation.values import Closure, External, Global, Lit, present
from convexlint.program.model import DatabaseCall, Module, QueryState, QueryStep, RegisteredFunction
from convexlint.program.modules.nodes import bare, unwrapped
from convexlint.program.places.counting import Counting, counting_of
from convexlint.program.places.elsewhere import call_at
from convexlint.program.places.origins import Origin, origins
from convexlint.program.places.rows import rows_of
from convexlint.program.places.sites import sites
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import ObjectValidator
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.places.rows import Rows

Kind = Literal["one", "named", "parent"]

# What a row counts of itself: how often it was changed, tried, or where it stands among others.
_OF_ITSELF = re.compile(
    r"version|revision|attempt|retr(y|ies)|tries|fail|error|strikes?|generation|epoch|(^|[a-z])(Step|Level|Round|Turn|Index|"
    r"Order|Position|Rank|Page)s?$|^(step|level|round|turn|index|order|position|rank|page|sort\w*)s?$",
    re.IGNORECASE,
)
# What many do to one row, whoever it belongs to.
_AUDIENCE = re.compile(
    r"(view|play|(dis)?like|(up|down)?vote|click|download|share|hit|visit|visitor|reaction|favorite|bookmark|follow|"
    r"follower|subscriber|use|usage|enroll|enrollment|member|participant|attendee|comment|answer|review|rating|"
    r"submission|sale|registration|student|signup|impression|star|install|fork|clap|heart|listen|listener|watch|reader|"
    r"response|entry|donation|fire|execution|open|join)(s|es|d|ed|ing)?|repl(y|ies)|entries|helpful|sold|raised"
)
# Whose rows few share.
_GROUP = re.compile(
    r"(store|shop|organi[sz]ation|org|team|workspace|tenant|company|project|household|family|clinic|school)_?Id",
    re.IGNORECASE,
)
# Rows of one device, session or limit, by the fields that find them.
_PERSONAL = re.compile(
    r"key|hash|session|device|visitor|fingerprint|(^|_)ip|ipAddress|client|anonymous|token|email|phone|user|member|player",
    re.IGNORECASE,
)
_PRIVATE_TABLE = re.compile(
    r"rate_?limit|quota|cart|draft|memor|session|(?<!post)notifications?$", re.IGNORECASE
)
# The caller's own, by what led to it.
_OWN = frozenset(
    {Trust.SESSION, Trust.SECRET, Trust.MAC, Trust.FOUND, Trust.CALLER, Trust.VERIFIED, Trust.ROLE, Trust.OWN}
)
_MAX_HOPS = 8


class RowOf(Struct, frozen=True, eq=False):
    """How a row is found. `origin`: the argument that leads to it; None where every call finds the same."""

    origin: Origin | None


class HotCounter(Struct, frozen=True, eq=False):
    """`call` counts `counting.fields` in a row that is not the caller's own. kind: "one" (every call of `function`
    finds the same row), "parent" (each row of `child` that the function inserts counts in the row that it belongs to),
    "named" (whoever names the row by the argument `origin`)."""

    function: RegisteredFunction
    call: DatabaseCall
    counting: Counting
    table: str
    kind: Kind
    origin: Origin | None
    child: str | None


@listed
def hot_counters(program: Program) -> Iterator[HotCounter]:
    """Counters that public mutations write in rows which are not their caller's, by function and place; each once."""
    counting: dict[int, Counting] = {}
    for call in sites(program).database_calls:
        found = counting_of(program.ev, call)
        if found is not None:
            counting[id(call)] = found
    if not counting or program.project.component:
        return
    reader = _Rows(program)
    told: set[int] = set()
    for function in program.functions:
        if function.kind != "mutation" or not function.is_public or function.path is None:
            continue
        deeds = [e for e in effects_of(program, function) if e.kind == "db-write" and not e.guarded]
        calls = [made for e in deeds if (made := call_at(program, e.place)) is not None]
        for call in calls:
            if id(call) in told or id(call) not in counting:
                continue
            hot = _hot(program, reader, function, call, counting[id(call)], calls)
            if hot is not None:
                told.add(id(call))
                yield hot


def _hot(
    program: Program,
    reader: _Rows,
    function: RegisteredFunction,
    call: DatabaseCall,
    counting: Counting,
    calls: list[DatabaseCall],
) -> HotCounter | None:
    table = call.table or call.id_table
    row = reader.of(call.place.module, counting.row, function)
    if table is None or row is None:
        return None
    standing = standing_of(program, function)
    at = (call.place.module.path, call.call_span.start)
    if standing.level == "role" or access_judge(program).rows.get(at, Trust.NONE) in _OWN:
        return None
    if all(_OF_ITSELF.search(field) for field in counting.fields):
        return None
    if row.origin is None:
        return HotCounter(function, call, counting, table, "one", None, None)
    if _PRIVATE_TABLE.search(table):
        return None
    child = next(
        (
            c.table
            for c in calls
            if c.method == "insert" and c.table and table in referred_tables(program, c.table)
        ),
        None,
    )
    owners = owner_fields(program, table)
    if standing.level == "owner" and (child is None or owners):
        return None
    seen = any(_AUDIENCE.fullmatch(word) for field in counting.fields for word in words(field))
    if not seen and _is_somebodys(program, table):
        return None
    if standing.level != "signed in" and owners == ("_id",):
        return None  # somebody's own row, for all that is known
    if any(c.origin.function is function and c.origin.path == row.origin.path for c in claims(program)):
        return None
    if child is not None:
        return HotCounter(function, call, counting, table, "parent", row.origin, child)
    if not (counting.alone and counting.by_one):
        return None
    return HotCounter(function, call, counting, table, "named", row.origin, None)


def _is_somebodys(program: Program, table: str) -> bool:
    """Whether a row says whose it is, or of which few, or the row that it belongs to does."""
    found = program.schema.tables.get(table)
    names = (
        found.validator.fields if found is not None and isinstance(found.validator, ObjectValidator) else ()
    )
    return (
        bool(owner_fields(program, table))
        or any(_GROUP.fullmatch(name) for name in names)
        or any(owner_fields(program, parent) for parent in referred_tables(program, table))
    )


class _Rows:
    """Tells how rows are found."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._ev = program.ev
        self._rows: Rows = rows_of(program)
        self._named = client_rows(program)
        self._origins = origins(program)

    def of(self, module: Module, node: ir.Expr, function: RegisteredFunction) -> RowOf | None:
        """How the row is found that an id names, in a call of `function`; None where that is not known."""
        return self._of_id(module, node, function, 0)

    def _of_id(self, module: Module, node: ir.Expr, function: RegisteredFunction, hops: int) -> RowOf | None:
        node = bare(node)
        for source in self._named.of(module, node):
            if source.origin.function is function and source.origin.path and not source.origin.rest:
                return RowOf(source.origin)
        if hops > _MAX_HOPS:
            return None
        if isinstance(node, ir.Member):
            if self._is_setting(module, node):
                return RowOf(None)
            # Its own id, or that of the row which it belongs to.
            return self._of_row(module, node.object, function, hops + 1)
        if isinstance(node, ir.Name) and node.ref >= 0:
            definition = self._ev.world.index(module).definitions.get(node.ref)
            if definition is None or definition.kind != "var" or definition.expr is None:
                return None
            if module.facts.bindings[node.ref].assigned:
                return None
            if not definition.path:
                return self._of_id(module, definition.expr, function, hops + 1)
            if len(definition.path) == 1 and definition.path[0][0] == "key":
                return self._of_row(module, definition.expr, function, hops + 1)
        return None

    def _is_setting(self, module: Module, node: ir.Member) -> bool:
        """A variable of the environment names the row."""
        value = present(self._ev.expr(module, node))
        if isinstance(value, Global):
            return value.name.startswith("process.env.")
        return isinstance(value, External) and value.path[:1] == ("env",)

    def _of_row(self, module: Module, node: ir.Expr, function: RegisteredFunction, hops: int) -> RowOf | None:
        node = unwrapped(node)
        if hops > _MAX_HOPS:
            return None
        if isinstance(node, ir.Binary) and node.op in ("??", "||"):
            return self._of_row(module, node.left, function, hops + 1)
        if isinstance(node, ir.Binary) and node.op == "&&":
            return self._of_row(module, node.right, function, hops + 1)
        if isinstance(node, ir.Index) and isinstance(bare(node.key), ir.Number):
            return self._of_row(module, node.object, function, hops + 1)
        if isinstance(node, ir.Name) and node.ref >= 0:
            definition = self._ev.world.index(module).definitions.get(node.ref)
            first = definition is not None and definition.path in ((), (("item", 0),))
            if definition is None or definition.kind != "var" or definition.expr is None or not first:
                return None
            return self._of_row(module, definition.expr, function, hops + 1)
        if not isinstance(node, ir.Call):
            return None
        step = self._rows.steps.get(id(node))
        if step is not None:
            return self._of_query(step, function)
        if isinstance(node.callee, ir.Member) and node.callee.name == "get" and 1 <= len(node.args) <= 2:
            return self._of_id(module, node.args[-1], function, hops + 1)
        value = present(self._ev.expr(module, node.callee))
        if not isinstance(value, Closure):
            return None
        returned = self._ev.world.index(value.module).returns.get(value.index, [])
        expression = value.module.facts.functions[value.index].expression
        found = [
            row
            for one in (*returned, *([expression] if expression is not None else []))
            if (row := self._of_row(value.module, one, function, hops + 1)) is not None
        ]
        return found[0] if found else None

    def _of_query(self, step: QueryStep, function: RegisteredFunction) -> RowOf | None:
        if step.method not in ("first", "unique", "take", "collect") or not step.before:
            return None
        found = [self._of_state(step, state, function) for state in step.before]
        return found[0] if all(one is not None for one in found) else None

    def _of_state(self, step: QueryStep, state: QueryState, function: RegisteredFunction) -> RowOf | None:
        if state.range is None or state.index is None or state.index_kind == "search":
            return None
        values = [(part.field, part.value) for part in state.range]
        module = step.place.module
        if state.filters:
            steps = (self._rows.steps.get(key) for key in state.trail)
            filters = [s for s in steps if s is not None and s.method == "filter"]
            if len(filters) != state.filters:
                return None
            for one in filters:
                predicate = read_predicate(one.place.module, one.args)
                if not predicate.readable or predicate.rest or one.place.module is not module:
                    return None
                values += [(equal.field, equal.value) for equal in predicate.equalities]
                values += [(bound.field, bound.value) for bound in predicate.bounds]
        owners = owner_fields(self._program, state.table or "")
        origin: Origin | None = None
        for field, value in values:
            if value is None or field in owners:
                return None
            if self._is_fixed(module, value):
                continue
            if field is None or _PERSONAL.search(field):
                return None
            sent = [o for o in self._origins.of(module, value) if o.function is function and o.path]
            if not sent:
                return None
            origin = origin or sent[0]
        return RowOf(origin)

    def _is_fixed(self, module: Module, node: ir.Expr) -> bool:
        node = bare(node)
        if isinstance(node, (ir.Text, ir.Number, ir.Atom)):
            return not (isinstance(node, ir.Atom) and node.kind == "this")
        return isinstance(present(self._ev.expr(module, node)), Lit) or (
            isinstance(node, ir.Member) and self._is_setting(module, node)
        )
