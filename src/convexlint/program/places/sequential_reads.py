"""Loops that wait for one independent read after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import Closure, ListOf, members, present
from convexlint.program.model import Module, Place
from convexlint.program.modules.enclosing import walked
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.nodes import bare, callee_name, descendants, statements_in, unwrapped
from convexlint.program.places.rows import READERS, Rows, rows_of
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

_LOOPS = re.compile(rb"for(?<!\wfor)\s*(?:await\s*)?\(")
_FILLS = frozenset({"push", "unshift", "set", "add"})


class SequentialRead(Struct, frozen=True, eq=False):
    """A `for (const one of list)`, or `for (let n = 0; n < list.length; n++)`, in which each round waits for a read
    that needs nothing of the rounds before.

    `place`: the first read's method. `table`: what it reads. `loop`: all of the loop. `pushed`: of a loop that only
    does `out.push(await read)`: (out, name of the entry, list, read), to be written at once.
    """

    place: Place
    table: str | None
    loop: Span
    pushed: tuple[Span, Span, Span, Span] | None


@listed
def sequential_reads(program: Program) -> Iterator[SequentialRead]:
    """Loops over lists whose rounds could read together, by module and place."""
    yield from _Loops(program).all()


class _Loops:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._ev = program.ev
        self._rows: Rows = rows_of(program)
        self._gets = {
            (call.place.module.path, call.call_span): call
            for call in self._rows.finder.database_calls
            if call.method == "get" and not call.system
        }
        self._inside: set[tuple[str, int]] = set()

    def all(self) -> Iterator[SequentialRead]:
        for module in self._ev.world.looked_at:
            if not module.reported or not module.holds(_LOOPS) or not module.holds(b"await"):
                continue
            for loop, owner in self._ev.world.index(module).loops:
                if self._is_over_list(module, loop):
                    found = self._read(module, loop, owner)
                    if found is not None:
                        yield found

    def _is_over_list(self, module: Module, loop: ir.Loop) -> bool:
        """Whether a loop goes through a list: not on and on, nor through a query."""
        source = walked(loop)
        if source is None or loop.kind not in ("of", "await", "for"):
            return False
        return loop.kind != "await" or isinstance(present(self._ev.expr(module, source)), ListOf)

    def _read(self, module: Module, loop: ir.Loop, owner: int) -> SequentialRead | None:
        waits = [node for node in descendants(loop.body) if isinstance(node, ir.Await)]
        reads = [self._place(module, wait.value, owner) for wait in waits]
        first = reads[0] if reads else None
        if first is None or None in reads or self._leaves(loop) or self._leans(module, loop):
            return None
        if any(isinstance(inner, ir.Loop) for inner in statements_in(loop.body)):
            return None
        place, table = first
        return SequentialRead(place, table, Span(loop.start, loop.end), self._pushed(module, loop))

    def _place(self, module: Module, node: ir.Expr, owner: int) -> tuple[Place, str | None] | None:
        """A read of the database, also by a helper that does nothing else, and its table."""
        node = bare(node)
        if not isinstance(node, ir.Call):
            return None
        step = self._rows.steps.get(id(node))
        if step is not None:
            return (step.place, step.table) if step.method in READERS - {"paginate"} else None
        get = self._gets.get((module.path, Span(node.start, node.end)))
        if get is not None:
            return get.place, get.table or get.id_table
        read = self._of_helper(module, node)
        if read is None:
            return None
        _, span = callee_name(node.callee)
        return self._rows.finder.places.at(module, span.start, span.end, owner), read[1]

    def _of_helper(self, module: Module, node: ir.Call) -> tuple[Place, str | None] | None:
        """The read that is all of a function of the project: `(ctx, id) => ctx.db.get("cards", id)`."""
        if not isinstance(node.callee, (ir.Name, ir.Member)):
            return None
        target = present(self._ev.expr(module, node.callee))
        if not isinstance(target, Closure):
            return None
        function = target.module.facts.functions[target.index]
        only = function.body[0] if len(function.body) == 1 else None
        result = function.expression or (only.value if isinstance(only, ir.Return) else None)
        result = unwrapped(result) if result is not None else None
        key = (target.module.path, target.index)
        if not isinstance(result, ir.Call) or key in self._inside:
            return None
        self._inside.add(key)  # a function that calls itself
        try:
            return self._place(target.module, result, target.index)
        finally:
            self._inside.discard(key)

    def _leaves(self, loop: ir.Loop) -> bool:
        """Whether a round may be the last one."""
        return any(
            isinstance(inner, (ir.Return, ir.Throw)) or (isinstance(inner, ir.Jump) and inner.kind == "break")
            for inner in statements_in(loop.body)
        )

    def _leans(self, module: Module, loop: ir.Loop) -> bool:
        """Whether a round reads what an earlier one may have changed: a variable of before the loop that rounds fill
        or set."""
        index = self._ev.world.index(module)
        changed: set[int] = set()
        used: set[int] = set()
        inside = Span(loop.start, loop.end)
        for node in descendants(loop.body):
            if isinstance(node, ir.Assign) and isinstance(node.target, ir.BindName):
                changed.add(node.target.ref)
                if node.op != "=":
                    used.add(node.target.ref)
        names = {n.ref for n in _names(module, loop.body) if n.ref >= 0}
        for ref in names:
            start = module.facts.bindings[ref].start
            if inside.start <= start < inside.end:
                continue
            if module.facts.bindings[ref].assigned:
                changed.add(ref)
            for use in index.uses.get(ref, ()):
                if not inside.contains(Span(use.start, use.end)):
                    continue
                parent = index.parent(use)
                if _is_changed(index, parent, use):
                    changed.add(ref)
                    if isinstance(parent, ir.Assign) and parent.op != "=":
                        used.add(ref)
                else:
                    used.add(ref)
        return bool(changed & used)

    def _pushed(self, module: Module, loop: ir.Loop) -> tuple[Span, Span, Span, Span] | None:
        only = loop.body[0] if len(loop.body) == 1 else None
        if isinstance(only, ir.Block) and len(only.body) == 1:
            only = only.body[0]
        call = only.value if isinstance(only, ir.Evaluate) else None
        if (
            not isinstance(call, ir.Call)
            or not isinstance(call.callee, ir.Member)
            or call.callee.name != "push"
        ):
            return None
        read = call.args[0] if len(call.args) == 1 else None
        out = call.callee.object
        if not isinstance(read, ir.Await) or not isinstance(out, ir.Name) or loop.source is None:
            return None
        value = present(self._ev.expr(module, loop.source))
        plain = loop.kind == "of" and isinstance(loop.pattern, ir.BindName)
        if not plain or loop.pattern is None or not all(isinstance(m, ListOf) for m in members(value)):
            return None
        return _span(out), _span(loop.pattern), _span(loop.source), _span(read.value)


def _names(module: Module, body: object) -> Iterator[ir.Name]:
    """The names in some statements and in the functions that are written there."""
    stack: list[object] = [body]
    while stack:
        item = stack.pop()
        for node in descendants(item if isinstance(item, ir.Node) else tuple(item)):  # type: ignore[arg-type]
            if isinstance(node, ir.Name):
                yield node
            elif isinstance(node, ir.Lambda):
                function = module.facts.functions[node.index]
                stack.append((*function.body, *((function.expression,) if function.expression else ())))


def _is_changed(index: ModuleIndex, parent: object, use: ir.Name) -> bool:
    if isinstance(parent, ir.Member) and parent.name in _FILLS:
        return True
    if isinstance(parent, ir.Assign):
        return parent.target is use
    above = index.parent(parent) if isinstance(parent, ir.Index) and parent.object is use else None
    return isinstance(above, ir.Assign) and above.target is parent


def _span(node: ir.Node) -> Span:
    return Span(node.start, node.end)
