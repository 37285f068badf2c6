"""Which predicates of `.filter` do not say what they seem to, and how they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.findings import Span
from convexlint.program.places.filter_mistakes import FilterMistake, filter_mistakes
from tests.program.small_programs import program_of

HEAD = """
import { internalQuery } from "./_generated/server";
const named = async (q: any) => q.eq(1, 1);
export const f = internalQuery({ args: {}, handler: async (ctx, args: any) => await ctx.db.query("t").filter("""


def mistakes(root: Path, predicate: str) -> list[FilterMistake]:
    found = filter_mistakes(program_of(root, {"convex/a.ts": HEAD + predicate + ").first() });\n"}))
    return sorted(found, key=lambda m: m.place.span)


def texts(mistake: FilterMistake) -> list[str]:
    return [mistake.place.module.text(Span(o.start, o.end)) for o in mistake.operands]


@pytest.mark.parametrize(
    ("predicate", "kind", "method", "operands"),
    [
        (
            "(q) => q.eq(1, 1) && q.eq(2, 2) && q.eq(3, 3)",
            "logic",
            "and",
            ["q.eq(1, 1)", "q.eq(2, 2)", "q.eq(3, 3)"],
        ),
        ("(q) => (q.eq(1, 1)) || (q.eq(2, 2))", "logic", "or", ["q.eq(1, 1)", "q.eq(2, 2)"]),
        ("(q) => { const a = q.eq(1, 1); return a && q.eq(2, 2); }", "logic", "and", ["a", "q.eq(2, 2)"]),
        ("(q) => q.eq(1, 1) && args.x", "logic", "and", []),
        ("(q) => q.eq(1, 1) /* one */ && q.eq(2, 2)", "logic", "and", []),
        ('(q) => q.field("a") === args.x', "comparison", "eq", ['q.field("a")', "args.x"]),
        ('(q) => args.x != q.field("a")', "comparison", "neq", ["args.x", 'q.field("a")']),
        ('(q: any) => q.field("a") >= 3', "comparison", "gte", ['q.field("a")', "3"]),
        ('(q) => q.eq(q.field("a") + 1, 3)', "arithmetic", "add", ['q.field("a")', "1"]),
        ("(b) => !b.eq(1, 1)", "not", "not", ["b.eq(1, 1)"]),
        ("function (q) { return q.eq(1, 1) && q.eq(2, 2); }", "logic", "and", ["q.eq(1, 1)", "q.eq(2, 2)"]),
    ],
)
def test_operators_on_filter_expressions_have_a_method_that_means_them(
    tmp_path: Path, predicate: str, kind: str, method: str, operands: list[str]
) -> None:
    (mistake,) = mistakes(tmp_path, predicate)
    assert (mistake.kind, mistake.method, texts(mistake)) == (kind, method, operands)


@pytest.mark.parametrize(
    ("predicate", "kind", "name"),
    [
        ("async (q) => q.eq(1, 1)", "async", "async"),
        ("named", "async", "async"),
        ("(q) => q.ne(1, 1)", "method", "ne"),
        ('(q) => q.field("a").eq(1)', "result-method", "eq"),
    ],
)
def test_promises_and_unknown_methods_are_mistakes(
    tmp_path: Path, predicate: str, kind: str, name: str
) -> None:
    assert [(m.kind, m.name) for m in mistakes(tmp_path, predicate)] == [(kind, name)]


@pytest.mark.parametrize(
    "predicate",
    [
        '(q) => q.and(q.eq(q.field("a"), 1), q.not(q.neq(q.field("b"), 2)))',
        "(q) => args.x && q.eq(1, 1)",
        "(q) => args.x === undefined || q.eq(1, 1)",
        "(q) => (args.x ? q.eq(1, 1) : q.eq(2, 2))",
        "(q) => q.or(...args.xs.map((x: any) => q.eq(x, x.y && x.z)))",
        "(q) => q.eq(!args.x, args.y + 1)",
        "args.predicate",
    ],
)
def test_conditions_chosen_in_javascript_are_fine(tmp_path: Path, predicate: str) -> None:
    assert mistakes(tmp_path, predicate) == []
