"""`convexlint model` on a small project: its JSON, its diagrams, its page."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from convexlint.cli.app import run

SCHEMA = """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  rooms: defineTable({ title: v.string(), owner: v.optional(v.id("people")) }).index("by_title", ["title"]),
  people: defineTable({ name: v.string() }),
  notes: defineTable({
    room: v.id("rooms"),
    authors: v.array(v.id("people")),
    kind: v.union(v.literal("a"), v.literal(2)),
  })
    .index("by_room", ["room"]),
});
"""
ROOMS = """
import { internalMutation, query } from "./_generated/server";
import { internal } from "./_generated/api";
import { v } from "convex/values";
import { firstByTitle } from "./model/rooms";
export const find = query({ args: { title: v.string() }, handler: async (ctx, { title }) => firstByTitle(ctx, title) });
export const rename = internalMutation({
  args: { id: v.id("rooms") },
  handler: async (ctx, args) => {
    await ctx.db.patch(args.id, { title: "new </script> title" });
    await ctx.scheduler.runAfter(0, internal.rooms.rename, { id: args.id });
  },
});
"""
HELPER = """
import type { QueryCtx } from "../_generated/server";
export async function firstByTitle(ctx: QueryCtx, title: string) {
  return await ctx.db.query("rooms").withIndex("by_title", (q) => q.eq("title", title)).first();
}
"""
CRONS = """
import { cronJobs } from "convex/server";
import { internal } from "./_generated/api";
const crons = cronJobs();
crons.interval("freshen", { minutes: 5 }, internal.rooms.rename);
export default crons;
"""
HTTP = """
import { httpRouter } from "convex/server";
import { auth } from "some-auth";
import { httpAction } from "./_generated/server";
import { listed } from "./feeds";
const http = httpRouter();
http.route({ pathPrefix: "/feeds/", method: "GET", handler: listed });
http.route({ path: "/ping", method: "POST", handler: httpAction(async () => new Response("pong")) });
auth.addHttpRoutes(http);
export default http;
"""
FEEDS = """
import { httpAction } from "./_generated/server";
export const listed = httpAction(async () => new Response("none"));
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {
        "package.json": "{}",
        "convex/schema.ts": SCHEMA,
        "convex/rooms.ts": ROOMS,
        "convex/model/rooms.ts": HELPER,
        "convex/crons.ts": CRONS,
        "convex/http.ts": HTTP,
        "convex/feeds.ts": FEEDS,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["model", "--isolated", "--no-cache", *arguments]) == 0
    return capsys.readouterr().out


def described(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    document = json.loads(printed(capsys))
    projects: list[dict[str, Any]] = document["projects"]
    return projects[0]


def test_json_follows_its_schema(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads((files("convexlint.reports.model") / "model.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(printed(capsys)))


def test_tables_say_what_they_hold_and_who_points_to_them(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = {t["name"]: t for t in described(capsys)["tables"]}
    assert list(tables) == ["notes", "people", "rooms"]
    assert [(f["name"], f["type"], f["references"]) for f in tables["notes"]["fields"]] == [
        ("room", 'Id<"rooms">', ["rooms"]),
        ("authors", 'Id<"people">[]', ["people"]),
        ("kind", '"a" | 2', []),
    ]
    assert tables["people"]["referenced_by"] == ["notes", "rooms"]
    assert tables["rooms"]["place"]["path"] == "convex/schema.ts"


def test_functions_tell_what_they_cost(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    functions = {f["path"]: f for f in described(capsys)["functions"]}
    (read,) = functions["rooms:find"]["reads"]
    assert (read["table"], read["bound"], read["fields"], read["each"]) == ("rooms", "row", [], None)
    assert [step["text"] for step in read["chain"]] == ["calls `firstByTitle`"]
    assert functions["rooms:find"]["cost"] == {"reads": "one row of `rooms`", "writes": None}
    (write,) = functions["rooms:rename"]["writes"]
    assert (write["table"], write["method"], write["indexes"], write["exact"]) == (
        "rooms",
        "patch",
        ["by_title"],
        True,
    )
    assert functions["rooms:rename"]["cost"] == {
        "reads": None,
        "writes": "one patch of `rooms` (1 index)",
    }


def test_indexes_list_their_uses_also_in_helpers(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = {t["name"]: t for t in described(capsys)["tables"]}
    (by_title,) = tables["rooms"]["indexes"]
    assert [(u["path"], u["function"]) for u in by_title["uses"]] == [("convex/model/rooms.ts", None)]
    assert tables["notes"]["indexes"][0]["uses"] == []


def test_functions_tell_their_effects_with_the_chain_that_proves_them(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    functions = {f["path"]: f for f in described(capsys)["functions"]}
    (read,) = functions["rooms:find"]["effects"]
    assert (read["kind"], read["table"]) == ("db-read", "rooms")
    assert [step["text"] for step in read["chain"]] == ["calls `firstByTitle`"]
    assert functions["rooms:find"]["access"] is None
    assert functions["rooms:find"]["standing"] == {"level": "open", "place": None, "text": None}
    assert [e["kind"] for e in functions["rooms:rename"]["effects"]] == ["db-write", "schedule"]
    assert functions["rooms:rename"]["calls"] == [{"path": "rooms:rename", "by": "runAfter"}]


def test_crons_name_the_function_that_they_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (job,) = described(capsys)["crons"]
    assert (job["name"], job["schedule"], job["function"]) == ("freshen", "{ minutes: 5 }", "rooms:rename")


def test_routes_tell_what_they_answer_and_who_may_add_others(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = described(capsys)
    assert [(r["method"], r["path"], r["prefix"], r["function"]) for r in model["routes"]] == [
        ("GET", "/feeds/", True, "feeds:listed"),
        ("POST", "/ping", False, None),
    ]
    assert [r["name"] for r in model["route_registrars"]] == ["auth.addHttpRoutes"]


def test_mermaid_draws_tables_and_calls(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "--output-format", "mermaid")
    assert "  notes }o--|| rooms : room" in text
    assert "  rooms }o--o| people : owner" in text
    assert "rooms_rename -->|runAfter| rooms_rename" in text
    assert text.count("```") == 4


def test_dot_is_balanced_and_names_ports(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "--output-format", "dot")
    assert '"notes":"room" -> "rooms";' in text
    assert '"rooms":"owner" -> "people" [style=dashed];' in text
    assert text.count("{") == text.count("}")


def test_the_page_holds_the_model_and_asks_no_network(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed(capsys, "--output-format", "html")
    data = re.search(r'<script id="data" type="application/json">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    (model,) = json.loads(data[1])
    assert {t["name"] for t in model["tables"]} == {"rooms", "people", "notes"}
    assert not re.search(
        r"""(src|href)=["']|@import|url\(|fetch\(|XMLHttpRequest""", text.replace(data[1], "")
    )


def test_the_page_can_be_written_to_a_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "--output-format", "html", "--output-file", "model.html") == ""
    assert (project / "model.html").read_text("utf-8").startswith("<!doctype html>")


def test_a_folder_without_a_project_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["model", str(tmp_path), "--isolated", "--no-cache"]) == 2
    assert str(tmp_path) in capsys.readouterr().err
