"""Which statements drop a promise: a table of statements, each in a handler of its own program."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.program.places.promises import floating_promises
from tests.program.small_programs import program_of

HEAD = """
import { v } from "convex/values";
import { createFunctionHandle } from "convex/server";
import { internal } from "./_generated/api";
import { internalMutation, MutationCtx } from "./_generated/server";
async function save(ctx: MutationCtx) { await ctx.db.insert("t", {}); }
const later = (ctx: MutationCtx) => ctx.scheduler.runAfter(0, internal.a.f, {});
const typed = (ctx: MutationCtx): Promise<void> => somewhere(ctx);
function plain() { return 1; }
export const f = internalMutation({ args: { ids: v.array(v.id("t")) }, handler: async (ctx, args) => {
"""


def dropped(root: Path, statement: str) -> list[tuple[str, bool]]:
    """(kind, whether an await may stand there) of each floating promise in the statement."""
    files = {"convex/a.ts": HEAD + statement + "\n} });\n"}
    return [(p.kind, p.in_async) for p in floating_promises(program_of(root, files))]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ('ctx.db.insert("t", {});', "ctx"),
        ("const db = ctx.db; db.delete(args.ids[0]);", "ctx"),
        ("ctx.scheduler.cancel(args.job);", "ctx"),
        ("ctx.storage.delete(args.file);", "ctx"),
        ("(ctx as any).runMutation(internal.a.f, {});", "ctx"),
        ('ctx.db.query("t").collect();', "query"),
        ("save(ctx);", "helper"),
        ("save(ctx) as any;", "helper"),
        ("later(ctx);", "helper"),
        ("typed(ctx);", "helper"),
        ("(async () => { await save(ctx); })();", "helper"),
        ("const go = async () => { await save(ctx); }; go();", "helper"),
        ("args.ids.length > 0 && save(ctx);", "helper"),
        ("args.ids.length > 0 ? save(ctx) : null;", "helper"),
        ("if (args.ids.length) save(ctx);", "helper"),
        ("Promise.all([save(ctx), 1]);", "all"),
        ("args.ids.map(async (id) => { await ctx.db.delete(id); });", "each"),
        ("save(ctx).then(() => plain());", "chain"),
        ("createFunctionHandle(internal.a.f);", "package"),
    ],
)
def test_a_promise_that_is_the_value_of_a_statement_floats(tmp_path: Path, statement: str, kind: str) -> None:
    assert dropped(tmp_path, statement) == [(kind, True)]


@pytest.mark.parametrize(
    "statement",
    [
        "await save(ctx);",
        "return save(ctx);",
        "const p = save(ctx); await p;",
        "let p; p = save(ctx); await p;",
        "void save(ctx);",
        "const all = []; all.push(save(ctx)); await Promise.all(all);",
        "await Promise.all(args.ids.map((id) => ctx.db.delete(id)));",
        "save(ctx).catch(() => null);",
        "save(ctx).then(() => null, () => null);",
        "args.ids.forEach(async (id) => { console.log(id); });",
        'ctx.db.query("t").order("desc");',
        'ctx.db.normalizeId("t", args.text);',
        "ctx.meta.getSnapshotTs();",
        "plain();",
        "unheardOf(ctx);",
        "const names = new Map(); names.delete('a'); names.get('b');",
        "function* each() { yield save(ctx); } each();",
    ],
)
def test_a_promise_that_goes_somewhere_and_no_promise_at_all_do_not_float(
    tmp_path: Path, statement: str
) -> None:
    assert dropped(tmp_path, statement) == []


def test_an_await_cannot_stand_in_a_function_that_is_not_async(tmp_path: Path) -> None:
    assert dropped(tmp_path, "const go = () => { save(ctx); }; go();") == [("helper", False)]
