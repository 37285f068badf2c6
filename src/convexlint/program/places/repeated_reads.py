"""What is read again for each row that was read before: N+1 reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.extents import reads_whole_table
from convexlint.program.evaluation.values import Closure, present
from convexlint.program.model import DatabaseCall, Module, Place, QueryStep
from convexlint.program.modules.nodes import callee_name
from convexlint.program.places.row_loops import RowLoops, row_loops
from convexlint.program.places.rows import READERS, WRITERS, Rows, rows_of
from convexlint.program.places.sites import SiteFinder
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct, replace

MAX_HELPERS = 3  # how many helpers a read is followed through


class RepeatedRead(Struct, frozen=True, eq=False):
    """A read in a loop over rows that were read before.

    kind: "query" or "get". `place`: the consumer or `get`; where a helper reads, its call in the loop, and `deed` is
    then the read. `source`: where the loop's rows come from, None where that is not known. `writes`: the loop also
    writes. `scan`: the query reads its whole table each time. `bounded`: there are as many rows as a `.take(n)` or a
    page gives. `unbounded`: all rows of a table. `grouped`: the loop goes through the keys of a map that such rows
    filled. `parallel`: an array's `map` asks for all at once.
    `loop`: the loop, or the call of the array method.
    """

    kind: Literal["query", "get"]
    place: Place
    table: str | None
    source: QueryStep | None
    writes: bool
    scan: bool = False
    bounded: bool = False
    unbounded: bool = False
    grouped: bool = False
    parallel: bool = False
    deed: Place | None = None
    loop: Span | None = None


class _Read(Struct, frozen=True, eq=False):
    kind: Literal["query", "get"]
    place: Place
    table: str | None
    scan: bool


@listed
def repeated_reads(program: Program) -> Iterator[RepeatedRead]:
    """Reads of the database in loops over rows, by module and place."""
    yield from _Repeated(program).all()


class _Repeated:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._rows: Rows = rows_of(program)
        self._loops: RowLoops = row_loops(program)
        self._ev = program.ev
        self._written: dict[str, list[Span]] | None = None
        self._steps: dict[int, QueryStep] = {}
        self._gets: dict[tuple[str, Span], DatabaseCall] = {}
        self._known = {module.path for module in self._ev.world.looked_at}
        self._take(self._rows.finder)
        self._inside: dict[tuple[str, int], _Read | None] = {}

    def _take(self, finder: SiteFinder) -> None:
        """Take in what reads in the modules of a finder."""
        self._steps.update((step.key, step) for step in finder.steps if step.key)
        for call in finder.database_calls:
            if call.method == "get" and not call.system:
                self._gets[call.place.module.path, call.call_span] = call

    def all(self) -> Iterator[RepeatedRead]:
        for module in self._ev.world.looked_at:
            if not self._program.reports(module):
                continue
            for node, owner in self._rows.calls(module):
                read = self._read(module, node)
                deed = None
                if read is None:
                    read = self._helper(module, node, MAX_HELPERS)
                    if read is None:
                        continue
                    _, span = callee_name(node.callee)
                    deed = read.place
                    here = self._rows.finder.places.at(module, span.start, span.end, owner)
                    read = replace(read, place=here)
                found = self._repeated(module, node, read)
                if found is not None:
                    yield replace(found, deed=deed)

    # ------------------------------------------------------------------------------------------------ reads

    def _read(self, module: Module, node: ir.Call) -> _Read | None:
        step = self._steps.get(id(node))
        if step is not None:
            if step.method not in READERS:
                return None
            scans = bool(step.before) and all(reads_whole_table(state) for state in step.before)
            ends = any(state.filters for state in step.before) or step.method in ("collect", "paginate")
            return _Read("query", step.place, step.table, scans and ends)
        get = self._gets.get((module.path, _span(node)))
        return None if get is None else _Read("get", get.place, get.table or get.id_table, False)

    def _helper(self, module: Module, node: ir.Call, depth: int) -> _Read | None:
        """What a function of the project that is called with ctx reads, directly or through others."""
        if depth == 0 or not isinstance(node.callee, (ir.Name, ir.Member)) or not node.args:
            return None
        target = present(self._ev.expr(module, node.callee))
        if not isinstance(target, Closure) or target.this is not None:
            return None
        key = (target.module.path, target.index)
        if key not in self._inside:
            self._inside[key] = None  # a function that calls itself
            self._inside[key] = self._first(target.module, target.index, depth)
        return self._inside[key]

    def _first(self, module: Module, number: int, depth: int) -> _Read | None:
        if module.path not in self._known:  # a helper of a module that is not looked at
            self._known.add(module.path)
            self._take(SiteFinder(self._ev, self._rows.finder.places, (module,)))
        found: _Read | None = None
        for site in self._ev.world.index(module).calls_by_owner.get(number, ()):
            node = site.expr
            if not isinstance(node, ir.Call) or isinstance(node.callee, ir.Atom):
                continue
            read = self._read(module, node) or self._helper(module, node, depth - 1)
            if read is not None and (found is None or (read.kind, read.scan) > (found.kind, found.scan)):
                found = read
        return found

    # ------------------------------------------------------------------------------------------------ loops

    def _repeated(self, module: Module, node: ir.Call, read: _Read) -> RepeatedRead | None:
        loop = self._loops.around(module, node)
        if loop is None or loop.remembered:
            return None
        return RepeatedRead(
            read.kind,
            read.place,
            read.table,
            loop.source,
            self._writes(module, loop.repetition.node),
            read.scan,
            loop.bounded,
            loop.unbounded,
            loop.grouped,
            loop.parallel,
            loop=_span(loop.repetition.node),
        )

    def _writes(self, module: Module, node: ir.Node) -> bool:
        if self._written is None:
            self._written = {}
            for call in self._rows.finder.database_calls:
                if call.method in WRITERS:
                    self._written.setdefault(call.place.module.path, []).append(call.call_span)
        return any(_span(node).contains(span) for span in self._written.get(module.path, ()))


def _span(node: ir.Node) -> Span:
    return Span(node.start, node.end)
