"""What the schema rules ask the program: searches, appends, ids, cycles, generated files."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.program.behaviour.schema_cycles import schema_uses
from convexlint.program.convex.identifiers import identifier_problem
from convexlint.program.modules.generated import GeneratedSource, read_generated
from convexlint.program.places.array_appends import array_appends
from convexlint.program.places.id_uses import id_uses
from convexlint.program.places.lookups import lookups
from tests.program.small_programs import program_of

HEAD = """
import { v } from "convex/values";
import { mutation } from "./_generated/server";
import type { Id } from "./_generated/dataModel";
"""
SCHEMA = """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ rooms: defineTable({ name: v.string(), tags: v.array(v.string()) }) });
"""


def handler(body: str, args: str = "{ x: v.string(), id: v.id('rooms') }") -> dict[str, str]:
    source = (
        f"{HEAD}export const f = mutation({{ args: {args}, handler: async (ctx, args) => {{ {body} }} }});"
    )
    return {"convex/schema.ts": SCHEMA, "convex/a.ts": source}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ('await ctx.db.query("rooms").filter((q) => q.eq(q.field("name"), args.x)).first();', [("name",)]),
        ('(await ctx.db.query("rooms").collect()).find((r) => r.name === args.x);', [("name",)]),
        (
            'const all = await ctx.db.query("rooms").collect(); all.filter((r) => args.x == r.name);',
            [("name",)],
        ),
        ('(await ctx.db.query("rooms").collect()).find((r) => r.name !== args.x);', []),
        ('(await ctx.db.query("rooms").collect()).find((r) => r.name === null);', []),
        ('(await ctx.db.query("rooms").take(5)).find((r) => r.name === args.x);', []),
        ('await ctx.db.query("rooms").filter((q) => q.eq(q.field("name"), undefined)).first();', []),
    ],
)
def test_rows_looked_up_by_equality(tmp_path: Path, body: str, fields: list[tuple[str, ...]]) -> None:
    assert [lookup.fields for lookup in lookups(program_of(tmp_path, handler(body)))] == fields


@pytest.mark.parametrize(
    ("body", "appends"),
    [
        ("await ctx.db.patch('rooms', args.id, { tags: [...room.tags, args.x] });", True),
        ("await ctx.db.patch(args.id, { tags: room.tags.concat(args.x) });", True),
        ("const tags = room.tags; tags.push(args.x); await ctx.db.patch('rooms', args.id, { tags });", True),
        ("await ctx.db.patch('rooms', args.id, { tags: [...room.tags.slice(-9), args.x] });", False),
        ("await ctx.db.patch('rooms', args.id, { tags: [...room.tags] });", False),
        ("const tags = []; tags.push(args.x); await ctx.db.patch('rooms', args.id, { tags });", False),
        ("await ctx.db.patch('rooms', args.id, { tags: room.tags.filter((t) => t !== args.x) });", False),
    ],
)
def test_arrays_that_grow(tmp_path: Path, body: str, appends: bool) -> None:
    program = program_of(tmp_path, handler("const room = await ctx.db.get('rooms', args.id); " + body))
    assert [(a.table, a.field) for a in array_appends(program, frozenset({"tags"}))] == (
        [("rooms", "tags")] if appends else []
    )


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("await ctx.db.get('rooms', args.x as Id<'rooms'>);", [("x", "id", "rooms")]),
        ("const { x } = args; await ctx.db.delete(x as Id<'rooms'>);", [("x", "id", "rooms")]),
        ("const id = args.x as Id<'rooms'>; await ctx.db.get(id);", [("x", "id", "rooms")]),
        ("ctx.db.normalizeId('rooms', args.x);", [("x", "normalize", "rooms")]),
        ("const r = await ctx.db.query('rooms').first(); return r!._id === args.x;", [("x", "id", "rooms")]),
        ("const { x } = await load(); await ctx.db.get(x);", []),
    ],
)
def test_arguments_used_as_ids(tmp_path: Path, body: str, found: list[tuple[str, str, str]]) -> None:
    program = program_of(tmp_path, handler(body, "{ x: v.string() }"))
    assert [(use.name, use.kind, use.table) for use in id_uses(program)] == found


@pytest.mark.parametrize(
    ("use", "count"),
    [
        ("export const names = Object.keys(schema.tables);", 1),
        ("export class A { static names = schema.tables; }", 1),
        ("export class A { names = schema.tables; }", 0),
        ("export const names = () => schema.tables;", 0),
        ("export type S = typeof schema;", 0),
        ("export default schema;", 1),
    ],
)
def test_the_schema_used_while_it_loads(tmp_path: Path, use: str, count: int) -> None:
    files = {
        "convex/schema.ts": 'import { defineSchema } from "convex/server";\nimport { t } from "./t";\n'
        "export default defineSchema(t);\n",
        "convex/t.ts": f'import schema from "./schema";\nexport const t = {{}};\n{use}\n',
    }
    assert len(schema_uses(program_of(tmp_path, files))) == count


HEADER = "/** THIS CODE IS AUTOMATICALLY GENERATED. */\n"


@pytest.mark.parametrize(
    ("name", "text", "kind", "headless", "added"),
    [
        ("_generated/api.d.ts", HEADER + "export declare const api: 1;\n", "convex", False, []),
        (
            "_generated/api.js",
            HEADER + "export const api = 1;\nexport function mine() {}\n",
            "convex",
            False,
            ["mine"],
        ),
        ("_generated/server.ts", HEADER + 'export * from "../mine";\n', "convex", False, ["*"]),
        ("_generated/server.js", "export const query = 1;\n", "convex", True, []),
        ("_generated/mine.ts", "export const a = 1;\n", "foreign", False, []),
        ("_generated/env.ts", "// Generated by a tool\nexport const a = 1;\n", "other", False, []),
        ("_generated/_ignore.ts", "// keeps the folder\n", "other", False, []),
        ("model/_generated/mine.ts", "export const a = 1;\n", "other", False, []),
    ],
)
def test_who_wrote_a_generated_file(
    name: str, text: str, kind: str, headless: bool, added: list[str]
) -> None:
    (file,) = read_generated({"/p/" + name: GeneratedSource(name, text.encode(), ())})
    assert (file.kind, file.headless, [word for word, _ in file.added]) == (kind, headless, added)
    for word, span in file.added:
        assert text.encode()[span.start : span.end].decode() == word


@pytest.mark.parametrize("name", ["a", "_a", "aB_9", "x" * 64])
def test_identifiers_that_convex_takes(name: str) -> None:
    assert identifier_problem(name) is None


@pytest.mark.parametrize("name", ["", "a-b", "9a", "__", "$a", "ä", "x" * 65, "a b"])
def test_identifiers_that_convex_refuses(name: str) -> None:
    assert identifier_problem(name) is not None
