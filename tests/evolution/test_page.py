"""`convexlint model --against REV`: the change as a page of markdown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.evolution.test_against import git, write

SCHEMA = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  rooms: defineTable({ name: v.string(), floor: v.optional(v.number()) }).index("by_name", ["name"]),
  logs: defineTable({ text: v.string() }),
});
"""
LATER = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  rooms: defineTable({ name: v.string(), floor: v.number(), kind: v.optional(v.union(v.literal("a|`b"), v.null())) })
    .index("name_first", ["name"])
    .index("by_floor", { fields: ["floor"], staged: true }),
  seats: defineTable({ number: v.number() }).index("by_number", ["number"]),
});
"""
ROOMS = """import { mutation, query } from "./_generated/server";
import { v } from "convex/values";
export const list = query({ args: { floor: v.optional(v.number()) }, returns: v.null(), handler: async () => null });
export const same = query({ args: {}, returns: v.null(), handler: async () => null });
export const drop = mutation({ args: {}, returns: v.null(), handler: async () => null });
"""
ROOMS_LATER = """import { internalMutation, query } from "./_generated/server";
import { v } from "convex/values";
export const list = query({ args: { floor: v.number() }, returns: v.string(), handler: async () => "" });
export const same = query({ args: {}, returns: v.null(), handler: async () => null });
export const tidy = internalMutation({ args: {}, returns: v.null(), handler: async () => null });
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    write(root, {"package.json": '{"dependencies": {"convex": "1.31.0"}}', "convex/schema.ts": SCHEMA})
    write(root, {"convex/rooms.ts": ROOMS})
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    return root


def model(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "convexlint", "model", str(root), "--no-cache", "--jobs", "1", *words]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def rows(page: str, title: str) -> list[list[str]]:
    lines = page.split(f"### {title}\n", 1)[1].split("\n### ")[0].splitlines()
    cells = [line.strip("|").replace("\\|", "\0").split("|") for line in lines if line.startswith("| `")]
    return [[cell.strip().replace("\0", "|") for cell in row] for row in cells]


def test_the_page_names_all_that_changes_and_what_breaks(project: Path) -> None:
    write(project, {"convex/schema.ts": LATER, "convex/rooms.ts": ROOMS_LATER})
    ran = model(project, "--against", "HEAD", "--output-format", "markdown")
    assert ran.returncode == 0
    page = ran.stdout
    assert "**This change breaks what is out there** (1 error, " in page
    assert "`rooms.floor` was optional and is required now" in page
    assert rows(page, "Tables") == [
        ["`logs`", "− removed", "`text`: `string`", "no"],
        [
            "`rooms`",
            "~ changed",
            '~ `floor`: `number, optional` → `number`<br>+ `kind`: `"a|\'b" | null, optional`',
            "**yes**",
        ],
        ["`seats`", "+ added", "`number`: `number`", "no"],
    ]
    assert rows(page, "Indexes") == [
        ["`rooms.by_floor`", "+ added", "`floor`", "built over all documents"],
        [
            "`rooms.name_first`",
            "renamed, was `by_name`",
            "`name`",
            "built over all documents, and waited for",
        ],
        ["`seats.by_number`", "+ added", "`number`", "built"],
    ]
    assert rows(page, "Functions") == [
        ["`rooms:drop`", "public mutation", "− removed", "", "**yes**"],
        [
            "`rooms:list`",
            "public query",
            "~ changed",
            "~ `args.floor`: `number, optional` → `number`<br>~ `returns`: `null` → `string`",
            "**yes**",
        ],
        ["`rooms:tidy`", "internal mutation", "+ added", "", "no"],
    ]


def test_what_is_allowed_breaks_nothing(project: Path) -> None:
    allow = '[evolution]\nallow = ["rooms", "rooms:*", "logs"]\n'
    write(project, {"convexlint.toml": allow, "convex/schema.ts": LATER, "convex/rooms.ts": ROOMS_LATER})
    page = model(project, "--against", "HEAD").stdout
    assert "**This change breaks nothing that is out there.**" in page
    assert "**yes**" not in page


def test_no_change_is_told(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    assert model(project, "--against", "HEAD", "--output-file", str(file)).returncode == 0
    assert file.read_text(encoding="utf-8").splitlines()[2:] == [
        "Nothing changes in tables, indexes, functions or routes."
    ]


def test_a_model_is_compared_with_as_well(project: Path, tmp_path: Path) -> None:
    then = tmp_path / "deployed.json"
    then.write_text(model(project, "--output-format", "json").stdout, encoding="utf-8")
    assert json.loads(then.read_text(encoding="utf-8"))["projects"]
    write(project, {"convex/rooms.ts": ROOMS_LATER})
    page = model(project, "--against", str(then)).stdout
    assert [row[0] for row in rows(page, "Functions")] == ["`rooms:drop`", "`rooms:list`", "`rooms:tidy`"]


def test_a_project_that_is_new_breaks_nothing(project: Path) -> None:
    git(project, "rm", "-rqf", "convex")
    git(project, "commit", "-qm", "gone")
    write(project, {"convex/schema.ts": SCHEMA, "convex/rooms.ts": ROOMS})
    page = model(project, "--against", "HEAD").stdout
    assert "`HEAD` has no Convex project here: everything is new." in page
    assert "**yes**" not in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--against", "nothing-like-it"), "nothing-like-it"),
        (("--against", "HEAD", "--output-format", "json"), "makes a page of markdown, not json"),
        (("--output-format", "markdown"), "say since when with --against REV"),
        (("--against", "none"), "say since when with --against REV"),
    ],
)
def test_what_cannot_be_shown_is_told(project: Path, words: tuple[str, ...], said: str) -> None:
    ran = model(project, *words)
    assert ran.returncode == 2
    assert said in ran.stderr


def test_a_setting_against_does_not_change_the_model(project: Path) -> None:
    write(project, {"convexlint.toml": 'against = "nothing-like-it"\n'})
    assert model(project, "--output-format", "json").returncode == 0


def test_a_page_says_nothing_of_what_the_file_does_not_tell(project: Path, tmp_path: Path) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(
        '{"functions": [{"identifier": "rooms.js:gone", "functionType": "Query", "visibility": {"kind": "public"},'
        ' "args": {"type": "object", "value": {}}, "returns": {"type": "any"}}]}'
    )
    page = model(project, "--against", str(spec)).stdout
    assert "`rooms:gone`" in page
    assert "`rooms:list`" in page
    assert "by_name" not in page
