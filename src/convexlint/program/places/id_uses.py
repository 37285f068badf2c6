"""Arguments and fields whose values are used as ids of documents, whatever their validators say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.predicates import read_predicate
from convexlint.program.evaluation.values import Closure, DocOf, id_table, members, present
from convexlint.program.model import DatabaseCall, FunctionRef, Module, Place, RegisteredFunction
from convexlint.program.modules.nodes import bare, unwrapped
from convexlint.program.places.handed_args import handed_args
from convexlint.program.places.origins import MAX_HOPS, Origins, all_origins, origins
from convexlint.program.places.runs import runs
from convexlint.program.places.sites import SiteFinder, all_sites, placing, sites
from convexlint.program.places.validator_sites import validator_fields
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.places.sites import Locator

_BY_ID = ("get", "patch", "replace", "delete")
MAX_STEPS = 4

UseKind = Literal["id", "normalize", "text", "key", "stored"]


class IdUse(Struct, frozen=True, eq=False, gc=False):
    """`place.span`: where the value is used.

    The value is the argument `name` of `function`, or, where that is None, the field `name` of documents of `owner`.
    kind: "id" (it is taken for a document's id: by `ctx.db.get` and the like, or by comparing it with `_id`),
    "normalize" (`ctx.db.normalizeId` looks whether it is one), "text" (a text that the code spells out is stored
    in it, or `startsWith` looks into it), "key" (it is compared with another field than `_id` of `table`), "stored" (a
    value is written into the field `name`, or compared with it; `table` is that of the value, if it is an id).
    `table`: of the document, None when not known. `owner` and `name` of what is stored are "" where they may be any.
    """

    place: Place
    function: RegisteredFunction | None
    owner: str | None
    name: str
    kind: UseKind
    table: str | None


class _Reader:
    def __init__(self, ev: Evaluator, places: Locator, origins: Origins) -> None:
        self.ev = ev
        self.places = places
        self.origins = origins

    def use(
        self, module: Module, node: ir.Expr, owner: int, kind: UseKind, table: str | None
    ) -> Iterator[IdUse]:
        for function, holder, name in self._subjects(module, node):
            place = self.places.at(module, node.start, node.end, owner)
            yield IdUse(place, function, holder, name, kind, table or id_table(self.ev.expr(module, node)))

    def _subjects(
        self, module: Module, node: ir.Expr
    ) -> Iterator[tuple[RegisteredFunction | None, str | None, str]]:
        """(function, None, argument) or (None, table, field) that the value may be."""
        node = unwrapped(node)
        for origin in self.origins.of(module, node):
            if len(origin.path) == 1 and not origin.rest:
                yield origin.function, None, origin.path[0]
        for _ in range(MAX_STEPS):
            if isinstance(node, ir.Member):
                value = present(self.ev.expr(module, node.object))
                if isinstance(value, DocOf):
                    yield None, value.table, node.name
                return
            if not isinstance(node, ir.Name) or node.ref < 0:
                return
            definition = self.ev.world.index(module).definitions.get(node.ref)
            if definition is None or definition.path or definition.kind != "var" or definition.expr is None:
                return
            node = unwrapped(definition.expr)


def _texts(places: Locator, call: DatabaseCall) -> Iterator[IdUse]:
    """`ctx.db.insert("jobs", { storeId: "admin" })`: the field takes other strings than ids."""
    table = call.table if call.explicit else call.id_table
    if table is None or call.system or call.method not in ("insert", "patch", "replace"):
        return
    data = call.args[-1] if call.args else None
    data = None if data is None else bare(data)
    if not isinstance(data, ir.Object):
        return
    for prop in data.props:
        if prop.key is not None and isinstance(prop.value, ir.Text) and prop.value.value:
            place = places.at(call.place.module, prop.value.start, prop.value.end, call.place.owner)
            yield IdUse(place, None, table, prop.key, "text", None)


def _stored(ev: Evaluator, places: Locator, call: DatabaseCall) -> Iterator[IdUse]:
    """What a write puts into fields that are named as ids; "" where it may be any field, or any table."""
    if call.system or call.method not in ("insert", "patch", "replace"):
        return
    module = call.place.module
    table = (call.table if call.explicit else call.id_table) or ""
    data = call.args[-1] if call.args else None
    props = data.props if isinstance(data, ir.Object) else None
    if props is None or any(prop.key is None for prop in props):
        yield IdUse(call.place, None, table, "", "stored", None)
    for prop in props or ():
        if prop.key is not None and prop.key.endswith(("Id", "_id")):
            place = places.at(module, prop.value.start, prop.value.end, call.place.owner)
            yield IdUse(place, None, table, prop.key, "stored", id_table(ev.expr(module, prop.value)))


@listed
def id_uses(program: Program) -> Iterator[IdUse]:
    """Arguments and fields whose values are used as ids: those of database calls first, then lookups, then comparisons
    by module, then what is done in functions that are run."""
    used: dict[RegisteredFunction, list[IdUse]] = {}
    sent = tuple(_sent(program))
    for use in _own_uses(program, [target for _, target, _ in sent]):
        if use.function is not None:
            used.setdefault(use.function, []).append(use)
        yield use
    sources = origins(program)
    for module, target, args in sent if used else ():
        for use in used.get(target, ()):
            for origin in sources.part(module, args, use.name):
                if len(origin.path) == 1 and not origin.rest:
                    yield IdUse(use.place, origin.function, None, origin.path[0], use.kind, use.table)


def _sent(program: Program) -> Iterator[tuple[Module, RegisteredFunction, ir.Expr]]:
    """What functions are given that are run, or scheduled."""
    for run in runs(program):
        if run.target is not None and len(run.node_expr.args) > 1:
            yield run.place.module, run.target, run.node_expr.args[1]
    for handed in handed_args(program):
        if handed.later and handed.args is not None:
            yield handed.place.module, handed.target, handed.args


class _Where(Struct, frozen=True, eq=False):
    """Where arguments and fields may be used. `within`: of modules that are not looked at, only in these functions."""

    origins: Origins
    finders: tuple[SiteFinder, ...]
    modules: Sequence[Module]
    within: Mapping[str, AbstractSet[int]]

    def holds(self, module: Module, owner: int) -> bool:
        return module.path not in self.within or owner in self.within[module.path]


def _where(program: Program, run: Sequence[RegisteredFunction]) -> _Where:
    """Where the arguments and fields that validators of the modules which are looked at describe may be used: there and
    in functions that are `run`, and in what these call; fields of tables all over the project."""
    world = program.ev.world
    if any(
        field.use.role == "schema" and world.looks_at(field.module) for field in validator_fields(program)
    ):
        return _Where(all_origins(program), (all_sites(program),), program.modules, {})
    if program.focus is None:
        return _Where(origins(program), (sites(program),), world.looked_at, {})
    own = [function for function in program.functions if program.reports(function.module)]
    reached = _reached(program.ev, [f.handler for f in (*own, *run) if f.handler is not None])
    others = [m for m in program.modules if m.path in reached and not world.looks_at(m)]
    known = {id(function): function for function in (*program.functions, *run)}
    within = {module.path: reached[module.path] for module in others}
    return _Where(
        Origins(program.ev, program.modules, tuple(known.values()), within=within),
        (sites(program), SiteFinder(program.ev, placing(program), others)),
        [m for m in program.modules if m.path in reached or world.looks_at(m)],
        within,
    )


def _reached(ev: Evaluator, handlers: Sequence[FunctionRef]) -> dict[str, set[int]]:
    """Functions and what they call, as far as `Origins` follows arguments: numbers of functions by module."""
    found: dict[str, set[int]] = {}
    fresh = list(handlers)
    for _ in range(MAX_HOPS + 2):
        later: list[FunctionRef] = []
        for one in fresh:
            known = found.setdefault(one.module.path, set())
            if one.index in known:
                continue
            known.add(one.index)
            calls = ev.world.index(one.module).calls_by_owner
            within = {one.index}
            for number, function in enumerate(one.module.facts.functions):  # the one around it comes first
                if number and function.parent in within:
                    within.add(number)
            known |= within
            for site in (site for number in sorted(within) for site in calls.get(number, ())):
                if isinstance(site.expr.callee, (ir.Name, ir.Member)):
                    callee = present(ev.expr(one.module, site.expr.callee))
                    later += [
                        FunctionRef(c.module, c.index) for c in members(callee) if isinstance(c, Closure)
                    ]
        fresh = later
    return found


def _own_uses(program: Program, run: Sequence[RegisteredFunction]) -> Iterator[IdUse]:
    ev, places = program.ev, placing(program)
    where = _where(program, run)
    sources, modules = where.origins, where.modules
    all_calls = (call for finder in where.finders for call in finder.database_calls)
    database_calls = [c for c in all_calls if where.holds(c.place.module, c.place.owner)]
    all_steps = (step for finder in where.finders for step in finder.steps)
    steps = [step for step in all_steps if where.holds(step.place.module, step.place.owner)]
    if len(where.finders) > 1:  # as one finder has them
        database_calls.sort(key=lambda call: call.place.module.path)
        steps.sort(key=lambda step: step.place.module.path)
    reader = _Reader(ev, places, sources)
    for call in database_calls:
        yield from _texts(places, call)
        yield from _stored(ev, places, call)
        kind: UseKind = "normalize" if call.method == "normalizeId" else "id"
        if call.id_span is None or call.system or (kind == "id" and call.method not in _BY_ID):
            continue
        node = next((a for a in call.args if Span(a.start, a.end) == call.id_span), None)
        if node is not None:
            table = call.table if call.explicit else None
            yield from reader.use(call.place.module, node, call.place.owner, kind, table)
    for step in steps:
        for part in (step.range or ()) if step.method == "withIndex" and step.table is not None else ():
            if part.field not in (None, "_id") and part.value is not None:
                value, owner = part.value, step.place.owner
                if part.method == "eq":
                    yield from reader.use(step.place.module, value, owner, "key", step.table)
                if part.field is not None and part.field.endswith(("Id", "_id")):
                    place = places.at(step.place.module, value.start, value.end, owner)
                    given = id_table(ev.expr(step.place.module, value))
                    yield IdUse(place, None, step.table, part.field, "stored", given)
        if step.method == "filter" and step.table is not None:
            for found in read_predicate(step.place.module, step.args).equalities:
                kind, node = "id" if found.field == "_id" else "key", found.value
                yield from reader.use(step.place.module, node, step.place.owner, kind, step.table)
    for module in modules:
        if module.holds(b".startsWith("):
            for site in ev.world.index(module).calls:
                callee = site.expr.callee
                if (
                    isinstance(callee, ir.Member)
                    and callee.name == "startsWith"
                    and where.holds(module, site.owner)
                ):
                    yield from reader.use(module, callee.object, site.owner, "text", None)
    for module in modules:
        index = ev.world.index(module)
        for node in index.comparisons:
            if module.path in where.within and not where.holds(module, index.owner(node)):
                continue
            for side, other in ((node.left, node.right), (node.right, node.left)):
                if not isinstance(side, ir.Member):
                    continue
                if side.name == "_id":
                    table = id_table(ev.expr(module, side))
                    if table is not None:
                        yield from reader.use(module, other, 0, "id", table)
                elif _is_called_id(other):
                    row = present(ev.expr(module, side.object))
                    if isinstance(row, DocOf) and id_table(ev.expr(module, side)) is None:
                        yield from reader.use(module, other, 0, "key", row.table)


def _is_called_id(node: ir.Expr) -> bool:
    node = unwrapped(node)
    return isinstance(node, (ir.Name, ir.Member)) and node.name.lower().endswith("id")
