"""Where validators are written: every `v.x(...)` call, every field of an object of validators, and what they
end up validating. Collected when the first rule asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import (
    External,
    ExternalResult,
    ModuleOf,
    ObjectLiteral,
    TableDef,
    ValidatorOf,
    present,
)
from convexlint.program.model import Module, RegisteredFunction, Table
from convexlint.program.modules.nodes import bare
from convexlint.program.modules.world import Target
from convexlint.program.places.sites import placing
from convexlint.program.places.validator_uses import (
    ELEMENT,
    VALUE,
    FieldSite,
    Surroundings,
    TableSite,
    ValidatorSite,
    ValidatorUse,
)
from convexlint.program.program import Program
from convexlint.program.queries import query

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.places.sites import Locator

MAX_STEPS = 60  # nested validators that are followed from a root
_DEFINES = re.compile(rb"\b(?:defineTable|Table)\s*[(<]")
_SAME = frozenset({"pick", "omit", "partial", "extend", "optional"})


class ValidatorSites:
    """The validators of one program. The three lists are sorted by module path and place."""

    def __init__(
        self,
        ev: Evaluator,
        places: Locator,
        functions: tuple[RegisteredFunction, ...],
        tables: Mapping[str, Table],
        into_tables: bool = True,
    ) -> None:
        """`into_tables`: also what the tables are made of; else only where they are defined."""
        self._ev = ev
        self._uses: dict[int, tuple[ValidatorUse, ...]] = {}
        self._around = Surroundings(ev, places, self._uses)
        self._sites: dict[int, ValidatorSite] = {}
        self._fields: list[FieldSite] = []
        self.sites = tuple(self._find())
        self.tables = tuple(self._tables(tables, into_tables))
        for function in functions:
            self._function(function)
        self.fields = tuple(
            sorted(
                self._fields,
                key=lambda f: (f.module.path, f.prop.key_start, f.prop.key_end, f.use.role, f.use.path),
            )
        )
        self._sites, self._fields = {}, []  # large, and not needed any more

    # ------------------------------------------------------------------------------------------- the calls

    def _find(self) -> Iterator[ValidatorSite]:
        for module in sorted(self._ev.world.looked_at, key=lambda m: m.path):
            found: list[ValidatorSite] = []
            for site in self._ev.world.index(module).calls:  # a call stands before those in it
                node = site.expr
                if isinstance(node, ir.Call) and isinstance(node.callee, (ir.Member, ir.Name)):
                    own = self._is_v(module, node.callee)
                    if own is not None:
                        made = self._site(module, node, node.callee, site.owner, own)
                        self._sites[id(node)] = made
                        found.append(made)
            yield from sorted(found, key=lambda s: (s.call.start, s.call.end))

    def _is_v(self, module: Module, callee: ir.Member | ir.Name) -> bool | None:
        """Whether `callee` is a method of convex/values' `v` (True), of a `typedV` (False), or neither."""
        if isinstance(callee, ir.Member):
            value = self._ev.expr(module, callee.object)
            depth = 1
        elif callee.ref >= 0:
            value = self._ev.expr(module, callee)
            depth = 2
        else:
            return None
        if isinstance(value, External):
            known = value.package in ("convex/values", "convex/server") and value.path[:1] == ("v",)
            return True if known and len(value.path) == depth else None
        if isinstance(value, ExternalResult) and len(value.path) == depth - 1:
            return False if value.source.path[-1:] == ("typedV",) else None
        return None

    def _site(
        self, module: Module, node: ir.Call, callee: ir.Member | ir.Name, owner: int, own: bool
    ) -> ValidatorSite:
        dotted = isinstance(callee, ir.Member)
        return ValidatorSite(
            module=module,
            call=node,
            owner=owner,
            method=self._called(module, callee) if isinstance(callee, ir.Name) else callee.name,
            dotted=dotted,
            own=own,
            parent=self._parent(module, node),
            around=self._around,
        )

    def _called(self, module: Module, callee: ir.Name) -> str:
        """The method's own name where it was taken out of `v` (`const { string: text } = v`)."""
        value = self._ev.expr(module, callee)
        return value.path[-1] if isinstance(value, (External, ExternalResult)) and value.path else callee.name

    def _parent(self, module: Module, node: ir.Call) -> ValidatorSite | None:
        index = self._ev.world.index(module)
        above: Any = index.parent(node)
        while above is not None and not isinstance(above, (ir.Function, ir.Class)):
            site = self._sites.get(id(above))
            if site is not None:
                return site
            above = index.parent(above)
        return None

    # ------------------------------------------------------------------------------------------- the roots

    def _tables(self, tables: Mapping[str, Table], into: bool) -> Iterator[TableSite]:
        for name, table in tables.items():
            definition = self._ev.table_definitions.get(name)
            if not isinstance(definition, TableDef):
                continue
            module, node = definition.root
            argument = definition.shape
            end_module, last = definition.calls[-1] if definition.calls else definition.root
            span = Span(argument.start, argument.end) if argument is not None else None
            chained = definition.chained or bool(definition.calls)
            yield TableSite(table, module, Span(node.start, node.end), span, end_module, last.end, chained)
            if argument is not None and into:
                self._follow(module, argument, ValidatorUse("schema", name, None, ()), 0, set())

    def _function(self, function: RegisteredFunction) -> None:
        if function.config is not None:
            self._config(function, function.module, function.config, 0, {"args": set(), "returns": set()})

    def _config(
        self,
        function: RegisteredFunction,
        module: Module,
        config: ir.Object,
        depth: int,
        seen: Mapping[str, set[int]],
    ) -> None:
        for prop in config.props:
            if prop.key in seen and prop.kind in ("pair", "shorthand"):
                use = ValidatorUse("args" if prop.key == "args" else "returns", None, function, ())
                self._follow(module, prop.value, use, 0, seen[use.role])
            elif prop.kind == "spread" and depth < MAX_STEPS:
                value = self._ev.expr(module, prop.value)
                if isinstance(value, ObjectLiteral):
                    self._config(function, value.module, value.expr, depth + 1, seen)

    # ----------------------------------------------------------------------------------------- the way down

    def _follow(self, module: Module, node: ir.Expr, use: ValidatorUse, depth: int, seen: set[int]) -> None:
        """Note that what `node` is belongs to `use`, and so on with its parts. `seen`: what was come by from the same
        root, by id()."""
        node = bare(node)
        if id(node) in seen or depth > MAX_STEPS:
            return
        seen.add(id(node))
        depth += 1
        if isinstance(node, ir.Call):
            self._follow_call(module, node, use, depth, seen)
        elif isinstance(node, ir.Object):
            self._follow_object(module, node, use, depth, seen)
        elif isinstance(node, ir.Name) and node.ref >= 0:
            self._follow_target(self._ev.world.follow(module, node.ref), use, depth, seen)
        elif isinstance(node, ir.Member):
            self._follow_member(module, node, use, depth, seen)
        elif isinstance(node, ir.Conditional):
            for branch in (node.yes, node.no):
                self._follow(module, branch, use, depth, seen)
        elif isinstance(node, ir.Array):
            for item in node.items:
                self._follow(module, item, use, depth, seen)
        elif isinstance(node, ir.Spread):
            self._follow(module, node.value, use, depth, seen)

    def _follow_target(self, target: Target | None, use: ValidatorUse, depth: int, seen: set[int]) -> None:
        if target is None or target.module is None:
            return
        if target.kind == "expr" and target.expr is not None:
            self._follow(target.module, target.expr, use, depth, seen)
        elif target.kind == "binding":
            definition = self._ev.world.index(target.module).definitions.get(target.binding)
            if definition is None or definition.kind != "var" or definition.path:
                return
            if definition.expr is not None:
                self._follow(target.module, definition.expr, use, depth, seen)

    def _follow_member(
        self, module: Module, node: ir.Member, use: ValidatorUse, depth: int, seen: set[int]
    ) -> None:
        value = present(self._ev.expr(module, node.object))
        if isinstance(value, ObjectLiteral):
            for prop in value.expr.props:
                if prop.key == node.name:
                    self._follow(value.module, prop.value, use, depth, seen)
        elif isinstance(value, ModuleOf):
            self._follow_target(self._ev.world.export(value.module, node.name), use, depth, seen)
        elif node.name == "fields" and isinstance(value, ValidatorOf):
            self._follow(module, node.object, use, depth, seen)
        elif node.name == "validator" and isinstance(value, TableDef) and value.shape is not None:
            self._follow(value.root[0], value.shape, use, depth, seen)

    def _follow_call(
        self, module: Module, node: ir.Call, use: ValidatorUse, depth: int, seen: set[int]
    ) -> None:
        callee = node.callee
        if id(node) not in self._sites and not self._is_elsewhere(module, node):
            if isinstance(callee, ir.Member) and callee.name in _SAME:
                if isinstance(self._ev.expr(module, callee.object), ValidatorOf):
                    self._follow(module, callee.object, use, depth, seen)
                if callee.name == "extend" and node.args:
                    self._follow(module, node.args[0], use, depth, seen)
            return
        self._uses[id(node)] = (*self._uses.get(id(node), ()), use)
        name = callee.name if isinstance(callee, (ir.Member, ir.Name)) else ""
        inner = {"array": ELEMENT, "record": VALUE}.get(name)
        if inner is not None:
            use = ValidatorUse(use.role, use.table, use.function, (*use.path, inner))
        for arg in node.args:
            self._follow(module, arg, use, depth, seen)

    def _is_elsewhere(self, module: Module, node: ir.Call) -> bool:
        """Whether the call is one of `v` in a module that is not looked at."""
        return (
            not self._ev.world.looks_at(module)
            and isinstance(node.callee, (ir.Member, ir.Name))
            and self._is_v(module, node.callee) is not None
        )

    def _follow_object(
        self, module: Module, node: ir.Object, use: ValidatorUse, depth: int, seen: set[int]
    ) -> None:
        for prop in node.props:
            if prop.kind == "spread":
                self._follow(module, prop.value, use, depth, seen)
            elif prop.key is not None and prop.kind in ("pair", "shorthand"):
                inner = ValidatorUse(use.role, use.table, use.function, (*use.path, prop.key))
                self._fields.append(FieldSite(module, prop, inner, self._around))
                self._follow(module, prop.value, inner, depth, seen)


@query
def _validators(program: Program) -> ValidatorSites:
    return ValidatorSites(
        program.ev, placing(program), program.functions, program.schema.tables, _may_hold_schema(program)
    )


@query
def validator_sites(program: Program) -> tuple[ValidatorSite, ...]:
    """Every `v.x(...)` call with what it is part of, by module and place."""
    return _validators(program).sites


@query
def validator_fields(program: Program) -> tuple[FieldSite, ...]:
    """Every field of an object of validators, once for each use, by module and place. Those of tables only where some
    of them may stand in modules that are looked at."""
    return _validators(program).fields


@query
def fields_of_table(program: Program, name: str) -> tuple[FieldSite, ...]:
    """The fields of one table, wherever they stand."""
    table = program.schema.tables.get(name)
    if table is None:
        return ()
    found = ValidatorSites(program.ev, placing(program), (), {name: table}).fields
    return tuple([field for field in found if field.use.role == "schema"])


@query
def table_sites(program: Program) -> tuple[TableSite, ...]:
    """Where the tables of the schema are defined, in the schema's order."""
    return _validators(program).tables


@query
def argument_validator(
    program: Program, function: RegisteredFunction, name: str
) -> tuple[Module, Span] | None:
    """Where the validator of an argument is written: its `v.` call, else what stands behind its key."""
    for site in validator_sites(program):
        if any(_is_argument(use, function, name) for use in site.uses):
            return site.place.module, site.call_span
    for field in validator_fields(program):
        if _is_argument(field.use, function, name):
            return field.module, field.value_span
    return None


def _is_argument(use: ValidatorUse, function: RegisteredFunction, name: str) -> bool:
    return use.role == "args" and use.function is function and use.path == (name,)


@query
def _may_hold_schema(program: Program) -> bool:
    """Whether some of the modules that are looked at may hold a part of a table: they define one, or one that does
    imports them."""
    world = program.ev.world
    if program.focus is None:
        return True
    defining = frozenset([module.path for module in program.modules if module.holds(_DEFINES)])
    parts = world.imports(defining)
    return any(module.path in parts for module in world.looked_at)
