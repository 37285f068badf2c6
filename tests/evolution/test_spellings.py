"""The same schema, and the same change of it, however it is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from convexlint.harness.projects import lint, model_of, write_project
from convexlint.rules.card import Source
from convexlint.session import Overrides

Fields = dict[str, str]
Files = dict[str, str]

SERVER = 'import { defineSchema, defineTable } from "convex/server";\n'
VALUES = 'import { v } from "convex/values";\n'
TABLES = "users: defineTable({ name: v.string() }), bots: defineTable({ name: v.string() })"
FIELDS: Fields = {
    "name": "v.string()",
    "floor": "v.optional(v.number())",
    "state": 'v.union(v.literal("open"), v.literal("closed"))',
    "tags": "v.array(v.object({ text: v.string(), weight: v.optional(v.number()) }))",
    "owner": 'v.id("users")',
    "meta": "v.record(v.string(), v.number())",
    "size": "v.object({ w: v.number(), h: v.number() })",
    "note": "v.optional(v.union(v.string(), v.null()))",
}


def pairs(fields: Fields) -> str:
    return ", ".join(f"{name}: {text}" for name, text in fields.items())


def schema(table: str, before: str = "", head: str = SERVER + VALUES) -> str:
    return f"{head}{before}export default defineSchema({{ rooms: {table}, {TABLES} }});\n"


def plain(fields: Fields) -> Files:
    return {"schema.ts": schema(f"defineTable({{ {pairs(fields)} }})")}


def in_javascript(fields: Fields) -> Files:
    return {"schema.js": schema(f"defineTable({{ {pairs(fields)} }})")}


def constants(fields: Fields) -> Files:
    held = "".join(f"const {name} = {text};\n" for name, text in fields.items())
    return {"schema.ts": schema(f"defineTable({{ {', '.join(fields)} }})", held)}


def spread(fields: Fields) -> Files:
    names = list(fields)
    some = {name: fields[name] for name in names[1::2]}
    rest = {name: fields[name] for name in names[::2]}
    return {
        "schema.ts": schema(
            f"defineTable({{ ...base, {pairs(rest)} }})", f"const base = {{ {pairs(some)} }};\n"
        )
    }


def from_another_file(fields: Fields) -> Files:
    shared = f"{VALUES}export const roomFields = {{ {pairs(fields)} }};\n"
    head = f'{SERVER}{VALUES}import {{ roomFields as fields }} from "./model/fields";\n'
    return {"model/fields.ts": shared, "schema.ts": schema("defineTable(fields)", head=head)}


def an_object(fields: Fields) -> Files:
    return {"schema.ts": schema(f"defineTable(v.object({{ {pairs(fields)} }}))")}


def its_fields(fields: Fields) -> Files:
    return {
        "schema.ts": schema(
            "defineTable({ ...room.fields })", f"const room = v.object({{ {pairs(fields)} }});\n"
        )
    }


def a_function(fields: Fields) -> Files:
    names = list(fields)
    own = {name: fields[name] for name in names[:3]}
    rest = {name: fields[name] for name in names[3:]}
    made = f"function room(more) {{\n  return defineTable({{ {pairs(own)}, ...more }});\n}}\n"
    return {"schema.ts": schema(f"room({{ {pairs(rest)} }})", made)}


def an_arrow(fields: Fields) -> Files:
    made = f"const fieldsOf = () => ({{ {pairs(fields)} }});\n"
    return {"schema.ts": schema("defineTable(fieldsOf())", made)}


def another_name(fields: Fields) -> Files:
    text = pairs(fields).replace("v.", "val.")
    head = f'{SERVER}import {{ v, v as val }} from "convex/values";\n'
    return {"schema.ts": schema(f"defineTable({{ {text} }})", head=head)}


def a_table_apart(fields: Fields) -> Files:
    table = f'const rooms = defineTable({{ {pairs(fields)} }}).index("by_name", ["name"]);\n'
    indexed = schema("x", table).replace("rooms: x", "rooms")
    return {"schema.ts": indexed}


def tables_apart(fields: Fields) -> Files:
    tables = (
        f"{SERVER}{VALUES}export const tables = {{ rooms: defineTable({{ {pairs(fields)} }}), {TABLES} }};\n"
    )
    own = 'import { defineSchema } from "convex/server";\nimport { tables } from "./tables";\n'
    return {
        "tables.ts": tables,
        "schema.ts": f"{own}const schema = defineSchema({{ ...tables }});\nexport default schema;\n",
    }


def extended(fields: Fields) -> Files:
    names = list(fields)
    own = {name: fields[name] for name in names[:4]}
    rest = {name: fields[name] for name in names[4:]}
    made = f"const base = v.object({{ {pairs(own)} }});\n"
    return {"schema.ts": schema(f"defineTable(base.extend({{ {pairs(rest)} }}))", made)}


def helpers(fields: Fields) -> Files:
    head = f'{SERVER}{VALUES}import {{ nullable, literals }} from "convex-helpers/validators";\n'
    text = pairs(fields)
    text = text.replace('v.union(v.literal("open"), v.literal("closed"))', 'literals("closed", "open")')
    text = text.replace("v.union(v.string(), v.null())", "nullable(v.string())")
    return {"schema.ts": schema(f"defineTable({{ {text} }})", head=head)}


SPELLINGS: list[Callable[[Fields], Files]] = [
    plain, in_javascript, constants, spread, from_another_file, an_object, its_fields, a_function, an_arrow,
    another_name, a_table_apart, tables_apart, extended, helpers,
]  # fmt: skip

CHANGES: list[tuple[str, str | None, str, str]] = [
    ("name", "v.number()", "`rooms.name` was `string` and is `number`", 'name: "text"'),
    ("name", None, "`rooms.name` is gone, and documents that exist may hold it", 'name: "text"'),
    ("name", 'v.literal("a")', '`rooms.name` was `string` and is `"a"`', 'name: "atext"'),
    ("floor", "v.number()", "`rooms.floor` was optional and is required now, and documents that exist may lack it", ""),
    ("floor", "v.optional(v.int64())", "`rooms.floor` was `number` and is `bigint`", "floor: 1"),
    ("state", 'v.literal("open")', '`rooms.state` was `"open" | "closed"` and is `"open"`', 'state: "closed"'),
    ("state", 'v.union(v.literal("open"), v.literal("shut"))',
     '`rooms.state` was `"open" | "closed"` and is `"open" | "shut"`', 'state: "closed"'),
    ("tags", "v.array(v.object({ text: v.string(), weight: v.number() }))",
     "`rooms.tags.weight` was optional and is required now, and documents that exist may lack it", "tags: [{ text"),
    ("tags", "v.array(v.object({ text: v.string() }))",
     "`rooms.tags.weight` is gone, and documents that exist may hold it", "weight: 1"),
    ("tags", "v.array(v.string())",
     "`rooms.tags` was `{ text: string, weight?: number }[]` and is `string[]`", 'tags: [{ text: "text"'),
    ("owner", 'v.id("bots")', '`rooms.owner` was `Id<"users">` and is `Id<"bots">`', "owner: <id of users>"),
    ("meta", "v.record(v.string(), v.boolean())",
     "`rooms.meta` was `Record<string, number>` and is `Record<string, boolean>`", "meta: { text: 1 }"),
    ("meta", "v.object({ a: v.number() })", "`rooms.meta` was `Record<string, number>` and is `{ a: number }`",
     "meta: {}"),
    ("size", "v.object({ w: v.number(), h: v.number(), d: v.number() })",
     "`rooms.size.d` is new and required, and documents that exist lack it", "size: { w: 1, h: 1 }"),
    ("size", "v.object({ w: v.number() })", "`rooms.size.h` is gone, and documents that exist may hold it", "h: 1"),
    ("note", "v.optional(v.string())", "`rooms.note` was `string | null` and is `string`", "note: null"),
    ("added", "v.string()", "`rooms.added` is new and required, and documents that exist lack it", ""),
]  # fmt: skip
SAFE: list[tuple[str, str]] = [
    ("name", "v.union(v.null(), v.string())"),
    ("name", "v.any()"),
    ("name", "v.optional(v.string())"),
    ("floor", "v.optional(v.union(v.number(), v.int64()))"),
    ("state", "v.string()"),
    ("state", 'v.union(v.literal("closed"), v.union(v.literal("draft"), v.literal("open")))'),
    (
        "tags",
        "v.array(v.object({ weight: v.optional(v.number()), text: v.string(), color: v.optional(v.string()) }))",
    ),
    ("owner", "v.string()"),
    ("owner", 'v.union(v.id("bots"), v.id("users"))'),
    ("meta", "v.record(v.string(), v.union(v.number(), v.null()))"),
    ("size", "v.object({ h: v.optional(v.number()), w: v.number() })"),
    ("size", "v.record(v.string(), v.number())"),
    ("note", "v.optional(v.union(v.null(), v.string(), v.boolean()))"),
    ("added", "v.optional(v.string())"),
]


def found(root: Path, old: Files, new: Files) -> list[tuple[str, str]]:
    """What is said of the change, and the document that is shown."""
    files = {path: Source(path, text) for path, text in new.items()}
    write_project(root, files)
    (root / "deployed.json").write_text(model_of({path: Source(path, text) for path, text in old.items()}))
    said = [d.finding.message for d in lint(root, Overrides(select=("breaking-schema-change",))).diagnostics]
    return [(one.partition(": the push")[0], one.partition("document like ")[2]) for one in said]


def with_field(name: str, text: str | None) -> Fields:
    kept = {key: value for key, value in FIELDS.items() if key != name}
    return (
        kept
        if text is None
        else {key: text if key == name else FIELDS[key] for key in (*FIELDS, *({name} - set(FIELDS)))}
    )


@pytest.mark.parametrize("spelled", SPELLINGS)
@pytest.mark.parametrize(("name", "text", "due", "shown"), CHANGES)
def test_a_change_is_seen(
    tmp_path: Path, spelled: Callable[[Fields], Files], name: str, text: str | None, due: str, shown: str
) -> None:
    ((said, witness),) = found(tmp_path, plain(FIELDS), spelled(with_field(name, text)))
    assert said == due
    assert shown in witness


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_what_is_only_written_otherwise_is_silent(tmp_path: Path, spelled: Callable[[Fields], Files]) -> None:
    assert found(tmp_path / "a", plain(FIELDS), spelled(FIELDS)) == []
    assert found(tmp_path / "b", spelled(FIELDS), plain(dict(reversed(FIELDS.items())))) == []


@pytest.mark.parametrize(("name", "text"), SAFE)
def test_what_takes_more_is_silent(tmp_path: Path, name: str, text: str) -> None:
    for number, spelled in enumerate((plain, from_another_file, a_function)):
        assert found(tmp_path / str(number), constants(FIELDS), spelled(with_field(name, text))) == []
