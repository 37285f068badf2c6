"""Where validators are written and what they end up in."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.program.places.validator_sites import table_sites, validator_fields, validator_sites
from convexlint.program.program import Program
from tests.program.small_programs import program_of

SCHEMA = """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { parts } from "./parts";
export default defineSchema({
  rooms: defineTable({ ...parts, size: v.optional(v.number()), seats: v.array(v.object({ row: v.int64() })) }),
});
"""
PARTS = """
import { v as val } from "convex/values";
export const label = val.object({ text: val.string() });
export const parts = { label, tags: val.record(val.string(), val.boolean()) };
"""
ROOMS = """
import { v } from "convex/values";
import { query } from "./_generated/server";
import { label } from "./parts";
const shared = { args: { label, free: v.null() } };
export const list = query({ ...shared, returns: v.bytes(), handler: async () => null });
export const loose = v.any();
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return program_of(
        tmp_path, {"convex/schema.ts": SCHEMA, "convex/parts.ts": PARTS, "convex/rooms.ts": ROOMS}
    )


def uses_of(program: Program, method: str, module: str) -> list[str]:
    return sorted(
        use.text
        for site in validator_sites(program)
        if site.method == method and site.place.module.name == module
        for use in site.uses
    )


@pytest.mark.parametrize(
    ("method", "module", "uses"),
    [
        ("number", "schema", ["field `size` of `rooms`"]),
        ("int64", "schema", ["field `seats.row` of `rooms`"]),
        ("boolean", "parts", ["each value of field `tags` of `rooms`"]),
        ("object", "parts", ["argument `label` of `rooms:list`", "field `label` of `rooms`"]),
        ("null", "rooms", ["argument `free` of `rooms:list`"]),
        ("bytes", "rooms", ["what `rooms:list` returns"]),
        ("any", "rooms", []),
    ],
)
def test_a_validator_knows_what_it_is_part_of(
    program: Program, method: str, module: str, uses: list[str]
) -> None:
    assert uses_of(program, method, module) == uses


def test_the_site_is_the_method_and_knows_the_call_around_it(program: Program) -> None:
    site = next(s for s in validator_sites(program) if s.method == "int64")
    module = site.place.module
    assert module.text(site.place.span) == "int64"
    assert module.text(site.call_span) == "v.int64()"
    assert site.parent is not None
    assert site.parent.method == "object"
    assert site.parent.parent is not None
    assert site.parent.parent.method == "array"


def test_an_optional_part_is_told_through_a_variable(tmp_path: Path) -> None:
    source = (
        'import { v } from "convex/values";\nconst a = v.string().optional();\nexport const b = v.array(a);\n'
    )
    program = program_of(tmp_path, {"convex/_generated/api.js": "", "convex/a.ts": source})
    array = next(s for s in validator_sites(program) if s.method == "array")
    assert [part.optional for part in array.parts] == [True]


def test_a_v_of_another_package_is_no_site(tmp_path: Path) -> None:
    source = 'import * as v from "valibot";\nexport const a = v.string();\n'
    program = program_of(tmp_path, {"convex/_generated/api.js": "", "convex/a.ts": source})
    assert list(validator_sites(program)) == []


def test_fields_stand_at_their_keys(program: Program) -> None:
    fields = [(f.module.text(f.key_span), f.use.text, f.optional) for f in validator_fields(program)]
    assert ("size", "field `size` of `rooms`", True) in fields
    assert ("text", "field `label.text` of `rooms`", False) in fields
    assert ("text", "argument `label.text` of `rooms:list`", False) in fields


def test_tables_are_found_with_the_end_of_their_chain(tmp_path: Path) -> None:
    source = """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
const rooms = defineTable({ a: v.string() }).index("by_a", ["a"]);
export default defineSchema({ rooms: rooms.index("a", ["a"]) });
"""
    program = program_of(tmp_path, {"convex/schema.ts": source})
    (site,) = table_sites(program)
    assert site.module.text(site.call_span) == "defineTable({ a: v.string() })"
    assert source.encode()[: site.end].decode().endswith('rooms.index("a", ["a"])')
