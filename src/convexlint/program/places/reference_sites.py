"""References: where code names a Convex function, by `api` and `internal` or by a string."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.references import reference_path, reference_target
from convexlint.program.evaluation.values import (
    Bound,
    CtxOf,
    External,
    ExternalResult,
    RefName,
    RefPath,
    RegisteredOf,
    Value,
    present,
)
from convexlint.program.model import Module, Reference, ReferenceStatus, RegisteredFunction
from convexlint.program.modules.index import Definition, ModuleIndex, outward
from convexlint.program.modules.nodes import bare
from convexlint.program.places.sites import CRON_METHODS, RUN_METHODS, SCHEDULE_METHODS, Locator, is_crons

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

MAX_NAMES = 8  # names that a reference goes through
_WITH_ROOTS = frozenset({"_generated/api", "convex/server"})
"""What exports `api` and its like, or `anyApi`."""
_BY_STRING = RUN_METHODS | {"makeFunctionReference"}


def is_reference_root(value: Value) -> bool:
    """`api`, a member of it, or the whole generated module that holds it."""
    return isinstance(value, RefPath) or value == External("_generated/api")


def begins_reference(
    ev: Evaluator,
    module: Module,
    binding: int,
    is_root: Callable[[Value], bool],
    most: int = MAX_NAMES,
) -> bool:
    """Whether a name holds `api`, `internal` or `components`, or a member of one, judged by its definition. `is_root`:
    whether what is imported is one of them; `most`: through how many names."""
    definition = ev.world.index(module).definitions.get(binding)
    if definition is None or most < 0:
        return False
    if definition.kind == "import":
        package = _package(ev, module, definition)
        return (package is None or package in _WITH_ROOTS) and is_root(ev.binding(module, binding))
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
        return node.ref != binding and begins_reference(ev, module, node.ref, is_root, most - 1)
    if not isinstance(node, ir.Call):
        return False
    if definition.annotation is None and _is_of_package(ev, module, node.callee, most):
        return False  # nothing that a package has gives a reference
    # require("./_generated/api"), await import(...)
    return is_reference_root(ev.binding(module, binding))


def _package(ev: Evaluator, module: Module, definition: Definition) -> str | None:
    """The package that an import is of, "" for a file that cannot be found; None for a module of the program."""
    if definition.statement is None:
        return None
    target = ev.world.specifier(module, definition.statement.specifier)
    return target if isinstance(target, str) else None


def _is_of_package(ev: Evaluator, module: Module, node: ir.Expr, most: int) -> bool:
    """Whether something is imported from a package, a member of that, or what it gives, through constants."""
    while not isinstance(node, ir.Name):
        if isinstance(node, (ir.Member, ir.Index)):
            node = node.object
        elif isinstance(node, ir.Call):
            node = node.callee
        elif isinstance(node, ir.Await):
            node = node.value
        elif isinstance(node, ir.Binary) and node.op == "??" and isinstance(node.right, (ir.Array, ir.Text)):
            if isinstance(node.right, ir.Array) and node.right.items:
                return False
            node = node.left
        else:
            return False
    definition = ev.world.index(module).definitions.get(node.ref)
    if definition is None or most < 0:
        return False
    if definition.kind == "import":
        return _package(ev, module, definition) is not None
    made = definition.expr if definition.keyword == "const" and definition.annotation is None else None
    return made is not None and _is_of_package(ev, module, made, most - 1)


def whole_reference(
    index: ModuleIndex, use: ir.Name | ir.Call, value_of: Callable[[ir.Expr], Value]
) -> ir.Expr:
    """The expression that a reference is which begins with `use`: members as far as they go, casts left out."""
    node: ir.Expr = use
    while True:
        parent = index.parent(node)
        extends = isinstance(parent, (ir.Member, ir.Index)) and parent.object is node
        if not extends and not isinstance(parent, ir.Cast):
            return bare(node)
        if isinstance(parent, ir.Index) and type(value_of(parent)) is not RefPath:
            return bare(node)
        node = parent


class ReferenceFinder:
    """Finds the references in modules of one program."""

    def __init__(self, ev: Evaluator, places: Locator) -> None:
        self.ev = ev
        self.places = places

    def all(self, module: Module) -> Iterator[Reference]:
        """The references in a module: those by strings, then those by `api`, by binding."""
        for site in self.ev.world.index(module).code_calls:
            node, callee = site.expr, site.expr.callee
            if isinstance(node, ir.Call) and isinstance(callee, (ir.Member, ir.Name)):
                is_global = isinstance(callee, ir.Name) and callee.ref < 0
                if callee.name in _BY_STRING and not is_global:
                    yield from self._string_reference(module, node, site.owner, callee.name)
        yield from self._references(module)

    def _references(self, module: Module) -> Iterator[Reference]:
        index = self.ev.world.index(module)
        for binding in sorted(index.uses):
            if not begins_reference(self.ev, module, binding, is_reference_root):
                continue
            for use in index.uses[binding]:
                yield from self._reference(module, use, use.name)
        for site in index.code_calls:  # require("./_generated/api").internal.a.b
            callee = site.expr.callee
            required = isinstance(callee, ir.Name) and callee.name == "require"
            if required and isinstance(site.expr, ir.Call):
                yield from self._reference(module, site.expr, "")

    def _reference(self, module: Module, use: ir.Name | ir.Call, name: str) -> Iterator[Reference]:
        ev = self.ev
        index = ev.world.index(module)
        node = whole_reference(index, use, lambda part: ev.expr(module, part))
        value = ev.expr(module, node)
        if not isinstance(value, RefPath) or not value.parts:
            return
        owner = index.owner(use)
        root = name == value.root or self._is_renamed(module, use)
        root_span = Span(use.start, use.end) if root else None
        path = reference_path(value)
        target: RegisteredFunction | None = None
        if value.root == "components" or path is None:
            status: ReferenceStatus = "unknown"
            if value.root != "components":
                return
        else:
            status, found = reference_target(ev, path)
            if isinstance(found, RegisteredOf):
                target = found.function
            if status == "missing" and self._is_prefix(value.parts):
                return
        use_name, call, args = self._use(module, node)
        yield Reference(
            place=self.places.at(module, node.start, node.end, owner),
            root=value.root,
            path=path,
            root_span=root_span,
            target=target,
            status=status,
            use=use_name,
            call_span=Span(call.start, call.end) if call is not None else None,
            args=args,
            parts=value.parts,
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
        node, parent = outward(index, node)
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

    def _string_reference(self, module: Module, node: ir.Call, owner: int, name: str) -> Iterator[Reference]:
        if name == "makeFunctionReference":
            value = self.ev.expr(module, node)
            if isinstance(value, RefName) and type(node.args[0]) is ir.Text:
                yield self._named(module, node.args[0], value.name, owner, node)
        elif name in RUN_METHODS and node.args:
            text: ir.Expr = node.args[0]
            text = bare(text)
            if isinstance(text, ir.Text) and ":" in text.value:
                yield self._named(module, text, text.value, owner, None, name, node)

    def _named(
        self,
        module: Module,
        text: ir.Text,
        name: str,
        owner: int,
        made: ir.Call | None,
        use: str = "",
        call: ir.Call | None = None,
    ) -> Reference:
        status, found = reference_target(self.ev, name)
        if made is not None:
            use, call, args = self._use(module, made)
        else:
            args = call.args[1] if call is not None and len(call.args) > 1 else None
        return Reference(
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
