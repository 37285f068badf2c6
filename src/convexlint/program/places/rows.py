"""What becomes of the rows that queries load, and what is read again for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import Closure, present
from convexlint.program.model import Module, Place, QueryStep
from convexlint.program.modules.enclosing import Enclosing
from convexlint.program.modules.index import outward
from convexlint.program.modules.nodes import unwrapped
from convexlint.program.places.counted import Counting
from convexlint.program.places.sites import SiteFinder, sites
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

LOADERS = frozenset({"collect", "take"})
READERS = frozenset({"collect", "take", "first", "unique", "paginate"})
WRITERS = frozenset({"insert", "patch", "replace", "delete"})
_SAME_ROWS = frozenset({"filter", "slice", "sort", "toSorted", "reverse", "toReversed", "concat", "splice"})


class RowUse(Struct, frozen=True, eq=False):
    """One use of loaded rows.

    kind: "length"; "method" (`rows.name(args)`, `place.span` is the name; a function of the module instead of its name
    in `args`); "index" (`rows[args]`); "pattern" (`const [first] = rows`, with the pattern as `node`); "loop" (`for
    (... of rows)`, with `loop`); "other".
    `repeated`: it stands in a loop or array callback in which the rows are not loaded.
    `compared_with_zero`: of a length, whether it is only asked whether there are any.
    """

    kind: Literal["length", "method", "index", "pattern", "loop", "other"]
    place: Place
    name: str = ""
    args: tuple[ir.Expr, ...] = ()
    repeated: bool = False
    loop: ir.Loop | None = None
    node: ir.Node | None = None
    compared_with_zero: bool = False


class LoadedRows(Struct, frozen=True, eq=False):
    """The rows of one `.collect()` or `.take(n)`, and every use of them. `direct`: they are held in no variable.

    `expression`: the loading call with the `await` in front of it.
    """

    step: QueryStep
    uses: tuple[RowUse, ...]
    direct: bool
    expression: ir.Expr


class Rows:
    """Follows rows from their query through variables and array methods, module by module."""

    def __init__(self, ev: Evaluator, finder: SiteFinder) -> None:
        self.ev = ev
        self.finder = finder
        self._enclosing: dict[str, Enclosing] = {}
        self.steps = {step.key: step for step in finder.steps if step.key}
        self.counting = Counting(ev, self.step)
        self._known = {module.path for module in finder.modules}
        self._elsewhere: dict[int, QueryStep] = {}
        self.streams = {
            (s.place.module.path, s.place.span): s for s in finder.steps if s.method == "for await"
        }

    def step(self, module: Module, node: ir.Call) -> QueryStep | None:
        """The step that a call is, also in a module that is not looked at."""
        if module.path not in self._known:
            self._known.add(module.path)
            others = SiteFinder(self.ev, self.finder.places, (module,))
            self._elsewhere.update((step.key, step) for step in others.steps if step.key)
        return self.steps.get(id(node)) or self._elsewhere.get(id(node))

    def enclosing(self, module: Module) -> Enclosing:
        found = self._enclosing.get(module.path)
        if found is None:
            found = self._enclosing[module.path] = Enclosing(self.ev.world.index(module))
        return found

    def calls(self, module: Module) -> Iterator[tuple[ir.Call, int]]:
        for site in self.ev.world.index(module).code_calls:
            if isinstance(site.expr, ir.Call):
                yield site.expr, site.owner

    # ---------------------------------------------------------------------------------------------- uses

    def loaded(self) -> Iterator[LoadedRows]:
        for module in self.ev.world.looked_at:
            for node, owner in self.calls(module):
                step = self.steps.get(id(node))
                if step is not None and step.method in LOADERS and module.reported:
                    yield self._loaded(module, node, owner, step)

    def _loaded(self, module: Module, node: ir.Call, owner: int, step: QueryStep) -> LoadedRows:
        uses, direct, held = self.uses_of(module, node, owner, node)
        return LoadedRows(step, uses, direct, held)

    def uses_of(
        self, module: Module, node: ir.Expr, owner: int, load: ir.Call
    ) -> tuple[tuple[RowUse, ...], bool, ir.Expr]:
        """How the rows that `load` loaded are used, which `node` holds now; whether no variable holds them, and `node`
        with the `await` in front of it."""
        index = self.ev.world.index(module)
        held: ir.Expr = node
        parent = index.parent(node)
        while isinstance(parent, (ir.Await, ir.Cast)):
            held, parent = parent, index.parent(parent)
        uses: list[RowUse] = []
        bindings = self._bindings(module, held, parent)
        if bindings is None:
            uses.append(self._use(module, held, load, owner))
        else:
            for binding, name in bindings:
                if name == "length":
                    uses += [self._other(module, "length", u, u, load) for u in index.uses.get(binding, ())]
                elif name or module.facts.bindings[binding].assigned:
                    uses.append(RowUse("other", self._at(module, held, owner)))
                else:
                    for use in index.uses.get(binding, ()):
                        uses.append(self._use(module, use, load, index.owner(use)))
        return tuple(uses), bindings is None, held

    def _bindings(self, module: Module, held: ir.Expr, parent: object) -> list[tuple[int, str]] | None:
        """The variables that hold the rows: (binding, name of the member it takes); None where they go on directly."""
        index = self.ev.world.index(module)
        pattern: ir.Pattern | None = None
        if isinstance(parent, ir.Declare):
            pattern = parent.pattern
        elif isinstance(parent, ir.Array):
            call = index.parent(parent)
            wait = index.parent(call) if isinstance(call, ir.Call) and _is_all(call) else None
            outer = index.parent(wait) if isinstance(wait, ir.Await) else None
            while isinstance(outer, ir.Cast):
                outer = index.parent(outer)
            if isinstance(outer, ir.Declare) and isinstance(outer.pattern, ir.ArrayPattern):
                position = next((n for n, item in enumerate(parent.items) if item is held), -1)
                spread = any(isinstance(item, ir.Spread) for item in parent.items)
                if 0 <= position < len(outer.pattern.items) and not spread:
                    pattern = outer.pattern.items[position]
        elif isinstance(parent, ir.Member) and parent.name == "then":
            call = index.parent(parent)
            literal = call.args[0] if isinstance(call, ir.Call) and len(call.args) == 1 else None
            if isinstance(literal, ir.Lambda):
                params = module.facts.functions[literal.index].params
                pattern = params[0].pattern if len(params) == 1 else None
        if isinstance(pattern, ir.BindName) and pattern.default is None and pattern.ref >= 0:
            return [(pattern.ref, "")]
        if isinstance(pattern, ir.ObjectPattern) and pattern.rest is None:
            fields = [
                (f.pattern.ref, f.key or "?") for f in pattern.fields if isinstance(f.pattern, ir.BindName)
            ]
            return fields if len(fields) == len(pattern.fields) else None
        return None

    def _use(self, module: Module, value: ir.Expr, load: ir.Call, owner: int) -> RowUse:
        """How `value`, which holds the rows, is used."""
        index = self.ev.world.index(module)
        value, parent = outward(index, value)
        if isinstance(parent, ir.Member) and parent.object is value:
            place = self.finder.places.at(module, parent.name_start, parent.end, owner)
            call = index.parent(parent)
            repeated = self._repeated(module, value, load)
            if isinstance(call, ir.Call) and call.callee is parent:
                return RowUse(
                    "method", place, parent.name, self._read(module, call.args), repeated, node=call
                )
            if parent.name == "length" and not isinstance(call, ir.Assign):
                zero = _asks_for_any(parent, call)
                return RowUse("length", place, "length", (), repeated, node=parent, compared_with_zero=zero)
        if isinstance(parent, ir.Index) and parent.object is value:
            again = self._repeated(module, value, load)
            return RowUse("index", self._at(module, parent, owner), "", (parent.key,), again, node=parent)
        if isinstance(parent, ir.Declare) and _takes_length(parent.pattern):
            return self._other(module, "length", value, value, load)
        if isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.ArrayPattern):
            again = self._repeated(module, value, load)
            return RowUse("pattern", self._at(module, value, owner), repeated=again, node=parent.pattern)
        if isinstance(parent, ir.Loop) and parent.source is value and parent.kind in ("of", "await"):
            place = self._at(module, value, owner)
            return RowUse("loop", place, repeated=self._repeated(module, value, load), loop=parent)
        return self._other(module, "other", value, value, load)

    def _read(self, module: Module, args: tuple[ir.Expr, ...]) -> tuple[ir.Expr, ...]:
        """The arguments with the function itself in the place of its name, where it stands in the same module."""
        name = args[0] if args else None
        value = present(self.ev.expr(module, name)) if isinstance(name, ir.Name) and name.ref >= 0 else None
        if name is None or not isinstance(value, Closure) or value.module is not module:
            return args
        return (ir.Lambda(name.start, name.size, value.index), *args[1:])

    def _other(
        self, module: Module, kind: Literal["length", "other"], where: ir.Expr, value: ir.Expr, load: ir.Call
    ) -> RowUse:
        owner = self.ev.world.index(module).owner(where)
        return RowUse(kind, self._at(module, where, owner), repeated=self._repeated(module, value, load))

    def _at(self, module: Module, node: ir.Node, owner: int) -> Place:
        return self.finder.places.at(module, node.start, node.end, owner)

    def _repeated(self, module: Module, value: ir.Expr, load: ir.Call) -> bool:
        around = self.enclosing(module)
        known = {id(r.node) for r in around.repetitions(load)}
        return any(id(r.node) not in known for r in around.repetitions(value))

    def null_does(self, module: Module, node: ir.Node, depth: int = 0) -> bool:
        """Whether null in the place of undefined changes nothing: the value is only tested, or its members are read."""
        index = self.ev.world.index(module)
        node, parent = outward(index, node)
        if isinstance(parent, (ir.If, ir.Conditional)):
            return parent.test is node
        if isinstance(parent, ir.Binary):
            return parent.left is node and parent.op in ("??", "||")
        if isinstance(parent, ir.Unary):
            return parent.op == "!"
        if isinstance(parent, (ir.Member, ir.Index)):
            return parent.object is node
        if isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.BindName) and depth == 0:
            name = parent.pattern
            if name.ref < 0 or name.default is not None or module.facts.bindings[name.ref].assigned:
                return False
            uses = index.uses.get(name.ref, ())
            return bool(uses) and all(self.null_does(module, use, 1) for use in uses)
        return False

    def is_annotated(self, module: Module, rows: LoadedRows) -> bool:
        """Whether the variable that holds the rows says what they are."""
        parent = self.ev.world.index(module).parent(rows.expression)
        return isinstance(parent, ir.Declare) and parent.annotation is not None

    # ------------------------------------------------------------------------------------------- origins

    def origin(self, module: Module, node: ir.Expr, depth: int = 0, made: bool = False) -> QueryStep | None:
        """The consumer (or `for await`) whose rows an expression holds, all or some of them; `made`: or what was made
        of them, at most one thing of each."""
        node = unwrapped(node)
        if depth > 20:
            return None
        if isinstance(node, ir.Call):
            step = self.steps.get(id(node))
            if step is not None:
                return step if step.method in ("collect", "take", "paginate") else None
            if isinstance(node.callee, ir.Member) and (
                node.callee.name in _SAME_ROWS or (made and _makes_one_of_each(module, node))
            ):
                return self.origin(module, node.callee.object, depth + 1, made)
            if made and _is_all(node):
                return self.origin(module, node.args[0], depth + 1, made)
        elif isinstance(node, ir.Member) and node.name == "page":
            return self.origin(module, node.object, depth + 1, made)
        elif isinstance(node, ir.Name) and node.ref >= 0:
            definition = self.ev.world.index(module).definitions.get(node.ref)
            if definition is None or definition.kind != "var" or definition.expr is None:
                return None
            if module.facts.bindings[node.ref].assigned:
                return None
            if definition.path in ((), (("key", "page"),)):
                found = self.origin(module, definition.expr, depth + 1, made)
                return self._pushed(module, node.ref, definition.expr, depth) if made and not found else found
            if len(definition.path) == 1 and definition.path[0][0] == "item":
                return self._from_all(module, definition.expr, definition.path[0][1], depth, made)
        return None

    def _pushed(self, module: Module, ref: int, start: ir.Expr, depth: int) -> QueryStep | None:
        """The rows of `const kept = []; for (const row of rows) if (...) kept.push(row)`."""
        pushes = self.ev.world.index(module).pushes.get(ref, ())
        start = unwrapped(start)
        if not isinstance(start, ir.Array) or start.items or len(pushes) != 1:
            return None
        _, args = pushes[0]
        if len(args) != 1 or isinstance(args[0], ir.Spread):
            return None
        around = self.enclosing(module)
        before = {id(r.node) for r in around.repetitions(start)}
        loops = [r for r in around.repetitions(args[0]) if id(r.node) not in before]
        if len(loops) != 1 or loops[0].source is None:
            return None
        return self.origin(module, loops[0].source, depth + 1, made=True)

    def _from_all(
        self, module: Module, node: ir.Expr, position: int, depth: int, made: bool
    ) -> QueryStep | None:
        """`const [a, b] = await Promise.all([...])`."""
        node = unwrapped(node)
        if not isinstance(node, ir.Call) or not _is_all(node) or not isinstance(node.args[0], ir.Array):
            return None
        items = node.args[0].items
        if any(isinstance(item, ir.Spread) for item in items) or position >= len(items):
            return None
        return self.origin(module, items[position], depth + 1, made)


def _span(node: ir.Node) -> Span:
    return Span(node.start, node.end)


def _takes_length(pattern: ir.Pattern) -> bool:
    """`const { length } = rows`."""
    if not isinstance(pattern, ir.ObjectPattern) or pattern.rest is not None:
        return False
    return bool(pattern.fields) and all(field.key == "length" for field in pattern.fields)


def _asks_for_any(length: ir.Expr, parent: object) -> bool:
    """`rows.length > 0`, `rows.length === 0`, `!rows.length`, `if (rows.length)` and their like."""
    if isinstance(parent, ir.Unary):
        return parent.op == "!"
    if isinstance(parent, (ir.If, ir.Conditional)):
        return parent.test is length
    if not isinstance(parent, ir.Binary):
        return False
    other = parent.right if parent.left is length else parent.left
    if not isinstance(other, ir.Number):
        return False
    if other.value == 1:
        return parent.op == (">=" if parent.left is length else "<=") or (
            parent.op == ("<" if parent.left is length else ">")
        )
    return other.value == 0 and parent.op in ("===", "==", "!==", "!=", ">", "<", "<=", ">=")


def _makes_one_of_each(module: Module, call: ir.Call) -> bool:
    """`rows.map(...)`, and `.then((rows) => rows.filter(...))` of a promise of them."""
    assert isinstance(call.callee, ir.Member)
    if call.callee.name == "map":
        return True
    literal = call.args[0] if call.callee.name == "then" and len(call.args) == 1 else None
    if not isinstance(literal, ir.Lambda):
        return False
    function = module.facts.functions[literal.index]
    param = function.params[0].pattern if len(function.params) == 1 else None
    node = unwrapped(function.expression) if function.expression is not None else None
    while isinstance(node, ir.Call) and isinstance(node.callee, ir.Member):
        if node.callee.name not in _SAME_ROWS and node.callee.name != "map":
            return False
        node = unwrapped(node.callee.object)
    return isinstance(node, ir.Name) and isinstance(param, ir.BindName) and node.ref == param.ref


def _is_all(call: ir.Call) -> bool:
    callee = call.callee
    return (
        isinstance(callee, ir.Member)
        and callee.name in ("all",)
        and isinstance(callee.object, ir.Name)
        and callee.object.name == "Promise"
        and len(call.args) == 1
    )


@query
def rows_of(program: Program) -> Rows:
    """What follows rows from their query through variables and array methods."""
    return Rows(program.ev, sites(program))


@listed
def loaded_rows(program: Program) -> Iterator[LoadedRows]:
    """The rows of each `.collect()` and `.take(n)` with their uses, by module and place."""
    yield from rows_of(program).loaded()
