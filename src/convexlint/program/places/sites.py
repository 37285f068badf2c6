"""Places that rules look at: database calls, query steps, crons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.queries import (
    BUILDERS,
    CONSUMERS,
    DATABASE_METHODS,
    ID_METHODS,
    range_parts,
)
from convexlint.program.evaluation.values import (
    Bound,
    External,
    Global,
    ListOf,
    Lit,
    ObjectLiteral,
    Part,
    QueryOf,
    RefName,
    RefPath,
    Value,
    id_table,
    members,
    present,
)
from convexlint.program.model import (
    CronJob,
    DatabaseCall,
    Module,
    Place,
    QueryState,
    QueryStep,
    RegisteredFunction,
)
from convexlint.program.modules.nodes import bare
from convexlint.program.places.setup_calls import (
    Numbering,
    is_made_by,
    is_unconditional,
    schedule_settings,
    schedule_text,
)
from convexlint.program.places.table_variables import table_variable
from convexlint.program.program import Program
from convexlint.program.queries import query

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.evaluation.registry import Registry

CRON_METHODS = frozenset({"interval", "hourly", "daily", "weekly", "monthly", "cron"})
RUN_METHODS = frozenset({"runQuery", "runMutation", "runAction"})
SCHEDULE_METHODS = frozenset({"runAfter", "runAt"})
_NO_RECEIVERS = frozenset({External, Global, ListOf, ObjectLiteral, Lit})  # most calls are methods of these


class Locator:
    """Makes `Place`s: knows which registered function lexically contains each facts function."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._inside: dict[tuple[str, int], RegisteredFunction | None] = {}

    def inside(self, module: Module, owner: int) -> RegisteredFunction | None:
        if owner <= 0:
            return None
        key = (module.path, owner)
        if key not in self._inside:
            found = self._registry.handling(module, owner)
            self._inside[key] = found or self.inside(module, module.facts.functions[owner].parent)
        return self._inside[key]

    def at(self, module: Module, start: int, end: int, owner: int) -> Place:
        return Place(module, Span(start, end), owner, self.inside(module, owner))


def is_crons(value: Value) -> bool:
    return is_made_by(value, External("convex/server", ("cronJobs",)))


class SiteFinder:
    """The places in some modules of one program, looked for when somebody asks for one of them.

    `names`: only the steps and database calls that have one of these names are wanted; of the steps, no consumers.
    """

    def __init__(
        self,
        ev: Evaluator,
        places: Locator,
        modules: Sequence[Module],
        names: frozenset[str] | None = None,
    ) -> None:
        self.ev = ev
        self.places = places
        self.modules = modules
        self._names = names
        self._begun = False
        self._database_calls: list[DatabaseCall] = []
        self._steps: list[QueryStep] = []
        self._crons: list[CronJob] = []
        self._consumers: dict[int, set[str]] = {}
        self._nodes: dict[int, ir.Call] = {}
        self._jobs = Numbering()

    @property
    def database_calls(self) -> list[DatabaseCall]:
        self._look()
        return self._database_calls

    @property
    def steps(self) -> list[QueryStep]:
        self._look()
        return self._steps

    @property
    def crons(self) -> list[CronJob]:
        self._look()
        return self._crons

    def _look(self) -> None:
        if not self._begun:
            self._begun = True
            if self._names is None:
                self._look_for_all()
            else:
                self._look_for_calls(self._names)

    def _look_for_calls(self, names: frozenset[str]) -> None:
        words = [name.encode() for name in names]
        methods = [name.encode() for name in names & DATABASE_METHODS]
        for module in self.modules:
            if not any(module.holds(word) for word in words):
                continue
            held = any(is_held(module, method) for method in methods)
            for site in self.ev.world.index(module).code_calls:
                node, callee = site.expr, site.expr.callee
                if (
                    isinstance(node, ir.Call)
                    and isinstance(callee, (ir.Member, ir.Name))
                    and (callee.name in names or (held and isinstance(callee, ir.Name)))
                ):
                    self._call(module, node, site.owner)

    def _look_for_all(self) -> None:
        for module in self.modules:
            index = self.ev.world.index(module)
            for site in index.code_calls:
                if isinstance(site.expr, ir.Call):
                    self._call(module, site.expr, site.owner)
            for loop, owner in index.loops:
                if loop.kind == "await" and loop.source is not None:
                    self._iteration(module, loop.source, owner)
        for step in self._steps:
            consumers = self._consumers.get(step.key, set())
            node = self._nodes.get(step.key)
            if not consumers and node is not None and self._escapes(step.place.module, node):
                consumers = {"?"}
            step.consumers = frozenset(consumers)

    # --------------------------------------------------------------------------------------------- calls

    def _call(self, module: Module, node: ir.Call, owner: int) -> None:
        callee = node.callee
        if isinstance(callee, ir.Member):
            name, start = callee.name, callee.name_start
            value = self.ev.expr(module, callee.object)
            if type(value) in _NO_RECEIVERS and name not in CRON_METHODS:
                return
            value = present(value)
            kinds = members(value)
            part = next((p for p in kinds if isinstance(p, Part) and p.name in ("db", "system")), None)
            if part is not None and name in DATABASE_METHODS:
                assert isinstance(part, Part)
                self._database(module, node, owner, part, name, Span(start, callee.end), callee.object)
                return
            queries = tuple(q.state for q in kinds if isinstance(q, QueryOf))
            if queries:
                self._step(module, node, owner, callee, queries)
            elif name in CRON_METHODS:
                self._cron(module, node, owner, callee, value)
        elif isinstance(callee, ir.Name) and callee.ref >= 0:
            value = self.ev.expr(module, callee)
            if (
                isinstance(value, Bound)
                and isinstance(value.receiver, Part)
                and value.receiver.name in ("db", "system")
                and value.name in DATABASE_METHODS
            ):
                span = Span(callee.start, callee.end)
                self._database(module, node, owner, value.receiver, value.name, span, callee)

    def _database(
        self, module: Module, node: ir.Call, owner: int, part: Part, name: str, span: Span, db: ir.Expr
    ) -> None:
        args = node.args
        full = ID_METHODS.get(name)
        spread = any(isinstance(a, ir.Spread) for a in args)
        explicit = name in ("query", "insert", "normalizeId") or (
            full is not None and (len(args) >= full or spread)
        )
        table = table_span = None
        if explicit and args and not spread:
            named = bare(args[0])
            value = self.ev.expr(module, named)
            table_span = Span(named.start, named.end)
            if isinstance(value, Lit) and isinstance(value.value, str):
                table = value.value
        id_node: ir.Expr | None = None
        if full is not None and not spread:
            position = 1 if explicit else 0
            id_node = args[position] if len(args) > position else None
        elif name == "normalizeId" and len(args) > 1:
            id_node = args[1]
        known = id_table(self.ev.expr(module, id_node)) if id_node is not None else None
        self._database_calls.append(
            DatabaseCall(
                place=self.places.at(module, span.start, span.end, owner),
                method=name,
                db_span=Span(db.start, db.end),
                call_span=Span(node.start, node.end),
                table=table,
                table_span=table_span,
                explicit=explicit,
                id_table=known,
                id_span=Span(id_node.start, id_node.end) if id_node is not None else None,
                system=part.name == "system",
                certain=part.certain,
                args=args,
                takes=dict(part.takes).get(name),
                table_variable=(
                    table_variable(self.ev, module, id_node, owner)
                    if id_node is not None and known is None and not explicit
                    else None
                ),
            )
        )

    def _step(
        self, module: Module, node: ir.Call, owner: int, callee: ir.Member, states: tuple[QueryState, ...]
    ) -> None:
        name = callee.name
        index_name = index_span = None
        if name in ("withIndex", "withSearchIndex") and node.args:
            named = bare(node.args[0])
            value = self.ev.expr(module, named)
            index_span = Span(named.start, named.end)
            if isinstance(value, Lit) and isinstance(value.value, str):
                index_name = value.value
        dot = callee.object.end
        ranged = name in ("withIndex", "withSearchIndex") and len(node.args) > 1
        self._steps.append(
            QueryStep(
                place=self.places.at(module, callee.name_start, callee.end, owner),
                method=name,
                call_span=Span(node.start, node.end),
                step_span=Span(dot, node.end),
                before=states,
                args=node.args,
                index_name=index_name,
                index_span=index_span,
                key=id(node),
                range=range_parts(self.ev, module, node.args[1]) if ranged else (),
                is_cast=isinstance(callee.object, ir.Cast),
            )
        )
        if name in CONSUMERS:
            self._consume(states, name)
        elif name in BUILDERS:
            self._nodes[id(node)] = node

    def _consume(self, states: tuple[QueryState, ...], name: str) -> None:
        for state in states:
            for key in state.trail:
                self._consumers.setdefault(key, set()).add(name)

    def _escapes(self, module: Module, node: ir.Expr, depth: int = 0) -> bool:
        """Whether a query is handed to a call, or stored where it cannot be followed."""
        index = self.ev.world.index(module)
        parent = index.parent(node)
        while isinstance(parent, (ir.Cast, ir.Conditional)):
            node, parent = parent, index.parent(parent)
        if isinstance(parent, ir.Member):
            above = index.parent(parent)
            return isinstance(above, ir.Call) and depth < 8 and self._escapes(module, above, depth + 1)
        if isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.BindName):
            uses = index.uses.get(parent.pattern.ref, ())
            return depth < 8 and any(self._escapes(module, use, depth + 1) for use in uses)
        return isinstance(parent, (ir.Call, ir.New, ir.Prop, ir.Array, ir.Spread))

    def _iteration(self, module: Module, source: ir.Expr, owner: int) -> None:
        value = present(self.ev.expr(module, source))
        states = tuple(q.state for q in members(value) if isinstance(q, QueryOf))
        if states:
            place = self.places.at(module, source.start, source.end, owner)
            span = Span(source.start, source.end)
            self._steps.append(QueryStep(place, "for await", span, span, states, (), None, None))
            self._consume(states, "for await")

    def _cron(self, module: Module, node: ir.Call, owner: int, callee: ir.Member, value: Value) -> None:
        args = node.args
        name = self.ev.expr(module, args[0]) if args else None
        schedule = args[1] if len(args) > 1 else None
        reference = args[2] if len(args) > 2 else None
        if (
            callee.name == "hourly"
            and schedule is not None
            and type(present(self.ev.expr(module, schedule))) in (RefPath, RefName)
        ):
            schedule, reference = None, args[1]
        self._crons.append(
            CronJob(
                place=self.places.at(module, callee.name_start, callee.end, owner),
                method=callee.name,
                call_span=Span(node.start, node.end),
                name=name.value if isinstance(name, Lit) and isinstance(name.value, str) else None,
                schedule=schedule,
                reference=reference,
                certain=is_crons(value),
                name_span=Span(args[0].start, args[0].end) if args else None,
                expression=schedule_text(self.ev, module, schedule),
                settings=schedule_settings(self.ev, module, schedule),
                jobs=self._jobs.number(value) if is_crons(value) else -1,
                always=is_unconditional(self.ev, module, node),
            )
        )


def is_held(module: Module, method: bytes) -> bool:
    """Whether the text of a module may hold a method without calling it: `const { insert } = ctx.db`."""
    held = rb"\.\s*%b\b(?!\s*[(<])|[{,]\s*%b\s*[,}:]" % (method, method)
    return module.holds(re.compile(held))


@query
def placing(program: Program) -> Locator:
    """What makes places of the program."""
    return Locator(program.ev.registry)


@query
def sites(program: Program) -> SiteFinder:
    """The places in the modules that are looked at."""
    return SiteFinder(program.ev, placing(program), program.ev.world.looked_at)


@query
def all_sites(program: Program) -> SiteFinder:
    """The places in all modules, whatever the focus."""
    if program.focus is None:
        return sites(program)
    return SiteFinder(program.ev, placing(program), program.modules)


@query
def database_calls(program: Program) -> tuple[DatabaseCall, ...]:
    """Calls of `ctx.db`, by module and place."""
    return tuple(sites(program).database_calls)


@query
def query_steps(program: Program) -> tuple[QueryStep, ...]:
    """The method calls on database queries, by module and place."""
    return tuple(sites(program).steps)


@query
def all_query_steps(program: Program) -> tuple[QueryStep, ...]:
    """`query_steps` of all modules, whatever the focus."""
    return tuple(all_sites(program).steps)


@query
def reads_anything(program: Program) -> bool:
    """Whether there is any query step in any module."""
    if sites(program).steps:
        return True
    rest = [module for module in program.modules if not program.ev.world.looks_at(module)]
    return any(SiteFinder(program.ev, placing(program), (module,)).steps for module in rest)


@query
def crons(program: Program) -> tuple[CronJob, ...]:
    """The jobs that are registered on `cronJobs()`, by module and place."""
    return tuple(sites(program).crons)


@query
def all_crons(program: Program) -> tuple[CronJob, ...]:
    """`crons` of all modules, whatever the focus."""
    return tuple(all_sites(program).crons)
