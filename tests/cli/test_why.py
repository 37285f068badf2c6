"""`convexlint why`: what is known of one place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convexlint.cli.app import run

SCHEMA = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ posts: defineTable({ author: v.string() }).index("by_author", ["author"]) });
"""
POSTS = """import { internalMutation, query } from "./_generated/server";
import { v } from "convex/values";

export const list = query({
  args: { table: v.string() },
  handler: async (ctx, { table }) => {
    const some = await ctx.db.query(table as "posts").take(1);
    // convexlint-disable-next-line no-collect-in-query -- few rows
    const rows = await ctx.db.query("posts").collect();
    return [...some, ...rows, await ctx.db.query("posts").withIndex("by_writer").first()];
  },
});

export const write = internalMutation({
  args: {},
  handler: async (ctx) => {
    const user = await ctx.auth.getUserIdentity();
    if (user === null) throw new Error("no");
    await ctx.db.insert("posts", { author: user.subject });
  },
});
"""


@pytest.fixture
def posts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "convex"
    (folder / "_generated").mkdir(parents=True)
    (folder / "schema.ts").write_text(SCHEMA)
    (folder / "posts.ts").write_text(POSTS)
    monkeypatch.chdir(tmp_path)
    return folder / "posts.ts"


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["why", "--no-cache", "--output-format", "json", *arguments]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_finding_with_its_function_and_query(posts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = ask(capsys, "convex/posts.ts:10")
    assert list(found) == [
        "version", "path", "line", "findings", "function", "access", "effects", "query", "silent"
    ]  # fmt: skip
    assert (found["version"], found["path"], found["line"]) == (1, "convex/posts.ts", 10)
    assert "unknown-index" in [one["rule"] for one in found["findings"]]
    assert found["function"]["path"] == "posts:list"
    assert (found["function"]["kind"], found["function"]["visibility"]) == ("query", "public")
    assert found["access"] == {"verdict": "unchecked", "how": None, "place": None}
    assert {effect["kind"] for effect in found["effects"]} == {"db-read"}
    assert (found["query"]["table"], found["query"]["index"]) == ("posts", "by_writer")


def test_a_column_narrows_the_place(posts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = POSTS.splitlines()[9]
    there = ask(capsys, f"convex/posts.ts:10:{line.index('by_writer') + 1}")
    assert [one["rule"] for one in there["findings"]] == ["unknown-index"]
    elsewhere = ask(capsys, "convex/posts.ts:10:6")
    assert elsewhere["findings"] == []
    assert elsewhere["function"]["path"] == "posts:list"


def test_silent_rules_say_why(posts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (silence,) = [one for one in ask(capsys, "convex/posts.ts:9")["silent"] if one["reason"] == "suppressed"]
    assert silence["rule"] == "no-collect-in-query"
    assert "posts.ts:8" in silence["evidence"] and "few rows" in silence["evidence"]
    Path("convexlint.toml").write_text('[rules]\nrequire-returns-validator = "off"\n')
    off = {one["rule"]: one for one in ask(capsys, "convex/posts.ts:4")["silent"]}
    assert off["require-returns-validator"]["reason"] == "off"
    assert "convexlint.toml:2" in off["require-returns-validator"]["evidence"]
    unknown = ask(capsys, "convex/posts.ts:7")["silent"]
    assert {"rule": "unknown-table", "reason": "unknown"}.items() <= unknown[-1].items()
    assert "dynamic table name" in unknown[-1]["evidence"]


def test_what_the_settings_open_is_an_exception(posts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (posts.parent.parent / "convexlint.toml").write_text('[auth]\npublic = ["posts:*"]\n')
    found = ask(capsys, "convex/posts.ts:4")
    (open_,) = [one for one in found["silent"] if one["reason"] == "exception"]
    assert open_ == {
        "rule": "require-access-control",
        "reason": "exception",
        "evidence": "[auth] public has 'posts:*'",
    }


def test_an_internal_function_and_its_effects(posts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = ask(capsys, "convex/posts.ts:18")
    assert found["function"]["path"] == "posts:write"
    assert found["access"]["verdict"] == "internal"
    assert ("db-write", "posts") in [(effect["kind"], effect["table"]) for effect in found["effects"]]


def test_a_line_without_anything(posts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = ask(capsys, "convex/posts.ts:3")
    assert (found["findings"], found["function"], found["access"], found["query"]) == ([], None, None, None)


def test_text_is_for_people(posts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["why", "--no-cache", "convex/posts.ts:10"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("convex/posts.ts:10\n")
    assert "unknown-index" in text and "in public query posts:list" in text and "access: unchecked" in text


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("convex/posts.ts:99", "the file has 22 lines"),
        ("convex/posts.ts:3:40", "the line has 0 characters"),
        ("convex/nothing.ts:1", "no such file"),
        ("other.ts:1", "belongs to no Convex project"),
        ("convex/posts.ts", "FILE:LINE"),
        ("convex/posts.ts:0", "the file has 22 lines"),
    ],
)
def test_no_such_place_is_status_2(
    posts: Path, capsys: pytest.CaptureFixture[str], place: str, words: str
) -> None:
    Path("other.ts").write_text("export {};\n")
    assert run(["why", "--no-cache", place]) == 2
    assert words in capsys.readouterr().err
