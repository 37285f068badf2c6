"""The evaluator: what Convex value an expression holds.

Lazy, memoised, and honest: whatever cannot be followed is `UNKNOWN`. It is insensitive to control flow (a
variable has one value: the union of all that is assigned to it), which is enough for Convex code because a
null check changes nothing about which table an id belongs to.
"""

from __future__ import annotations

from typing import Any

from convexlint.defects import note_place
from convexlint.facts import ir
from convexlint.program.evaluation import (
    calls,
    known,
    members,
    narrow,
    params,
    registration,
    typeexpr,
    validate,
    wrappers,
)
from convexlint.program.evaluation.absence import is_data, is_set_before_use, perhaps
from convexlint.program.evaluation.expansions import Expansions
from convexlint.program.evaluation.expressions import SIMPLE, added, complex_value
from convexlint.program.evaluation.memory import Held, Memory
from convexlint.program.evaluation.registry import Registry
from convexlint.program.evaluation.values import (
    EMPTY_LIST,
    NULL,
    NUMBER,
    STRING,
    UNDEFINED,
    UNKNOWN,
    VOID,
    BuilderOf,
    ClassOf,
    Closure,
    Frame,
    Global,
    ListOf,
    ModuleOf,
    ObjectLiteral,
    OneOf,
    Patched,
    PromiseOf,
    RecordOf,
    RegisteredOf,
    TableDef,
    Value,
    has_table,
    is_vague,
    one_of,
    present,
    unwrap,
)
from convexlint.program.evaluation.values import members as union_members
from convexlint.program.model import Module, Table
from convexlint.program.modules.callers import Callers
from convexlint.program.modules.index import Definition
from convexlint.program.modules.nodes import unwrapped
from convexlint.program.modules.world import Target, World
from convexlint.program.validators import Validator

MAX_ROUNDS = 4  # rounds in which a variable that is assigned from itself must settle

Path = tuple[tuple[str, Any], ...]


class Evaluator(Memory):
    """Values of expressions, bindings and calls of a `World`.

    `tables` is filled once the schema has been read; `param_values` by registrations whose handler is a
    function declared elsewhere: (module path, function index) -> values of its parameters.
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.tables: dict[str, Table] = {}
        self.table_definitions: dict[str, TableDef] = {}
        self.param_values: dict[tuple[str, int], tuple[Value, ...]] = {}
        self.registered: dict[int, Any] = {}
        self.frames = 0
        self.expansions = Expansions(self)
        self.unfollowed: set[tuple[str, str, int]] = set()  # what, path and place
        self.callers = Callers(world)
        self.registry = Registry(self)

    # ----------------------------------------------------------------------------------------- expressions

    def expr(self, module: Module, node: ir.Expr, frame: Frame | None = None) -> Value:
        """The value of `node`, which stands in `module`."""
        if isinstance(node, ir.Name):  # those that are asked for most come first
            if node.ref < 0:
                return Global(node.name)
            value = self.binding(module, node.ref, frame)
            return value if type(value) is not OneOf else self._narrowed(module, node, value, frame)
        if not isinstance(node, (ir.Member, ir.Call)):
            simple = SIMPLE.get(type(node))
            if simple is not None:
                return simple(self, module, node, frame)
        memo = self.memo if frame is None else frame.memo
        key = id(node)
        found = memo.get(key)  # most are asked for again: no detour for them
        if found is not None and type(found) is not Held:
            return found
        return self._computed(key, module, node, frame, memo)

    # A function that makes another pays for it at every call, so those that are asked most leave it to these.

    def _computed(
        self, key: int, module: Module, node: ir.Expr, frame: Frame | None, memo: dict[Any, Value]
    ) -> Value:
        try:
            found: Value = self.guarded(key, memo, lambda: complex_value(self, module, node, frame))
            if self.unplaced:
                self.place(self.unplaced, module, node.start)
            return found
        except Exception as error:
            note_place(error, module.path)
            raise

    def _narrowed(self, module: Module, node: ir.Name, value: OneOf, frame: Frame | None) -> Value:
        memo = self.memo if frame is None else frame.memo
        key = id(node)
        found = memo.get(key)
        if found is None or type(found) is Held:
            found = self.guarded(key, memo, lambda: narrow.name(self, module, node, value, frame))
        assert isinstance(found, Value)
        return found

    def _bound(
        self, key: tuple[str, int], module: Module, binding: int, frame: Frame | None, memo: dict[Any, Value]
    ) -> Value:
        found: Value = self.guarded(key, memo, lambda: self._binding(module, binding, frame))
        if self.unplaced:
            self.place(self.unplaced, module, module.facts.bindings[binding].start)
        return found

    def place(self, unplaced: list[str], module: Module, start: int) -> None:
        """Note where the things stand that went beyond a bound."""
        self.unfollowed.update((what, module.path, start) for what in unplaced)
        unplaced.clear()

    # ----------------------------------------------------------------------------------------- bindings

    def in_frame(self, module: Module, binding: int, frame: Frame) -> bool:
        """Whether the binding belongs to the function that the frame calls (or one nested in it)."""
        if module is not frame.module:
            return False
        function = module.facts.bindings[binding].function
        functions = module.facts.functions
        while function > 0:
            if function == frame.index:
                return True
            function = functions[function].parent
        return False

    def binding(self, module: Module, binding: int, frame: Frame | None = None) -> Value:
        if frame is not None and not self.in_frame(module, binding, frame):
            frame = None
        memo = self.memo if frame is None else frame.memo
        key = (module.path, binding)
        found = memo.get(key)
        if found is not None and type(found) is not Held:
            return found
        return self._bound(key, module, binding, frame, memo)

    def _binding(self, module: Module, binding: int, frame: Frame | None) -> Value:
        index = self.world.index(module)
        definition = index.definitions.get(binding)
        if definition is None:
            return UNKNOWN
        kind = definition.kind
        if kind == "var":
            return self._variable(module, binding, definition, frame)
        if kind == "param":
            value = params.param_value(self, module, definition.index, definition.position, frame)
            return self._with_assignments(
                module, binding, self.project(module, value, definition.path, frame), frame
            )
        if kind == "import":
            assert definition.statement is not None and definition.imported is not None
            return self.imported(module, definition.statement.specifier, definition.imported.imported)
        if kind == "function":
            return Closure(module, definition.index, None, frame)
        if kind == "class":
            return ClassOf(module, definition.index)
        if kind == "loop" and definition.expr is not None:
            source = self.expr(module, definition.expr, frame)
            if definition.loop == "in":
                return STRING
            element = members.element(self, source, awaited=definition.loop == "await")
            return self.project(module, element, definition.path, frame)
        return UNKNOWN

    def _variable(self, module: Module, binding: int, definition: Definition, frame: Frame | None) -> Value:
        if definition.annotation is not None:
            declared = typeexpr.type_value(
                self, module, definition.annotation, self.type_env(module, definition.index, frame)
            )
            value = self.project(module, declared, definition.path, frame)
            if not is_vague(value):
                if isinstance(value, RecordOf) and isinstance(definition.expr, ir.Cast):
                    return typeexpr.claimed(self, value, self.expr(module, definition.expr, frame))
                return value
        if definition.expr is None:
            value = self._with_assignments(module, binding, None, frame)
            certain = value is UNKNOWN or is_set_before_use(self.world.index(module), binding)
            return value if certain else perhaps(value)
        value = self.project(module, self.expr(module, definition.expr, frame), definition.path, frame)
        if not definition.path:
            value = self._collected(module, binding, definition.expr, value, frame)
        return self._with_assignments(module, binding, value, frame)

    def _with_assignments(
        self, module: Module, binding: int, value: Value | None, frame: Frame | None
    ) -> Value:
        """A variable holds all that is ever assigned to it. An assignment may read the variable itself
        (`q = q.filter(...)`): it then sees what is known so far, until nothing new appears."""
        if not module.facts.bindings[binding].assigned:
            return UNKNOWN if value is None else value
        start = None if value is None or value in (NULL, UNDEFINED) else value
        absent = [] if value is None or start is not None else [value]
        assignments = self.world.index(module).assignments.get(binding, ())
        key = (module.path, binding)
        if start is None and value is None:
            start = self._first_assigned(module, binding, frame)
        known = start
        for _ in range(MAX_ROUNDS):
            if known is not None:
                if not self.next_turn():
                    return UNKNOWN
                self.so_far[key] = known
            values = [] if start is None else [start]
            for path, expr in assignments:
                values.append(self.project(module, self.expr(module, expr, frame), path, frame))
            if start is not None and added(start) == STRING:
                values = [STRING if v == NUMBER else v for v in values]  # `text += 1` stays text
            found = one_of(v for v in values if v not in (NULL, UNDEFINED))
            self.so_far.pop(key, None)
            if found == known or found is UNKNOWN or start is None or not has_table(found):
                absent += [v for v in values if v in (NULL, UNDEFINED)]
                return found if found is UNKNOWN or not is_data(found) else one_of([found, *absent])
            known = found
        return UNKNOWN

    def _first_assigned(self, module: Module, binding: int, frame: Frame | None) -> Value | None:
        """What `let rows;` is given by the assignments that do not read it; None when none reads it."""
        index = self.world.index(module)
        uses = index.uses.get(binding, ())
        values = []
        reading = False
        for path, expr in index.assignments.get(binding, ()):
            if any(expr.start <= use.start < expr.end for use in uses):
                reading = True
            else:
                values.append(self.project(module, self.expr(module, expr, frame), path, frame))
        found = one_of(v for v in values if v not in (NULL, UNDEFINED)) if reading else UNKNOWN
        return None if found is UNKNOWN else found

    def settle(self) -> None:
        """Evaluate first, in this and every module that will be asked for, the variables that are assigned from
        themselves (`row = await next(row)`): entered from the middle of such an assignment, the cycle could not be
        seen through."""
        for module in self.world.indexed:
            self._settle(module)
        self.world.on_index = self._settle

    def _settle(self, module: Module) -> None:
        index = self.world.index(module)
        for binding, assignments in index.assignments.items():
            uses = index.uses.get(binding, ())
            if any(e.start <= use.start < e.end for _, e in assignments for use in uses):
                self.binding(module, binding)

    def _collected(
        self, module: Module, binding: int, init: ir.Expr, value: Value, frame: Frame | None
    ) -> Value:
        """`const ids = []`, `new Map()` and `const o = {}` hold what is put into them."""
        index = self.world.index(module)
        names = [binding, *index.aliases.get(binding, ())]
        writes = [write for name in names for write in index.writes.get(name, ())]
        if writes and isinstance(value, ObjectLiteral):
            return Patched(value, tuple(writes))
        pushes = [push for name in names for push in index.pushes.get(name, ())]
        if not (pushes or writes):
            return value
        if any(isinstance(m, ListOf) for m in union_members(value)):
            added = [] if value == EMPTY_LIST else [members.element(self, value)]
            if any(name in ("push", "unshift") for name, _ in pushes):
                added.append(self._pushed(module, pushes, ("push", "unshift"), frame))
            added += [self.expr(module, expr, frame) for name, expr in writes if name is None]
            return ListOf(one_of(added))
        if isinstance(init, ir.New) and not init.args and not init.type_args:
            return members.collected(value, lambda names, i: self._pushed(module, pushes, names, frame, i))
        return value

    def _pushed(
        self,
        module: Module,
        pushes: list[tuple[str, tuple[ir.Expr, ...]]],
        names: tuple[str, ...],
        frame: Frame | None,
        position: int | None = None,
    ) -> Value:
        found: list[Value] = []
        for name, args in pushes:
            if name not in names:
                continue
            for number, arg in enumerate(args):
                if position is not None and number != position:
                    continue
                if isinstance(arg, ir.Spread):
                    found.append(members.element(self, self.expr(module, arg.value, frame)))
                else:
                    found.append(self.expr(module, arg, frame))
        return one_of(found)

    def project(self, module: Module, value: Value, path: Path, frame: Frame | None = None) -> Value:
        """Follow a destructuring path."""
        for step, what in path:
            if step == "key":
                value = UNKNOWN if what is None else self.member(value, what)
            elif step == "item":
                value = members.perhaps_item(value, what, members.item(self, value, what))
            elif step == "tail":
                value = ListOf(members.element(self, value)) if what or isinstance(value, ListOf) else value
            elif step == "rest":
                value = members.rest(self, value, what)
            elif step == "default":
                if value is not UNKNOWN:
                    value = (
                        one_of([present(value), self.expr(module, what, frame)])
                        if value != UNDEFINED
                        else self.expr(module, what, frame)
                    )
            elif step == "added":
                value = added(value)
            else:
                value = NUMBER
        return value

    # ------------------------------------------------------------------------------------------ modules

    def imported(self, module: Module, specifier: str, name: str) -> Value:
        """What an import of `name` ("default", "*") from `specifier` gives."""
        target = self.world.specifier(module, specifier)
        if isinstance(target, Module):
            return ModuleOf(target) if name == "*" else self.export_value(target, name)
        if not target:
            return UNKNOWN
        return known.external(target, () if name == "*" else (name,))

    def export_value(self, module: Module, name: str) -> Value:
        target = self.world.export(module, name)
        return UNKNOWN if target is None else self.target_value(target)

    def target_value(self, target: Target) -> Value:
        if target.kind == "external":
            if not target.package:
                return UNKNOWN
            return known.external(target.package, () if target.name == "*" else (target.name,))
        assert target.module is not None
        if target.kind == "module":
            return ModuleOf(target.module)
        if target.kind == "expr":
            return UNKNOWN if target.expr is None else self.expr(target.module, target.expr)
        return self.binding(target.module, target.binding)

    # ---------------------------------------------------------------------------------------- delegates

    def member(self, value: Value, name: str) -> Value:
        return members.member(self, value, name)

    def call(self, module: Module, node: ir.Call | ir.New, frame: Frame | None = None) -> Value:
        return calls.call(self, module, node, frame)

    def type_env(self, module: Module, function: int, frame: Frame | None) -> dict[str, Value]:
        return typeexpr.env_of(self, module, function, frame)

    def param_value(self, module: Module, index: int, position: int, frame: Frame | None) -> Value:
        return params.param_value(self, module, index, position, frame)

    def add_params(self, key: tuple[str, int], values: tuple[Value, ...]) -> None:
        """Note what one more registration hands to a function; several may share one handler."""
        known = self.param_values.get(key)
        if known is not None:
            ctx = values[:1] if known[:1] == values[:1] else known[:1]
            rest = tuple(one_of(pair) for pair in zip(known[1:], values[1:], strict=False))
            values = (*ctx, *rest)
        self.param_values[key] = values

    def callback_params(self, module: Module, node: ir.Call | ir.New, position: int) -> tuple[Value, ...]:
        return calls.callback_params(self, module, node, position)

    def called_with(self, target: Closure, position: int) -> tuple[Value, ...]:
        """What function `target` passes to its parameter `position`, which it calls (an untyped callback)."""
        function = target.module.facts.functions[target.index]
        pattern = function.params[position].pattern
        if not isinstance(pattern, ir.BindName) or pattern.ref < 0:
            return ()
        index = self.world.index(target.module)
        found: list[Value] = []
        for use in index.uses.get(pattern.ref, ()):
            parent = index.parent(use)
            if isinstance(parent, ir.Call) and parent.callee is use:
                for number, arg in enumerate(parent.args):
                    value = self.expr(target.module, arg)
                    if number < len(found):
                        found[number] = one_of([found[number], value])
                    else:
                        found.append(value)
        return tuple(found)

    def call_closure(self, target: Closure, *args: Value) -> Value:
        return calls.invoke(self, target, lambda: args)

    def return_value(self, target: Closure) -> Value:
        """What the body of a function returns, whoever calls it (a Promise for async functions)."""
        if target.frame is not None:
            return self.body_value(target, target.frame)
        found: Value = self.guarded(
            ("return", target.module.path, target.index), self.memo, lambda: self.body_value(target, None)
        )
        return found

    def body_value(self, target: Closure, frame: Frame | None) -> Value:
        """The union of what a function returns; calls of itself are left out of it."""
        module = target.module
        function = module.facts.functions[target.index]
        if function.is_generator:
            return UNKNOWN
        index = self.world.index(module)
        values = []
        for node in index.returns.get(target.index, ()):
            if not self._calls_itself(module, function, node):
                values.append(self.expr(module, node, frame))
        if not index.returns.get(target.index):
            value: Value = VOID
        else:
            if index.bare_returns.get(target.index):
                values.append(UNDEFINED)
            value = one_of(values)
        return PromiseOf(unwrap(value)) if function.is_async else value

    def _calls_itself(self, module: Module, function: ir.Function, node: ir.Expr) -> bool:
        node = unwrapped(node)
        if not isinstance(node, ir.Call) or not isinstance(node.callee, ir.Name):
            return False
        return node.callee.ref >= 0 and node.callee.ref == function.binding

    # ------------------------------------------------------------------------------------ registrations

    def named_builder(self, module: Module, callee: ir.Expr) -> BuilderOf | None:
        return registration.named_builder(self, callee)

    def register(
        self, module: Module, node: ir.Call | ir.New, builder: BuilderOf, frame: Frame | None
    ) -> Value:
        return registration.register(self, module, node, builder, frame)

    def register_through(
        self, module: Module, node: ir.Call | ir.New, inner: RegisteredOf, frame: Frame | None
    ) -> Value:
        return wrappers.register_through(self, module, node, inner, frame)

    def handler_values(self, builder: BuilderOf, module: Module, config: ir.Expr | None) -> tuple[Value, ...]:
        return registration.handler_values(self, builder, module, config)

    def property_params(self, module: Module, prop: ir.Prop) -> tuple[Value, ...]:
        return registration.property_params(self, module, prop)

    def reference_result(self, reference: Value) -> Value:
        return registration.reference_result(self, reference)

    def validator(self, module: Module, node: ir.Expr, frame: Frame | None = None) -> Validator | None:
        """The validator that an `args`, `returns` or field expression is; None when it is none."""
        return validate.as_validator(self, self.expr(module, node, frame))
