"""The evaluator: what Convex value an expression holds.

Lazy, memoised, and honest: whatever cannot be followed is `UNKNOWN`. It is insensitive to control flow (a
variable has one value: the union of all that is assigned to it), which is enough for Convex code because a
null check changes nothing about which table an id belongs to.
"""

from __future__ import annotations

from typing import Any

from convexlint.defects import note_place
from convexlint.facts import ir
from convexlint.facts.by_node import ByNode
from convexlint.program.evaluation import (
    bindings,
    builder_calls,
    calls,
    known,
    members,
    narrow,
    params,
    references,
    typeexpr,
    validate,
    wrappers,
)
from convexlint.program.evaluation.expansions import Expansions
from convexlint.program.evaluation.expressions import SIMPLE, complex_value
from convexlint.program.evaluation.memory import Held, Memory
from convexlint.program.evaluation.never import never_comes_back
from convexlint.program.evaluation.registry import Registry
from convexlint.program.evaluation.values import (
    UNDEFINED,
    UNKNOWN,
    VOID,
    BuilderOf,
    Closure,
    Frame,
    Global,
    ModuleOf,
    OneOf,
    PromiseOf,
    RegisteredOf,
    TableDef,
    Value,
    one_of,
    unwrap,
)
from convexlint.program.model import Module, Table
from convexlint.program.modules.callers import Callers
from convexlint.program.modules.nodes import unwrapped
from convexlint.program.modules.world import Target, World
from convexlint.program.validators import Validator


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
        self._known: dict[str, ByNode[Value]] = {}  # by module, as all that follows
        self._variables: dict[str, list[Value | None]] = {}
        self.unfollowed: set[tuple[str, str, int]] = set()  # what, path and place
        self.callers = Callers(world)
        self.registry = Registry(self)

    # ----------------------------------------------------------------------------------------- expressions

    def expr(self, module: Module, node: ir.Expr, frame: Frame | None = None) -> Value:
        """The value of `node`, which stands in `module`."""
        if type(node) is ir.Name:  # those that are asked for most come first
            if node.ref < 0:
                return Global(node.name)
            value = self.binding(module, node.ref, frame)
            return value if type(value) is not OneOf else self._narrowed(module, node, value, frame)
        kind = type(node)
        if kind is not ir.Member and kind is not ir.Call:
            simple = SIMPLE.get(kind)
            if simple is not None:
                return simple(self, module, node, frame)
        if frame is None:
            known = self._known.get(module.path)
            if known is None:
                known = self._know(module)
            kept = known.get(node)  # most are asked for again: no detour for them
            return self._asked(known, module, node) if kept is None else kept
        memo: dict[Any, Any] = frame.memo
        key = id(node)
        found: Any = memo.get(key)
        if found is None or type(found) is Held:
            found = self._computed(key, module, node, frame, memo)
        value_in_frame: Value = found
        return value_in_frame

    def _know(self, module: Module) -> ByNode[Value]:
        """Where the values of a module's nodes are kept that are known for good: by the number of a node, which is
        quicker and smaller than a memo."""
        known = self._known[module.path] = self.world.index(module).parents.beside()
        return known

    def _asked(self, known: ByNode[Value], module: Module, node: ir.Expr) -> Value:
        """The value of an expression, outside of any call, of which nothing is kept in `known`."""
        key = id(node)
        found: Any = self.memo.get(key)
        if found is None or type(found) is Held:
            found = self._computed(key, module, node, None, self.memo)
        return self._kept(known, node, found)

    def _kept(self, known: ByNode[Value], node: ir.Expr, found: Any) -> Value:
        """Keep a value in `known`, where it depends on no open question."""
        value: Value = found
        key = id(node)
        if self.memo.get(key) is found and known.say(node, value):
            del self.memo[key]
        return value

    def is_known(self, module: Module, node: ir.Expr) -> bool:
        """Whether somebody has asked for the value of an expression outside of any call."""
        known = self._known.get(module.path)
        return id(node) in self.memo or (known is not None and known.get(node) is not None)

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
        known = None if frame is not None else self._known.get(module.path) or self._know(module)
        kept = None if known is None else known.get(node)
        if kept is not None:
            return kept
        memo = self.memo if frame is None else frame.memo
        key = id(node)
        found: Any = memo.get(key)
        if found is None or type(found) is Held:
            found = self.guarded(key, memo, lambda: narrow.name(self, module, node, value, frame))
        if known is not None:
            return self._kept(known, node, found)
        assert isinstance(found, Value)
        return found

    def _bound(
        self, key: tuple[str, int], module: Module, binding: int, frame: Frame | None, memo: dict[Any, Value]
    ) -> Value:
        found: Value = self.guarded(key, memo, lambda: bindings.held(self, module, binding, frame))
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
        if frame is None:
            kept = self._variables.get(module.path)
            if kept is None:
                kept = self._variables[module.path] = [None] * len(module.facts.bindings)
            value = kept[binding]
            return self._asked_variable(kept, module, binding) if value is None else value
        memo: dict[Any, Any] = frame.memo
        key = (module.path, binding)
        found: Any = memo.get(key)
        if found is None or type(found) is Held:
            found = self._bound(key, module, binding, frame, memo)
        known: Value = found
        return known

    def _asked_variable(self, kept: list[Value | None], module: Module, binding: int) -> Value:
        key = (module.path, binding)
        found: Any = self.memo.get(key)
        if found is None or type(found) is Held:
            found = self._bound(key, module, binding, None, self.memo)
        if self.memo.get(key) is found:  # it depends on no open question
            kept[binding] = found
            del self.memo[key]
        value: Value = found
        return value

    def settle(self) -> None:
        """Evaluate first, in this and every module that will be asked for, the variables that are assigned from
        themselves (`row = await next(row)`): entered from the middle of such an assignment, the cycle could not be
        seen through."""
        return bindings.settle(self)

    def project(self, module: Module, value: Value, path: bindings.Path, frame: Frame | None = None) -> Value:
        """Follow a destructuring path."""
        return bindings.project(self, module, value, path, frame)

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
        """What the body of a function returns, for every caller (a Promise for async functions)."""
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
            if self._calls_itself(module, function, node) or never_comes_back(self, module, node):
                continue
            if frame is None or not narrow.is_ruled_out(self, module, node, frame):
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
        return builder_calls.named_builder(self, callee)

    def register(
        self, module: Module, node: ir.Call | ir.New, builder: BuilderOf, frame: Frame | None
    ) -> Value:
        return builder_calls.register(self, module, node, builder, frame)

    def register_through(
        self, module: Module, node: ir.Call | ir.New, inner: RegisteredOf, frame: Frame | None
    ) -> Value:
        return wrappers.register_through(self, module, node, inner, frame)

    def handler_values(self, builder: BuilderOf, module: Module, config: ir.Expr | None) -> tuple[Value, ...]:
        return builder_calls.handler_values(self, builder, module, config)

    def property_params(self, module: Module, prop: ir.Prop) -> tuple[Value, ...]:
        return builder_calls.property_params(self, module, prop)

    def reference_result(self, reference: Value) -> Value:
        return references.reference_result(self, reference)

    def validator(self, module: Module, node: ir.Expr, frame: Frame | None = None) -> Validator | None:
        """The validator that an `args`, `returns` or field expression is; None when it is none."""
        return validate.as_validator(self, self.expr(module, node, frame))
