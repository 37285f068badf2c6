"""Hover, definition, references, completion, lenses and links, as a client gets them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.client import Client, index

Json = dict[str, Any]

SCHEMA = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  users: defineTable({ name: v.string(), email: v.optional(v.string()) }).index("by_email", ["email"]),
  posts: defineTable({ author: v.id("users"), title: v.string(), body: v.string() })
    .index("by_author_title", ["author", "title"])
    .searchIndex("search_body", { searchField: "body", filterFields: ["author"] }),
});
"""
POSTS = """import { internalMutation, query } from "./_generated/server";
import { internal } from "./_generated/api";
import { v } from "convex/values";
import type { Id } from "./_generated/dataModel";

export const list = query({
  args: { author: v.id("users"), title: v.optional(v.string()) },
  handler: async (ctx, { author, title }) => {
    return await ctx.db
      .query("posts")
      .withIndex("by_author_title", (q) => q.eq("author", author))
      .filter((q) => q.eq(q.field("body"), ""))
      .take(10);
  },
});

export const write = internalMutation({
  args: { author: v.id("users") },
  handler: async (ctx, args) => {
    const id = await ctx.db.insert("posts", { author: args.author, title: "", body: "" });
    const post = await ctx.db.get(id);
    await ctx.scheduler.runAfter(0, internal.posts.write, { author: post!.author });
  },
});

export type Post = Id<"posts">;
"""
HTTP = """import { httpRouter } from "convex/server";
import { httpAction } from "./_generated/server";
import { api } from "./_generated/api";

const hook = httpAction(async (ctx, request) => {
  return new Response(JSON.stringify(await ctx.runQuery(api.posts.list, { author: "x" as any })));
});
const http = httpRouter();
http.route({ path: "/hook", method: "GET", handler: hook });
export default http;
"""
CRONS = """import { cronJobs } from "convex/server";
import { internal } from "./_generated/api";

const crons = cronJobs();
crons.interval("write", { minutes: 7 }, internal.posts.write, { author: "x" as any });
export default crons;
"""


SOURCES = {"posts": POSTS, "schema": SCHEMA, "http": HTTP, "crons": CRONS}


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("answers").resolve() / "blog"
    (folder / "convex" / "_generated").mkdir(parents=True)
    for name, text in SOURCES.items():
        (folder / "convex" / f"{name}.ts").write_text(text)
    return folder


@pytest.fixture(scope="module", params=[60, 0], ids=["whole", "near"])
def server(request: pytest.FixtureRequest, blog: Path) -> Iterator[Client]:
    """One server for all questions: to start one takes longer than to ask."""
    made = Client(blog)
    made.start(options={"quickSeconds": request.param, "showReferences": "show.them"})
    yield made
    made.kill()


@pytest.fixture
def client(server: Client, blog: Path) -> Iterator[Client]:
    """The server with the four modules open, as they are on disk."""
    paths = [blog / "convex" / f"{name}.ts" for name in SOURCES]
    for path in paths:
        server.open(path)
    server.settle()
    yield server
    for open_path in list(server.texts):
        server.close(Path(open_path))


def hover(client: Client, path: Path, text: str, offset: int = 0) -> str:
    found = client.at("textDocument/hover", path, text, offset)
    return "" if found is None else str(found["contents"]["value"])


def marked(client: Client, path: Path, places: list[Json]) -> list[str]:
    """What the places of a file cover, in order."""
    whole = client.texts[str(path)]
    return [
        whole[index(whole, one["range"]["start"]) : index(whole, one["range"]["end"])]
        for one in places
        if one["uri"] == path.as_uri()
    ]


def test_hover_tells_what_the_program_knows(client: Client, blog: Path) -> None:
    posts = blog / "convex" / "posts.ts"
    table = hover(client, posts, '"posts"', 3)
    assert "table `posts`" in table and 'author: Id<"users">' in table and "`by_author_title`" in table
    at_index = hover(client, posts, "by_author_title")
    assert "of table `posts`" in at_index and "`author`, `title`, then `_creationTime`" in at_index
    assert "body: string" in hover(client, posts, '"body"', 2)
    assert "first in `by_author_title`" in hover(client, posts, 'q.eq("author"', 8)
    author = hover(client, posts, "post!.author", 8)
    assert "field of table `posts`" in author
    function = hover(client, posts, "internal.posts.write", 17)
    assert "internal mutation posts:write" in function and "writes `posts`" in function
    public = hover(client, posts, "list = query", 1)
    assert "public query posts:list" in public and "no access check" in public and "reads `posts`" in public
    assert hover(client, posts, "take(10)", 1) == ""


def test_definitions_are_in_the_schema_and_at_the_export(client: Client, blog: Path) -> None:
    posts, schema = blog / "convex" / "posts.ts", blog / "convex" / "schema.ts"
    for text, offset, name in (
        ('"posts"', 2, "posts"),
        ("by_author_title", 1, '"by_author_title"'),
        ('"users"', 1, "users"),
        ('q.eq("author"', 8, "author"),
        ('body: ""', 0, "body"),
    ):
        found = client.at("textDocument/definition", posts, text, offset)
        assert [one["uri"] for one in found] == [schema.as_uri()], text
        assert marked(client, schema, found) == [name]
    for path, text in (
        (posts, "internal.posts.write"),
        (blog / "convex" / "crons.ts", "internal.posts.write"),
    ):
        found = client.at("textDocument/definition", path, text, 12)
        assert marked(client, posts, found) == ["write"]
    http = blog / "convex" / "http.ts"
    assert marked(client, http, client.at("textDocument/definition", http, "handler: hook", 10)) == [
        "httpAction"
    ]
    assert marked(client, posts, client.at("textDocument/definition", http, "api.posts.list", 5)) == ["list"]


def references(client: Client, path: Path, text: str, offset: int, declaration: bool = True) -> list[Json]:
    found: list[Json] = client.at(
        "textDocument/references", path, text, offset, context={"includeDeclaration": declaration}
    )
    return found


def test_references_are_those_of_the_whole_project(client: Client, blog: Path) -> None:
    posts, schema, crons = (blog / "convex" / f"{name}.ts" for name in ("posts", "schema", "crons"))
    found = references(client, schema, '"by_author_title"', 2)
    assert marked(client, schema, found) == ['"by_author_title"']
    assert marked(client, posts, found) == ['"by_author_title"']
    assert references(client, schema, '"by_author_title"', 2, declaration=False) == [
        one for one in found if one["uri"] == posts.as_uri()
    ]
    tables = references(client, schema, "posts: defineTable", 1)
    assert marked(client, posts, tables) == ['"posts"', '"posts"', '"posts"']
    fields = references(client, schema, "author: v.id", 1)
    assert marked(client, posts, fields) == ['"author"', "author", "author"]
    assert marked(client, schema, fields) == ["author", '"author"', '"author"']
    functions = references(client, posts, "write = internal", 1)
    assert marked(client, posts, functions) == ["write", "internal.posts.write"]
    assert marked(client, crons, functions) == ["internal.posts.write"]


def test_a_reference_is_found_where_nothing_is_saved(client: Client, blog: Path) -> None:
    new = blog / "convex" / "new.ts"
    client.open(
        new,
        'import { query } from "./_generated/server";\n'
        "export const all = query({ args: {}, handler: (ctx) => "
        'ctx.db.query("posts").withIndex("by_author_title").first() });\n',
    )
    client.settle()
    found = references(client, blog / "convex" / "schema.ts", '"by_author_title"', 2)
    assert marked(client, new, found) == ['"by_author_title"']


def labels(client: Client, path: Path, text: str, offset: int) -> list[str]:
    return [one["label"] for one in client.at("textDocument/completion", path, text, offset)]


def test_strings_are_completed(client: Client, blog: Path) -> None:
    posts = blog / "convex" / "posts.ts"
    items = client.at("textDocument/completion", posts, '"posts"', 3)
    assert [one["label"] for one in items] == ["posts", "users"]
    assert items[0]["textEdit"]["newText"] == "posts"
    text = client.texts[str(posts)]
    edit = items[0]["textEdit"]["range"]
    assert text[index(text, edit["start"]) : index(text, edit["end"])] == "posts"
    assert labels(client, posts, '"by_author_title"', 1) == ["by_author_title", "search_body"]
    assert labels(client, posts, 'q.eq("author"', 6) == ["author", "title", "body"]
    assert labels(client, posts, 'v.id("users")', 6) == ["posts", "users"]
    assert labels(client, posts, "take(10)", 2) == []
    assert labels(client, posts, "import", 3) == []


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ('ctx.db.query("', ["posts", "users"]),
        ('ctx.db.query("po', ["posts", "users"]),
        ('ctx.db.query("posts").withIndex("', ["by_author_title", "search_body"]),
        ('ctx.db.query("posts")\n      .withIndex("by', ["by_author_title", "search_body"]),
        ('const a = v.id("', ["posts", "users"]),
        ('type A = Id<"', ["posts", "users"]),
        ('console.log("', []),
    ],
)
def test_half_typed_strings_are_completed(client: Client, blog: Path, typed: str, wanted: list[str]) -> None:
    posts = blog / "convex" / "posts.ts"
    at = client.texts[str(posts)].index("    const id = ")
    client.edit(posts, at, at, f"    {typed}\n")
    assert labels(client, posts, typed, len(typed)) == wanted


def test_lenses_say_access_effects_and_callers(client: Client, blog: Path) -> None:
    posts = blog / "convex" / "posts.ts"
    lenses = client.request("textDocument/codeLens", {"textDocument": {"uri": posts.as_uri()}})
    resolved = [client.request("codeLens/resolve", lens)["command"] for lens in lenses]
    assert [one["title"] for one in resolved] == [
        "public query, no access check: reads posts",
        "1 reference",
        "internal mutation: reads posts; writes posts; schedules",
        "2 references",
    ]
    callers = resolved[3]
    assert callers["command"] == "show.them"
    assert callers["arguments"][0] == posts.as_uri()
    assert len(callers["arguments"][2]) == 2


def test_rules_in_comments_are_links_to_their_cards(client: Client, blog: Path) -> None:
    path = blog / "convex" / "links.ts"
    text = (
        "// convexlint-disable-next-line no-collect-in-query, unused-index -- see no-floating-promise\n"
        "/* eslint-disable @convex-dev/no-filter-in-query */\n"
        "// no-date-now-in-query is prose\n"
    )
    client.open(path, text)
    links = client.request("textDocument/documentLink", {"textDocument": {"uri": path.as_uri()}})
    assert [one["target"].rpartition("/")[2] for one in links] == [
        "no-collect-in-query.md",
        "unused-index.md",
        "no-filter-in-query.md",
    ]
    config = blog / "convexlint.toml"
    client.open(config, '[rules]\nno-collect-in-query = "off"\n')
    links = client.request("textDocument/documentLink", {"textDocument": {"uri": config.as_uri()}})
    assert [one["target"].rpartition("/")[2] for one in links] == ["no-collect-in-query.md"]


def test_questions_about_files_outside_of_a_project_have_no_answer(client: Client, tmp_path: Path) -> None:
    other = tmp_path / "other.ts"
    client.open(other, 'const a = v.id("users");\n')
    assert client.at("textDocument/hover", other, "users") is None
    assert client.at("textDocument/definition", other, "users") == []
    assert labels(client, other, "users", 1) == []
