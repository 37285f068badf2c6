"""References that a test looks at first: `internal.m.f ? (internal.m as any).f : other`. `api` and `internal` are
proxies, so such a test is always true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.model import Module, Reference
from convexlint.program.modules.nodes import descendants, entered_by
from convexlint.program.places.references import references
from convexlint.program.program import Program
from convexlint.program.queries import query

_Key = tuple[str, str]


def tested_by(program: Program, reference: Reference) -> tuple[Reference, ...]:
    """The references to the same path that stand in a test which leads to this one, or itself where it is a test."""
    if reference.path is None:
        return ()
    return _tests(program).get((reference.place.module.path, reference.place.span), ())


@query
def _tests(program: Program) -> Mapping[tuple[str, Span], tuple[Reference, ...]]:
    """By the place of a reference that is named more than once in its module."""
    groups: dict[_Key, list[Reference]] = defaultdict(list)
    for reference in references(program):
        if reference.path is not None and reference.status == "missing":
            groups[reference.place.module.path, reference.path].append(reference)
    found: dict[tuple[str, Span], tuple[Reference, ...]] = {}
    for group in groups.values():
        if len(group) < 2:
            continue
        module = group[0].place.module
        for test, branch in _branches(program, module):
            testing = tuple(r for r in group if test.contains(r.place.span))
            behind = [r for r in group if branch.contains(r.place.span)]
            if testing and behind:
                for reference in (*testing, *behind):
                    found[module.path, reference.place.span] = testing
    return found


def _branches(program: Program, module: Module) -> Iterator[tuple[Span, Span]]:
    """Every test of the module, with what is done where it holds."""
    index = program.ev.world.index(module)
    for function in module.facts.functions:
        for node in descendants((*function.body, *((function.expression,) if function.expression else ()))):
            entered = entered_by(index.parent(node), node)
            if entered is not None and entered[1]:
                test: ir.Expr = entered[0]
                yield Span(test.start, test.end), Span(node.start, node.end)
