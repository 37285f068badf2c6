"""Runs of queries and mutations that follow each other in an action with nothing between that needs an action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.model import Module
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.nodes import descendants
from convexlint.program.places.plain_calls import PlainCalls
from convexlint.program.places.runs import RunCall, runs
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

ACTIONS = frozenset({"action", "httpAction"})


class RunSequence(Struct, frozen=True, eq=False):
    """Two or more runs in a row, in order."""

    calls: tuple[RunCall, ...]


class Sequences:
    """Finds the sequences in the functions that make the given calls."""

    def __init__(self, ev: Evaluator, runs: Iterable[RunCall]) -> None:
        self._ev = ev
        self._plain = PlainCalls(ev)
        self._runs = runs

    def all(self) -> Iterator[RunSequence]:
        by_function: dict[tuple[str, int], list[RunCall]] = {}
        for run in self._runs:
            key = (run.place.module.path, run.place.owner)
            by_function.setdefault(key, []).append(run)
        for (path, owner), found in by_function.items():
            module = self._ev.world.modules[path]
            if len(found) > 1:
                yield from self._in_list(module, module.facts.functions[owner].body, found)

    def _in_list(
        self, module: Module, body: tuple[ir.Stmt, ...], runs: list[RunCall]
    ) -> Iterator[RunSequence]:
        chain: list[RunCall] = []
        for statement in body:
            inside = [r for r in runs if _contains(statement, r.node_expr)]
            span = Span(statement.start, statement.end)
            single = self._single(module, statement, inside)
            if single is not None:
                if (
                    _is_written_first(chain, single)
                    or self._only_records(module, chain, single)
                    or not self._plain.only(module, span, single.node_expr)
                ):
                    yield from _made(chain)
                    chain = []
                chain.append(single)
            elif inside or not self._plain.only(module, span):
                yield from _made(chain)
                chain = []
            for inner in _lists(statement):
                if inside:
                    yield from self._in_list(module, inner, runs)
        yield from _made(chain)

    def _only_records(self, module: Module, chain: list[RunCall], run: RunCall) -> bool:
        """A mutation behind queries of which it uses nothing (a log of the access): one function for both would make
        each read a write, with all that was read in its way."""
        if run.method != "runMutation" or any(call.method != "runQuery" for call in chain):
            return False
        index = self._ev.world.index(module)
        results = [name for call in chain for name in self._results(module, call)]
        return bool(chain) and not any(_uses(index, run, name) for name in results)

    def _results(self, module: Module, call: RunCall) -> Iterator[int]:
        """The variables that hold what a run gave, and those that are made of them before the next run."""
        index = self._ev.world.index(module)
        node: ir.Node = call.node_expr
        parent = index.parent(node)
        while parent is not None and not isinstance(parent, (ir.Declare, ir.Function)):
            parent = index.parent(parent)
        if isinstance(parent, ir.Declare):
            yield from (n.ref for n in descendants(parent.pattern) if isinstance(n, ir.BindName))

    def _single(self, module: Module, statement: ir.Stmt, inside: list[RunCall]) -> RunCall | None:
        """The run call that the statement is about: awaited, unconditional, of a function of the project."""
        if len(inside) != 1 or not isinstance(statement, (ir.Declare, ir.Evaluate, ir.Return)):
            return None
        (run,) = inside
        if run.target is None or run.method == "runAction" or run.paged or not run.kinds <= ACTIONS:
            return None
        index = self._ev.world.index(module)
        child: ir.Node = run.node_expr
        parent = index.parent(child)
        awaited = isinstance(statement, ir.Return)
        while parent is not None and parent is not statement:
            if isinstance(parent, ir.Await):
                awaited = True
            elif isinstance(parent, ir.Function) or _may_skip(parent, child):
                return None
            child, parent = parent, index.parent(parent)
        return run if awaited else None


def _uses(index: ModuleIndex, run: RunCall, name: int) -> bool:
    """Whether the arguments of a run lean on a variable, also through others."""
    seen: set[int] = set()
    pending: list[ir.Node] = [*run.node_expr.args]
    while pending:
        for node in descendants(pending.pop()):
            if not isinstance(node, ir.Name) or node.ref < 0 or node.ref in seen:
                continue
            if node.ref == name:
                return True
            seen.add(node.ref)
            definition = index.definitions.get(node.ref)
            if definition is not None and definition.kind == "var" and definition.expr is not None:
                pending.append(definition.expr)
    return False


def _may_skip(parent: ir.Node, child: ir.Node) -> bool:
    """Whether `parent` evaluates `child` only sometimes."""
    if isinstance(parent, ir.Conditional):
        return parent.test is not child
    return isinstance(parent, ir.Binary) and parent.right is child and parent.op in ("&&", "||", "??")


def _is_written_first(chain: list[RunCall], run: RunCall) -> bool:
    """A query behind a mutation: what is written (a count, a state) is to stand whatever becomes of the rest."""
    return bool(chain) and chain[-1].method == "runMutation" and run.method == "runQuery"


def _contains(statement: ir.Node, node: ir.Node) -> bool:
    return statement.start <= node.start and node.end <= statement.end


def _lists(statement: ir.Stmt) -> Iterator[tuple[ir.Stmt, ...]]:
    """The statement lists directly within a statement."""
    if isinstance(statement, ir.If):
        yield statement.yes
        yield statement.no
    elif isinstance(statement, (ir.Loop, ir.Block)):
        yield statement.body
    elif isinstance(statement, ir.Try):
        yield statement.body
        yield statement.handler or ()
        yield statement.final
    elif isinstance(statement, ir.Switch):
        for case in statement.cases:
            yield case.body


def _made(chain: list[RunCall]) -> Iterator[RunSequence]:
    if len(chain) > 1:
        yield RunSequence(tuple(chain))


@listed
def run_sequences(program: Program) -> Iterator[RunSequence]:
    """Runs that stand in a row and could be one transaction, by function."""
    yield from Sequences(program.ev, runs(program)).all()
