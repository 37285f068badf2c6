"""Places that rules look at: database calls, query steps, references, crons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.queries import (
    BUILDERS,
    CONSUMERS,
    DATABASE_METHODS,
    ID_METHODS,
    id_table,
    range_parts,
)
from convexlint.program.evaluation.registration import bare, reference_path, reference_target
from convexlint.program.evaluation.values import (
    Bound,
    CtxOf,
    External,
    ExternalResult,
    Global,
    ListOf,
    Lit,
    ObjectLiteral,
    Part,
    QueryOf,
    RefName,
    RefPath,
    RegisteredOf,
    Value,
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
    Reference,
    RegisteredFunction,
)
from convexlint.program.places.registering import (
    Numbering,
    is_made_by,
    is_unconditional,
    schedule_settings,
    schedule_text,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.evaluation.registry import Registry

CRON_METHODS = frozenset({"interval", "hourly", "daily", "weekly", "monthly", "cron"})
RUN_METHODS = frozenset({"runQuery", "runMutation", "runAction"})
SCHEDULE_METHODS = frozenset({"runAfter", "runAt"})
_BY_STRING = RUN_METHODS | {"makeFunctionReference"}
_ANY_RECEIVER = CRON_METHODS | _BY_STRING
_NO_RECEIVERS = frozenset({External, Global, ListOf, ObjectLiteral, Lit})  # most calls are methods of these


class Places:
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


def is_reference_root(value: Value) -> bool:
    """`api`, a member of it, or the whole generated module that holds it."""
    return isinstance(value, RefPath) or value == External("_generated/api")


class SiteFinder:
    """Collects the places in modules of one program; `run`, once, fills the public lists."""

    def __init__(self, ev: Evaluator, places: Places) -> None:
        self.ev = ev
        self.places = places
        self.database_calls: list[DatabaseCall] = []
        self.steps: list[QueryStep] = []
        self.references: list[Reference] = []
        self.crons: list[CronJob] = []
        self._consumers: dict[int, set[str]] = {}
        self._nodes: dict[int, ir.Call] = {}
        self._jobs = Numbering()

    def _calls(self, module: Module) -> Iterator[tuple[ir.Call, ir.Member | ir.Name, int]]:
        """The calls of something that has a name, with what is called and the function around."""
        for site in self.ev.world.index(module).code_calls:
            node = site.expr
            if isinstance(node, ir.Call) and isinstance(node.callee, (ir.Member, ir.Name)):
                yield node, node.callee, site.owner

    def run_for_calls(self, modules: Sequence[Module], names: frozenset[str]) -> None:
        """Collect the steps and database calls that have one of these names alone; of the steps, no consumers."""
        words = [name.encode() for name in names]
        methods = [name.encode() for name in names & DATABASE_METHODS]
        for module in modules:
            if not any(word in module.source for word in words):
                continue
            held = any(is_held(module, method) for method in methods)
            for node, callee, owner in self._calls(module):
                if callee.name in names or (held and isinstance(callee, ir.Name)):
                    self._call(module, node, owner)

    def run(self, modules: Sequence[Module]) -> None:
        for module in modules:
            index = self.ev.world.index(module)
            for site in index.code_calls:
                if isinstance(site.expr, ir.Call):
                    self._call(module, site.expr, site.owner)
            for loop, owner in index.loops:
                if loop.kind == "await" and loop.source is not None:
                    self._iteration(module, loop.source, owner)
            self._references(module)
        for step in self.steps:
            consumers = self._consumers.get(step.key, set())
            node = self._nodes.get(step.key)
            if not consumers and node is not None and self._escapes(step.place.module, node):
                consumers = {"?"}
            step.consumers = frozenset(consumers)

    def run_for_references(self, modules: Sequence[Module]) -> None:
        """Collect the references alone, in the order of `run`: most calls need no look for them."""
        for module in modules:
            for node, callee, owner in self._calls(module):
                is_global = isinstance(callee, ir.Name) and callee.ref < 0
                if callee.name in _BY_STRING and not is_global:
                    self._string_reference(module, node, owner, callee.name)
            self._references(module)

    # --------------------------------------------------------------------------------------------- calls

    def _call(self, module: Module, node: ir.Call, owner: int) -> None:
        callee = node.callee
        name = ""
        if isinstance(callee, ir.Member):
            name, start = callee.name, callee.name_start
            value = self.ev.expr(module, callee.object)
            if type(value) in _NO_RECEIVERS and name not in _ANY_RECEIVER:
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
            name = callee.name
            value = self.ev.expr(module, callee)
            if (
                isinstance(value, Bound)
                and isinstance(value.receiver, Part)
                and value.receiver.name in ("db", "system")
                and value.name in DATABASE_METHODS
            ):
                span = Span(callee.start, callee.end)
                self._database(module, node, owner, value.receiver, value.name, span, callee)
        if name in _BY_STRING:
            self._string_reference(module, node, owner, name)

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
        self.database_calls.append(
            DatabaseCall(
                place=self.places.at(module, span.start, span.end, owner),
                method=name,
                db_span=Span(db.start, db.end),
                call_span=Span(node.start, node.end),
                table=table,
                table_span=table_span,
                explicit=explicit,
                id_table=id_table(self.ev.expr(module, id_node)) if id_node is not None else None,
                id_span=Span(id_node.start, id_node.end) if id_node is not None else None,
                system=part.name == "system",
                certain=part.certain,
                args=args,
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
        self.steps.append(
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
            self.steps.append(QueryStep(place, "for await", span, span, states, (), None, None))
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
        self.crons.append(
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

    # ---------------------------------------------------------------------------------------- references

    def _references(self, module: Module) -> None:
        index = self.ev.world.index(module)
        for binding in sorted(index.uses):
            if not self._is_root(module, binding, 0):
                continue
            for use in index.uses[binding]:
                self._reference(module, use, use.name)
        for site in index.code_calls:  # require("./_generated/api").internal.a.b
            callee = site.expr.callee
            required = isinstance(callee, ir.Name) and callee.name == "require"
            if required and isinstance(site.expr, ir.Call):
                self._reference(module, site.expr, "")

    def _is_root(self, module: Module, binding: int, depth: int) -> bool:
        """Whether a binding holds (a member of) `api`, `internal` or `components`, judged by its
        definition."""
        definition = self.ev.world.index(module).definitions.get(binding)
        if definition is None or depth > 8:
            return False
        if definition.kind == "import":
            return is_reference_root(self.ev.binding(module, binding))
        if definition.kind != "var" or definition.expr is None:
            return False
        node = definition.expr
        while True:
            if isinstance(node, (ir.Member, ir.Index)):
                node = node.object
            elif isinstance(node, (ir.Cast, ir.Await)):
                node = node.value
            else:
                break
        if isinstance(node, ir.Name) and node.ref >= 0:
            return node.ref != binding and self._is_root(module, node.ref, depth + 1)
        if isinstance(node, ir.Call):  # require("./_generated/api"), await import(...)
            return is_reference_root(self.ev.binding(module, binding))
        return False

    def _reference(self, module: Module, use: ir.Name | ir.Call, name: str) -> None:
        ev = self.ev
        index = ev.world.index(module)
        node: ir.Expr = use
        while True:
            parent = index.parent(node)
            extends = isinstance(parent, (ir.Member, ir.Index)) and parent.object is node
            if not extends and not isinstance(parent, ir.Cast):
                break
            if isinstance(parent, ir.Index) and type(ev.expr(module, parent)) is not RefPath:
                break
            node = parent
        while isinstance(node, ir.Cast):
            node = node.value
        value = ev.expr(module, node)
        if not isinstance(value, RefPath) or not value.parts:
            return
        owner = index.owner(use)
        root = name == value.root or self._is_renamed(module, use)
        root_span = Span(use.start, use.end) if root else None
        path = reference_path(value)
        target: RegisteredFunction | None = None
        if value.root == "components" or path is None:
            status = "unknown"
            if value.root != "components":
                return
        else:
            status, found = reference_target(ev, path)
            if isinstance(found, RegisteredOf):
                target = found.function
            if status == "missing" and self._is_prefix(value.parts):
                return
        use_name, call, args = self._use(module, node)
        self.references.append(
            Reference(
                place=self.places.at(module, node.start, node.end, owner),
                root=value.root,
                path=path,
                root_span=root_span,
                target=target,
                status=status,
                use=use_name,
                call_span=Span(call.start, call.end) if call is not None else None,
                args=args,
            )
        )

    def _is_renamed(self, module: Module, use: ir.Name | ir.Call) -> bool:
        """Whether it is `backend` of `import { api as backend }`."""
        if not isinstance(use, ir.Name):
            return False
        definition = self.ev.world.index(module).definitions.get(use.ref)
        if definition is None or definition.kind != "import":
            return False
        value = self.ev.expr(module, use)
        return isinstance(value, RefPath) and not value.parts

    def _is_prefix(self, parts: tuple[str, ...]) -> bool:
        """`internal.agent.conversation` held in a variable names a module or a folder, not a function."""
        name = "/".join(parts)
        if self.ev.world.by_name(name) is not None:
            return True
        return any(m.name.startswith(name + "/") for m in self.ev.world.modules.values())

    def _use(self, module: Module, node: ir.Expr) -> tuple[str, ir.Call | None, ir.Expr | None]:
        """What a reference is given to, also through a const."""
        index = self.ev.world.index(module)
        parent = index.parent(node)
        while isinstance(parent, ir.Cast):
            node, parent = parent, index.parent(parent)
        if isinstance(parent, ir.Call):
            return self._use_in_call(module, parent, node)
        if (
            isinstance(parent, ir.Declare)
            and isinstance(parent.pattern, ir.BindName)
            and parent.keyword == "const"
        ):
            for use in index.uses.get(parent.pattern.ref, ()):
                above = index.parent(use)
                if isinstance(above, ir.Call):
                    found = self._use_in_call(module, above, use)
                    if found[0]:
                        return found
        return "", None, None

    def _use_in_call(
        self, module: Module, call: ir.Call, node: ir.Expr
    ) -> tuple[str, ir.Call | None, ir.Expr | None]:
        callee = call.callee
        position = next((n for n, a in enumerate(call.args) if a is node), -1)
        if position < 0:
            return "", None, None
        if isinstance(callee, ir.Member):
            name = callee.name
            receiver: Value = present(self.ev.expr(module, callee.object))
        elif isinstance(callee, ir.Name):
            bound = self.ev.expr(module, callee)
            if not isinstance(bound, Bound):
                return "", None, None
            name, receiver = bound.name, bound.receiver
        else:
            return "", None, None
        after = call.args[position + 1] if len(call.args) > position + 1 else None
        foreign = isinstance(receiver, (External, ExternalResult)) and not is_crons(receiver)
        if name in RUN_METHODS and position == 0 and (isinstance(receiver, CtxOf) or not foreign):
            return name, call, after
        if name in SCHEDULE_METHODS and position == 1 and not foreign:
            return name, call, after
        if name in CRON_METHODS and is_crons(receiver):
            return "cron", call, after
        return "", None, None

    def _string_reference(self, module: Module, node: ir.Call, owner: int, name: str) -> None:
        if name == "makeFunctionReference":
            value = self.ev.expr(module, node)
            if isinstance(value, RefName) and type(node.args[0]) is ir.Text:
                self._named(module, node.args[0], value.name, owner, node)
        elif name in RUN_METHODS and node.args:
            text: ir.Expr = node.args[0]
            while isinstance(text, ir.Cast):
                text = text.value
            if isinstance(text, ir.Text) and ":" in text.value:
                self._named(module, text, text.value, owner, None, name, node)

    def _named(
        self,
        module: Module,
        text: ir.Text,
        name: str,
        owner: int,
        made: ir.Call | None,
        use: str = "",
        call: ir.Call | None = None,
    ) -> None:
        status, found = reference_target(self.ev, name)
        if made is not None:
            use, call, args = self._use(module, made)
        else:
            args = call.args[1] if call is not None and len(call.args) > 1 else None
        self.references.append(
            Reference(
                place=self.places.at(module, text.start, text.end, owner),
                root="string",
                path=name,
                root_span=None,
                target=found.function if isinstance(found, RegisteredOf) else None,
                status=status,
                use=use,
                call_span=Span(call.start, call.end) if call is not None else None,
                args=args,
            )
        )


def find_sites(ev: Evaluator, places: Places, modules: Sequence[Module]) -> SiteFinder:
    """All places in these modules."""
    finder = SiteFinder(ev, places)
    finder.run(modules)
    return finder


def find_references(ev: Evaluator, places: Places, modules: Sequence[Module]) -> list[Reference]:
    """The references in these modules, as `find_sites` gives them, without a look for anything else."""
    finder = SiteFinder(ev, places)
    finder.run_for_references(modules)
    return finder.references


def is_held(module: Module, method: bytes) -> bool:
    """Whether the text of a module may hold a method without calling it: `const { insert } = ctx.db`."""
    held = rb"\.\s*%b\b(?!\s*[(<])|[{,]\s*%b\s*[,}:]" % (method, method)
    return re.search(held, module.source) is not None
