"""Walks over facts."""

from __future__ import annotations

from convexlint.facts import extract, ir
from convexlint.program.behaviour.branches import conditions
from convexlint.program.modules.nodes import descendants, statements_in
from convexlint.program.modules.walk import index_module

BODY = """
export function f(a) {
  if (a) { one(); } else { for (let i = 0; i < 3; i++) two(() => { inner(); }); }
  try { three(); } catch (error) { four(); } finally { five(); }
  switch (a) { case 1: six(); break; default: { return seven(); } }
  while (a) throw a;
}
"""


def test_statements_are_all_that_run_in_written_order() -> None:
    body = extract(BODY.encode(), "a.ts").functions[1].body
    among_all = [n for n in descendants(body) if isinstance(n, _STATEMENTS)]
    assert list(statements_in(body)) == among_all
    assert len(among_all) == 16


_STATEMENTS = (
    ir.Declare, ir.Evaluate, ir.Return, ir.Throw, ir.If, ir.Loop, ir.Try, ir.Switch, ir.Block, ir.Jump,
)  # fmt: skip


def _conditions(body: str) -> list[int]:
    facts = extract(f"async function f(ctx, a) {{ {body} }}".encode(), "a.ts")
    index = index_module(facts)
    return [
        len(conditions(index, site.expr)) for site in index.calls if isinstance(site.expr.callee, ir.Name)
    ]


def test_tests_of_the_ctx_are_found_however_they_are_written() -> None:
    assert _conditions("if (ctx.db) done();") == [1]
    assert _conditions('if ("db" in ctx) done();') == [1]
    assert _conditions('const isQuery = !("runMutation" in ctx); if (isQuery) done();') == [1]
    assert _conditions("if (!(ctx as any).scheduler) return; done();") == [1]
    assert _conditions("const x = a && ctx.db ? done() : 1;") == [1]
    assert _conditions("ctx.db.get(a); const db = ctx.db; if (a) done(ctx.db);") == [0]
