"""How the findings of two linters are matched; neither linter runs here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.agreement import Comparison, Ours, Places, compare, share
from benchmarks.official import Official, findings
from benchmarks.projects import source_files

SCHEMA = """\
export default defineSchema({
  rooms: defineTable({ floor: v.number(), side: v.string() })
    .index("by_floor", ["floor"])
    .index("by_floor_side", ["floor", "side"]),
});
"""


def official(rule: str, path: str, line: int, column: int, end_column: int) -> Official:
    return Official(path, line, column, line, end_column, rule, "said")


def ours(rule: str, path: str, offset: int) -> Ours:
    return Ours(rule, path, 1, offset + 1, offset, "said")


def compared(tmp_path: Path, files: dict[str, str], theirs: list[Official], mine: list[Ours]) -> Comparison:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return compare(tmp_path, theirs, mine, "app")


def test_a_start_inside_of_the_range_agrees_and_one_at_its_end_does_not(tmp_path: Path) -> None:
    files = {"a.ts": "x.filter(y)\nx.filter(y)\n"}
    theirs = [official("no-filter-in-query", "a.ts", line, 3, 9) for line in (1, 2)]
    mine = [ours("no-filter-in-query", "a.ts", 2), ours("no-filter-in-query", "a.ts", 12 + 8)]
    result = compared(tmp_path, files, theirs, mine)
    assert result.agreed["no-filter-in-query"] == 1
    assert result.missed == ["app/a.ts:2:3: no-filter-in-query: said"]
    assert len(result.extra) == 1
    assert share(result, ["no-filter-in-query"]) == 50.0


def test_another_rule_at_the_same_place_does_not_count(tmp_path: Path) -> None:
    theirs = [official("no-filter-in-query", "a.ts", 1, 3, 9)]
    result = compared(tmp_path, {"a.ts": "x.filter(y)\n"}, theirs, [ours("no-collect-in-query", "a.ts", 2)])
    assert result.agreed.total() == 0


def test_the_builder_counts_as_the_place_of_a_function_without_args(tmp_path: Path) -> None:
    text = "export const list = query({ handler });\n"
    theirs = [official("require-args-validator", "a.ts", 1, 27, 38)]
    result = compared(tmp_path, {"a.ts": text}, theirs, [ours("require-args-validator", "a.ts", 20)])
    assert result.agreed["require-args-validator"] == 1


@pytest.mark.parametrize(
    ("use", "excepted"),
    [
        ('query("rooms").withIndex("by_floor", (q) => q.eq("floor", 1)).order("desc").take(3)', 1),
        ('query("rooms").withIndex("by_floor", (q) => q.eq("floor", 1)).collect()', 0),
        ('query("rooms").withIndex("by_floor", (q) => q.gt("floor", 1)).order("desc").take(3)', 0),
        ('query("rooms").withIndex("by_floor_side", (q) => q.eq("floor", 1)).first()', 0),
        ('query("halls").withIndex("by_floor", (q) => q.eq("floor", 1)).first()', 0),
        ('query(name).withIndex("by_floor", (q) => q.eq("floor", 1)).take(3); names("rooms", "halls")', 1),
        ('query(name).withIndex("by_floor", (q) => q.eq("floor", 1)).collect(); names("rooms")', 0),
        ('query(name).withIndex("by_floor", (q) => q.eq("floor", 1)).take(3); names("halls")', 0),
    ],
)
def test_a_prefix_index_is_excepted_only_where_its_order_is_read(
    tmp_path: Path, use: str, excepted: int
) -> None:
    files = {"schema.ts": SCHEMA, "rooms.ts": f"const rooms = ctx.db.{use};\n"}
    theirs = [official("no-duplicate-indexes", "schema.ts", 3, 6, 34)]
    result = compared(tmp_path, files, theirs, [])
    assert result.excepted["no-duplicate-indexes"] == excepted
    assert len(result.missed) == 1 - excepted


def test_a_table_may_be_computed_behind_a_cast(tmp_path: Path) -> None:
    use = """const rows = await (ctx.db.query as any)(names.rooms)
        .withIndex("by_floor", (q: any) => q.eq("floor", 1)).take(3);"""
    theirs = [official("no-duplicate-indexes", "schema.ts", 3, 6, 34)]
    for names, excepted in (("", 0), ('const names = { rooms: "rooms" };\n', 1)):
        result = compared(tmp_path, {"schema.ts": SCHEMA, "a.ts": names + use}, theirs, [])
        assert result.excepted["no-duplicate-indexes"] == excepted


def test_args_through_a_spread_are_excepted(tmp_path: Path) -> None:
    spread = "export const list = query({ ...shared, handler });"
    text = f"{spread}\nexport const all = query({{ handler: f({{ ...x }}) }});\n"
    theirs = [
        official("require-args-validator", "a.ts", 1, 27, 49),
        official("require-args-validator", "a.ts", 2, 26, 50),
    ]
    result = compared(tmp_path, {"a.ts": text}, theirs, [])
    assert result.excepted["require-args-validator"] == 1
    assert len(result.missed) == 1


def test_a_module_that_is_never_pushed_and_runs_tests_is_left_out(tmp_path: Path) -> None:
    texts = {
        "a.ts": 'import { it } from "vitest";',
        "a.realtest.ts": 'import { it } from "vitest";',
        "b.check.js": "const test = require('node:test');",
        "c.helpers.ts": "export const one = 1;",
        "d.test.ts": "",
    }
    (tmp_path / "convex").mkdir()
    for name, text in texts.items():
        (tmp_path / "convex" / name).write_text(text)
    assert [path.name for path in source_files(tmp_path)] == ["a.ts", "c.helpers.ts"]


def test_places_count_as_eslint_does() -> None:
    places = Places("\ufeffa\u2028😀b\r\nc".encode())
    assert places.offset(1, 1) == 3
    assert places.offset(2, 3) == 3 + 1 + 3 + 4
    assert places.offset(3, 1) == 3 + 1 + 3 + 4 + 1 + 2
    assert places.offset(3, 2) == 3 + 1 + 3 + 4 + 1 + 2 + 1


def test_findings_of_other_plugins_are_left_out() -> None:
    message = {"line": 1, "column": 2, "message": "said"}
    results = [
        {
            "filePath": "a.ts",
            "messages": [
                {**message, "ruleId": "@convex-dev/no-filter-in-query"},
                {**message, "ruleId": "@typescript-eslint/no-explicit-any"},
                {**message, "ruleId": None, "fatal": True},
            ],
        }
    ]
    assert findings(results) == [Official("a.ts", 1, 2, 1, 3, "no-filter-in-query", "said")]
