"""Reads of the clock while a module is loaded, which a query uses: the time of the deploy (convex-facts 1.5)."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.behaviour.effects import effects
from convexlint.program.behaviour.summaries import Deed, Key
from convexlint.program.evaluation.values import Closure, External, Global, present
from convexlint.program.model import Module, Place, RegisteredFunction
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

MAX_STEPS = 12
"""Constants made of constants, and helpers that call helpers."""

_PURE = frozenset({"Math", "Number", "String", "Date", "Object", "Array", "Intl", "BigInt", "Temporal"})
_DATES = frozenset({"date-fns", "dayjs", "luxon", "moment", "date-fns-tz"})
_HOLDERS = (ir.Binary, ir.Unary, ir.Conditional, ir.Template, ir.Array, ir.Spread, ir.Object)

_Path = tuple[str, ...]


class FrozenClock(Struct, frozen=True, eq=False):
    """`what` is read at `place` when `place.module` (or one that calls it) is loaded. `name` holds what comes of it;
    `readers`: the queries that read it, each with one place at which it does, by path."""

    place: Place
    what: str
    name: str
    readers: tuple[tuple[RegisteredFunction, Place], ...]


@listed
def frozen_clocks(program: Program) -> Iterator[FrozenClock]:
    """Clocks that are read while modules load and that queries use, by module and place."""
    reader = _Frozen(program)
    for module in program.ev.world.looked_at:
        if module.holds(b"Date") or module.holds(b"performance") or module.facts.imports:
            yield from reader.of(module)


class _Frozen:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._ev = program.ev
        self._effects = effects(program)
        self._reached: dict[Key, RegisteredFunction] | None = None

    def of(self, module: Module) -> Iterator[FrozenClock]:
        for deed, node in self._loaded(module):
            names, uses = self._held(module, node)
            readers: dict[str, tuple[RegisteredFunction, Place]] = {}
            for where, use, owner in uses:
                function = self._queries().get((where.path, owner))
                if function is not None:
                    place = self._effects.places.at(where, use.start, use.end, owner)
                    readers.setdefault(function.path or "", (function, place))
            if readers and deed.place.module.reported:
                found = tuple(readers[path] for path in sorted(readers))
                yield FrozenClock(deed.place, deed.what, names[0], found)

    def _loaded(self, module: Module) -> Iterator[tuple[Deed, ir.Expr]]:
        """The reads of the clock while the module is loaded, each with the expression there that holds its value."""
        summary = self._effects.summary((module.path, 0))
        for deed in summary.deeds:
            if deed.kind == "clock":
                yield deed, deed.node
        for edge in summary.edges:
            if isinstance(edge.node, ir.Call) and not edge.kept:
                held = present(self._ev.expr(module, edge.node.callee))
                if isinstance(held, Closure) and (held.module.path, held.index) == edge.target:
                    for deed in self._given_back(edge.target, 0):
                        yield deed, edge.node

    def _given_back(self, key: Key, steps: int) -> Iterator[Deed]:
        """The reads of the clock whose value a function returns."""
        module = self._ev.world.modules[key[0]]
        index = self._ev.world.index(module)
        results = [(node.start, node.end) for node in index.returns.get(key[1], ())]
        body = module.facts.functions[key[1]].expression
        results += [(body.start, body.end)] if body is not None else []
        summary = self._effects.summary(key)

        def is_result(node: ir.Expr) -> bool:
            return any(start <= node.start and node.end <= end for start, end in results)

        for deed in summary.deeds:
            if deed.kind == "clock" and is_result(deed.node):
                yield deed
        for edge in summary.edges if steps < MAX_STEPS else ():
            if edge.hop is not None and not edge.kept and is_result(edge.node):
                yield from self._given_back(edge.target, steps + 1)

    # ---------------------------------------------------------------------------------- what holds the value

    def _held(self, module: Module, node: ir.Expr) -> tuple[list[str], list[tuple[Module, ir.Expr, int]]]:
        """The names of the module's constants that are made of a value, and their uses in functions."""
        names: list[str] = []
        inside: list[tuple[Module, ir.Expr, int]] = []
        pending: list[tuple[Module, ir.Expr]] = [(module, node)]
        for _ in range(MAX_STEPS):
            if not pending:
                break
            where, current = pending.pop(0)
            held = self._constant(where, current)
            if held is None:
                continue
            binding, path = held
            names.append(".".join((where.facts.bindings[binding].name, *path)))
            for user, use in self._uses(where, binding):
                for part in _parts(self._ev.world.index(user), use, path):
                    owner = self._ev.world.index(user).owner(part)
                    if owner:
                        inside.append((user, part, owner))
                    else:
                        pending.append((user, part))
        return names, inside

    def _constant(self, module: Module, node: ir.Expr) -> tuple[int, _Path] | None:
        """The module's constant whose value, or the part of it at a path of members, is made of `node`."""
        index = self._ev.world.index(module)
        path: _Path = ()
        for _ in range(100):
            node, parent = outward(index, node)
            if isinstance(parent, ir.Prop):
                if parent.value is not node or parent.key is None:
                    return None
                path = (parent.key, *path)
                parent = index.parent(parent)
                if not isinstance(parent, ir.Object):
                    return None
                node = parent
            elif isinstance(parent, ir.Declare):
                pattern = parent.pattern
                if not isinstance(pattern, ir.BindName) or pattern.ref < 0 or parent.init is not node:
                    return None
                return None if module.facts.bindings[pattern.ref].assigned else (pattern.ref, path)
            elif isinstance(parent, ir.Class):
                name = next((m.name for m in parent.members if m.static and m.init is node), None)
                return (parent.binding, (name, *path)) if name is not None and parent.binding >= 0 else None
            elif isinstance(parent, (ir.Call, ir.New)):
                if parent.callee is not node:
                    if not self._is_pure(module, parent):
                        return None
                    path = ()
                node = parent
            elif isinstance(parent, ir.Member) and parent.object is node:
                if path:
                    if path[0] != parent.name:
                        return None
                    path = path[1:]
                node = parent
            elif isinstance(parent, _HOLDERS) and not isinstance(parent, ir.Object):
                path = () if isinstance(parent, (ir.Binary, ir.Unary, ir.Template)) else path
                node = parent
            else:
                return None
        return None

    def _is_pure(self, module: Module, call: ir.Call | ir.New) -> bool:
        """Whether the call gives something that is made of its arguments: of a helper, or of what knows dates."""
        held = present(self._ev.expr(module, call.callee))
        if isinstance(held, Global):
            return held.name.split(".")[0] in _PURE
        if isinstance(held, External):
            return held.package in _DATES
        return isinstance(held, Closure)

    def _uses(self, module: Module, binding: int) -> Iterator[tuple[Module, ir.Expr]]:
        """The uses of a module's constant, there and where it is imported."""
        world = self._ev.world
        for use in world.index(module).uses.get(binding, ()):
            yield module, use
        exported = frozenset(e.name for e in module.facts.exports if e.binding == binding)
        for user in world.importers_naming(module, exported) if exported else ():
            if user is module:
                continue
            index = world.index(user)
            for statement in user.facts.imports:
                for name in () if statement.type_only else statement.names:
                    target = world.follow(user, name.binding)
                    if target is None:
                        continue
                    if target.kind == "binding" and target.module is module and target.binding == binding:
                        for use in index.uses.get(name.binding, ()):
                            yield user, use
                    elif target.kind == "module" and target.module is module:
                        for use in index.uses.get(name.binding, ()):
                            parent = index.parent(use)
                            if (
                                isinstance(parent, ir.Member)
                                and parent.object is use
                                and parent.name in exported
                            ):
                                yield user, parent

    def _queries(self) -> dict[Key, RegisteredFunction]:
        """The facts functions that queries run, each with the first such query by path."""
        if self._reached is None:
            self._reached = {}
            own = sorted(self._program.functions, key=lambda f: (f.path or "", f.place.span.start))
            for function in own:
                if function.kind != "query":
                    continue
                queue = self._effects.roots(function)
                for key in queue:
                    if key not in self._reached:
                        self._reached[key] = function
                        queue += [e.target for e in self._effects.summary(key).edges if not e.kept]
        return self._reached


def _parts(index: ModuleIndex, use: ir.Expr, path: _Path) -> Iterator[ir.Expr]:
    """What reads the member at `path` of a constant, at one of its uses."""
    node: ir.Expr = use
    node, parent = outward(index, node)
    for step, name in enumerate(path):
        if isinstance(parent, ir.Declare) and parent.init is node and step == len(path) - 1:
            pattern = parent.pattern
            if isinstance(pattern, ir.ObjectPattern) and any(f.key == name for f in pattern.fields):
                yield node
            return
        if not isinstance(parent, ir.Member) or parent.object is not node or parent.name != name:
            return
        node, parent = outward(index, parent)
    yield node
