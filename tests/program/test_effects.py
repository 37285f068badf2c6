"""The chains that prove effects. Which effects code has: `phenomena/effects.md`."""

from __future__ import annotations

from pathlib import Path

from convexlint.program.behaviour.effects import effects_of
from convexlint.program.model import Effect
from convexlint.program.program import Program
from tests.program.small_programs import program_of


def done_by(program: Program, path: str) -> tuple[Effect, ...]:
    return effects_of(program, next(f for f in program.functions if f.path == path))


def told(effect: Effect) -> list[str]:
    steps = [f"{step.place.module.name}: {step.text}" for step in effect.chain]
    return [*steps, f"{effect.place.module.name}: {effect.what}"]


def test_the_chain_names_each_call_in_its_module_and_the_deed_at_its_end(tmp_path: Path) -> None:
    files = {
        "convex/deep.ts": "export class Store { constructor(private ctx) {} "
        "async save() { await this.ctx.db.insert('posts', {}); } }",
        "convex/middle.ts": "import * as deep from './deep';\n"
        "export const keep = async (ctx) => { const store = new deep.Store(ctx); await store.save(); };",
        "convex/barrel.ts": "export { keep as save } from './middle';",
        "convex/a.ts": "import { query } from './_generated/server';\nimport { save } from './barrel';\n"
        "export const f = query({ args: {}, handler: async (ctx) => { await save(ctx); } });",
    }
    (effect,) = done_by(program_of(tmp_path, files), "a:f")
    assert told(effect) == ["a: calls `save`", "middle: calls `store.save`", "deep: this.ctx.db.insert"]
    assert effect.first.module.text(effect.first.span) == "save(ctx)"


def test_the_shortest_chain_proves_a_deed_that_many_ways_lead_to(tmp_path: Path) -> None:
    source = """
import { mutation } from "./_generated/server";
const save = async (ctx) => { await ctx.db.insert("posts", {}); };
const long = async (ctx) => { await longer(ctx); };
const longer = async (ctx) => { await save(ctx); };
export const f = mutation({ args: {}, handler: async (ctx) => { await long(ctx); await save(ctx); } });
"""
    (effect,) = done_by(program_of(tmp_path, {"convex/a.ts": source}), "a:f")
    assert told(effect) == ["a: calls `save`", "a: ctx.db.insert"]


def test_what_a_builder_does_begins_at_its_name(tmp_path: Path) -> None:
    source = """
import { customAction, customCtx } from "convex-helpers/server/customFunctions";
import { action } from "./_generated/server";
const userAction = customAction(action, customCtx(async (ctx) => ({ user: await ctx.db.query("users").first() })));
export const f = userAction({ args: {}, handler: async (ctx) => ctx.user });
"""
    (effect,) = done_by(program_of(tmp_path, {"convex/a.ts": source}), "a:f")
    assert told(effect) == ["a: calls `userAction`", "a: ctx.db.query"]
    assert effect.first.module.text(effect.first.span) == "userAction"


def test_a_deed_behind_a_test_and_in_the_open_is_in_the_open(tmp_path: Path) -> None:
    source = """
import { action } from "./_generated/server";
const read = async (ctx) => await ctx.db.query("users").first();
const asks = async (ctx) => ("db" in ctx ? await read(ctx) : null);
export const guarded = action({ args: {}, handler: async (ctx) => await asks(ctx) });
export const open = action({ args: {}, handler: async (ctx) => { await asks(ctx); await read(ctx); } });
"""
    program = program_of(tmp_path, {"convex/a.ts": source})
    assert [e.guarded for e in done_by(program, "a:guarded")] == [True]
    assert [e.guarded for e in done_by(program, "a:open")] == [False]
