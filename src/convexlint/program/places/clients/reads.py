"""Which parts of a function's result clients read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.takers import CALLED_LATER
from convexlint.program.model import Module
from convexlint.program.modules.arrays import ELEMENT_FIRST
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.places.clients.calls import all_client_calls, is_in_test
from convexlint.program.places.clients.loading_results import all_loading_results
from convexlint.program.places.clients.scripts import ScriptUse
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

_DEPTH = 12
_SAME_LIST = frozenset({"filter", "slice", "sort", "toSorted", "reverse", "toReversed", "concat"})
_ONE_OF = frozenset({"find", "findLast", "at", "pop", "shift"})
_PROMISED = frozenset({"query", "mutation", "action", "fetchQuery", "fetchMutation", "fetchAction"})
"""What gives a promise of the result."""
_PROMISED_LATER = frozenset({"mutateAsync", "executeAsync"})

Path = tuple[str, ...]


class ClientRead(Struct, frozen=True, eq=False):
    """A client reads a field of what the function `function` ("tasks:list") gives: `path` down to it, "[]" for
    elements, at `span` of `module`."""

    function: str
    module: Module
    path: Path
    span: Span


@listed
def client_reads(program: Program) -> Iterator[ClientRead]:
    """The fields of results that clients read where they call, through hooks of their own, variables, destructuring and
    the methods of arrays; whatever the focus. What goes to another function or component is not followed."""
    ev = program.scripts().ev
    if ev is None or program.project.component:
        return
    for result in all_loading_results(program):
        index = ev.world.index(result.module)
        reads = _Reads(index)
        held: Iterable[ir.Expr] = (
            index.uses.get(result.binding, ()) if result.binding >= 0 else (result.call,)
        )
        for node in held:
            for path, span in reads.of(node, result.rest, (), 0):
                yield ClientRead(result.path, result.module, path, span)
    for named in all_client_calls(program):
        use = named.use
        if use is None or is_in_test(named):
            continue
        begin = _result(ev.world.index(use.module), use)
        for path, span in (
            _Reads(ev.world.index(use.module)).of(begin, (), (), 0) if begin is not None else ()
        ):
            whole = _of_pages(path) if use.taker is not None and use.taker.paginated else path
            if whole is not None:
                yield ClientRead(named.path, use.module, whole, span)


def _result(index: ModuleIndex, use: ScriptUse) -> ir.Expr | None:
    """The expression that holds the result, where nobody waits for it to load: after an `await`, or pages."""
    taker, call = use.taker, use.call
    if taker is None or call is None or use.in_type:
        return None
    if taker.paginated and taker.reactive:
        return call
    if taker.later:
        if not use.args_known or use.name in CALLED_LATER - _PROMISED_LATER:
            return None
    elif use.name not in _PROMISED:
        return None
    _, parent = outward(index, call)
    return parent if isinstance(parent, ir.Await) else None


def _of_pages(path: Path) -> Path | None:
    """What is read of the pages, as the query returns it: the hook puts them together in `results`."""
    return ("page", *path[1:]) if path[:1] == ("results",) else None


class _Reads:
    """Follows a value through one module. `rest`: members that lead to the result; `path`: what is read of it."""

    def __init__(self, index: ModuleIndex) -> None:
        self._index = index

    def of(self, node: ir.Expr, rest: Path, path: Path, depth: int) -> Iterator[tuple[Path, Span]]:
        node, parent = outward(self._index, node)
        if depth > _DEPTH:
            return
        if isinstance(parent, ir.Member) and parent.object is node:
            yield from self._member(parent, rest, path, depth + 1)
        elif isinstance(parent, ir.Index) and parent.object is node:
            key = parent.key.value if isinstance(parent.key, ir.Text) else "[]"
            yield from self._step(parent, Span(parent.start, parent.end), key, rest, path, depth + 1)
        elif isinstance(parent, ir.Binary) and parent.op in ("??", "||", "&&"):
            if parent.op != "&&" or parent.right is node:
                yield from self.of(parent, rest, path, depth + 1)
        elif isinstance(parent, ir.Conditional) and parent.test is not node:
            yield from self.of(parent, rest, path, depth + 1)
        elif isinstance(parent, ir.Declare) and parent.init is node:
            yield from self._pattern(parent.pattern, rest, path, depth + 1)
        elif isinstance(parent, ir.Loop) and parent.source is node and parent.kind == "of" and not rest:
            assert parent.pattern is not None
            yield from self._pattern(parent.pattern, (), (*path, "[]"), depth + 1)

    def _member(self, member: ir.Member, rest: Path, path: Path, depth: int) -> Iterator[tuple[Path, Span]]:
        whole, call = outward(self._index, member)
        if isinstance(call, ir.Call) and call.callee is whole and not rest:
            element = (*path, "[]")
            if member.name in ELEMENT_FIRST and call.args and isinstance(call.args[0], ir.Lambda):
                params = self._index.facts.functions[call.args[0].index].params
                if params and not params[0].rest:
                    yield from self._pattern(params[0].pattern, (), element, depth)
            if member.name in _SAME_LIST:
                yield from self.of(call, (), path, depth)
            elif member.name in _ONE_OF:
                yield from self.of(call, (), element, depth)
            return
        span = Span(member.name_start, member.end)
        yield from self._step(member, span, member.name, rest, path, depth)

    def _step(
        self, node: ir.Expr, span: Span, name: str, rest: Path, path: Path, depth: int
    ) -> Iterator[tuple[Path, Span]]:
        if rest:
            if rest[0] == name:
                yield from self.of(node, rest[1:], path, depth)
            return
        if name != "[]":
            yield (*path, name), span
        yield from self.of(node, (), (*path, name), depth)

    def _pattern(
        self, pattern: ir.Pattern, rest: Path, path: Path, depth: int
    ) -> Iterator[tuple[Path, Span]]:
        if isinstance(pattern, ir.BindName):
            if pattern.ref >= 0 and not self._index.facts.bindings[pattern.ref].assigned:
                for use in self._index.uses.get(pattern.ref, ()):
                    yield from self.of(use, rest, path, depth)
        elif isinstance(pattern, ir.ObjectPattern):
            for one in pattern.fields:
                if one.key is None:
                    continue
                if rest:
                    if one.key == rest[0]:
                        yield from self._pattern(one.pattern, rest[1:], path, depth)
                    continue
                yield (*path, one.key), Span(one.start, one.end)
                yield from self._pattern(one.pattern, (), (*path, one.key), depth)
        elif isinstance(pattern, ir.ArrayPattern) and not rest:
            for item in pattern.items:
                if item is not None:
                    yield from self._pattern(item, (), (*path, "[]"), depth)
