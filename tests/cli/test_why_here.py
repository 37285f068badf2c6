"""`convexlint why FILE:LINE`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from convexlint.reports import json as report
from tests.checkout import ROOT
from tools.linter import convexlint

SCHEMA = json.loads((Path(report.__file__).parent / "output.schema.json").read_text())

APP = {
    "convex/_generated/server.js": "",
    "convex/schema.ts": """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  notes: defineTable({ owner: v.string(), body: v.string() }).index("by_owner", ["owner"]),
});
""",
    "convex/notes.ts": """import { query, mutation } from "./_generated/server";
import { v } from "convex/values";
import { owner } from "./owner";

export const list = query({
  args: { owner: v.string() },
  returns: v.any(),
  handler: async (ctx, args) => {
    return await ctx.db.query("notes").withIndex("by_owner", (q) => q.eq("owner", args.owner)).collect();
  },
});

export const page = query({
  args: { table: v.any() },
  returns: v.any(),
  handler: async (ctx, args) => {
    const who = await owner(ctx);
    const pages = await ctx.db.query("notes").filter((q) => q.eq(q.field("body"), who)).paginate(args.table);
    // convexlint-disable-next-line no-collect-in-query -- few
    const all = await ctx.db.query("notes").collect();
    return [pages, all, await ctx.db.query(args.table).first()];
  },
});
""",
    "convex/owner.ts": """import { QueryCtx } from "./_generated/server";
export async function owner(ctx: QueryCtx) {
  const identity = await ctx.auth.getUserIdentity();
  if (identity === null) throw new Error("who?");
  return identity.subject;
}
""",
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    for name, text in APP.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def why(app: Path, place: str, *options: str) -> Any:
    ran = convexlint("why", place, "--output-format", "json", "--no-cache", *options, folder=app)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert list(found) == [
        "version", "path", "line", "findings", "function", "access", "effects", "query", "silent",
    ]  # fmt: skip
    shape = {**SCHEMA["$defs"]["diagnostic"], "additionalProperties": True, "$defs": SCHEMA["$defs"]}
    for one in found["findings"]:
        jsonschema.validate(one, shape)
        assert one["card"]
    return found


def silent(found: Any) -> set[tuple[str, str]]:
    return {(one["rule"], one["reason"]) for one in found["silent"]}


def evidence(found: Any, rule: str) -> str:
    return str(next(one["evidence"] for one in found["silent"] if one["rule"] == rule))


def test_the_function_its_access_and_effects(app: Path) -> None:
    found = why(app, "convex/notes.ts:13")
    assert (found["version"], found["path"], found["line"]) == (1, "convex/notes.ts", 13)
    assert found["function"]["path"] == "notes:page"
    assert (found["function"]["kind"], found["function"]["visibility"]) == ("query", "public")
    assert found["access"]["verdict"] == "checked"
    assert found["access"]["place"]["path"] == "convex/owner.ts"
    assert {effect["kind"] for effect in found["effects"]} >= {"db-read", "auth"}
    assert found["function"]["standing"]["level"] == "owner"
    found = why(app, "convex/notes.ts:5")
    assert found["access"] == {"verdict": "unchecked", "how": None, "place": None}
    assert found["function"]["standing"] == {"level": "open", "place": None, "text": None}
    assert "require-access-control" in {one["rule"] for one in found["findings"]}


def test_a_finding_is_told_where_its_chain_ends_too(app: Path) -> None:
    found = why(app, "convex/notes.ts:9")
    assert [one["rule"] for one in found["findings"]] == ["require-access-control"]


def test_the_query_on_the_line(app: Path) -> None:
    query = why(app, "convex/notes.ts:9")["query"]
    assert (query["table"], query["index"], query["range"]) == (
        "notes",
        "by_owner",
        [{"method": "eq", "field": "owner"}],
    )
    assert query["ends_in"] == ["collect"]
    assert query["indexes"] == [{"name": "by_owner", "kind": "database", "fields": ["owner"]}]
    assert why(app, "convex/notes.ts:6")["query"] is None


def test_a_comment_that_silences(app: Path) -> None:
    found = why(app, "convex/notes.ts:20")
    assert ("no-collect-in-query", "suppressed") in silent(found)
    said = "notes.ts:19: // convexlint-disable-next-line no-collect-in-query -- few"
    assert evidence(found, "no-collect-in-query") == said


def test_an_option_that_accepts(app: Path) -> None:
    found = why(app, "convex/notes.ts:18")
    assert ("no-filter-in-query", "exception") in silent(found)
    assert evidence(found, "no-filter-in-query") == 'paginated = "allow" (the default) accepts it'
    found = why(app, "convex/notes.ts:9")
    assert evidence(found, "no-collect-in-query") == 'indexed = "allow" (the default) accepts it'


def test_what_is_off_and_where_that_is_said(app: Path) -> None:
    (app / "convexlint.toml").write_text(
        '[rules]\nrequire-access-control = "off"\n[per-file]\n"convex/notes.ts" = { no-any-validator = "off" }\n'
    )
    assert evidence(why(app, "convex/notes.ts:5"), "require-access-control") == "off by convexlint.toml:2"
    found = why(app, "convex/notes.ts:14")
    assert ("no-any-validator", "off") in silent(found)
    assert "convexlint.toml:4" in evidence(found, "no-any-validator")
    assert silent(why(app, "convex/notes.ts:4")) == set()


def test_a_function_that_is_meant_to_be_open(app: Path) -> None:
    (app / "convexlint.toml").write_text('[auth]\npublic = ["notes:*"]\n')
    found = why(app, "convex/notes.ts:5")
    assert found["findings"] == []
    assert ("require-access-control", "exception") in silent(found)


def test_a_value_that_is_not_known(app: Path) -> None:
    assert ("unknown-table", "unknown") in silent(why(app, "convex/notes.ts:21"))


def test_what_the_baseline_knows(app: Path) -> None:
    (app / "convexlint.toml").write_text('baseline = "known.json"\n')
    assert convexlint("check", "--write-baseline", "--no-cache", folder=app).returncode == 0
    found = why(app, "convex/notes.ts:5")
    assert found["findings"] == []
    assert evidence(found, "require-access-control") == "known.json has it as known"


def test_a_column_narrows(app: Path) -> None:
    line = APP["convex/notes.ts"].splitlines()[19]
    at = line.index("collect") + 1
    assert ("no-collect-in-query", "suppressed") in silent(why(app, f"convex/notes.ts:20:{at}"))
    assert silent(why(app, "convex/notes.ts:20:1")) == set()


def test_a_helper_has_no_function_of_its_own(app: Path) -> None:
    found = why(app, "convex/owner.ts:3")
    assert (found["function"], found["access"], found["effects"]) == (None, None, [])


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("convex/notes.ts:99", "convex/notes.ts:99: the file has 24 lines"),
        ("convex/notes.ts:0", "the file has 24 lines"),
        ("convex/notes.ts:1:999", "characters"),
        ("convex/gone.ts:1", "no such file"),
        ("convex/notes.ts", "is not FILE:LINE"),
        ("README.md:1", "convexlint knows nothing of this file"),
        ("convex/_generated/server.js:1", "convexlint knows nothing of this file: generated"),
    ],
)
def test_no_such_place(app: Path, place: str, words: str) -> None:
    (app / "README.md").write_text("hello\n")
    ran = convexlint("why", place, "--no-cache", folder=app)
    assert ran.returncode == 2
    assert words in ran.stderr


def test_text_says_the_same(app: Path) -> None:
    shown = convexlint("why", "convex/notes.ts:20", "--no-cache", folder=app).stdout
    assert shown.startswith("convex/notes.ts:20\n")
    assert "in public query notes:page, by `query`" in shown
    assert "access: checked by `ctx.auth` (convex/owner.ts:3" in shown
    assert "query: of notes, by no index" in shown
    assert "suppressed: notes.ts:19: // convexlint-disable-next-line" in shown
    shown = convexlint("why", "convex/notes.ts:5", folder=app).stdout
    assert "warning  require-access-control  convex/notes.ts:5:21" in shown
    assert "= card: A public function decides" in shown


def test_a_warm_run_says_the_same(app: Path) -> None:
    shutil.copytree(ROOT / "fixtures" / "notes" / "broken", app / "notes")
    convexlint("check", folder=app / "notes")
    warm = convexlint("why", "convex/notes.ts:20", folder=app / "notes").stdout
    assert warm == convexlint("why", "convex/notes.ts:20", "--no-cache", folder=app / "notes").stdout
