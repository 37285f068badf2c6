"""A real editor: Neovim without a screen, with the recipe of docs/editors.md."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tomli

from tests.checkout import ROOT

pytest.importorskip("pygls", reason="the extra `server` is not installed")
NVIM = shutil.which("nvim")
PAGE = (ROOT / "docs" / "editors.md").read_text("utf-8")

SCHEMA = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ posts: defineTable({ author: v.string() }).index("by_author", ["author"]) });
"""
POSTS = """import { query } from "./_generated/server";

export const list = query({
  args: {},
  handler: async (ctx) => {
    ctx.db.query("posts").withIndex("by_author").first();
    return null;
  },
});
"""
SESSION = """
vim.o.more = false
local function wait(what) assert(vim.wait(30000, what, 50), "waited in vain") end
vim.cmd("edit convex/posts.ts")
vim.bo.filetype = "typescript"
local get = vim.lsp.get_clients or vim.lsp.get_active_clients
wait(function() return #get() > 0 end)
wait(function() return #vim.diagnostic.get(0) > 0 end)
local said = {}
for _, one in ipairs(vim.diagnostic.get(0)) do said[one.code or one.user_data.lsp.code] = one.lnum end
local line, column = 5, vim.fn.getline(6):find("by_author")
local place = { textDocument = { uri = vim.uri_from_bufnr(0) }, position = { line = line, character = column } }
local function ask(method, more)
  local found = vim.lsp.buf_request_sync(0, method, vim.tbl_extend("force", place, more or {}), 30000)
  for _, answer in pairs(found) do return answer.result end
end
local hover = ask("textDocument/hover").contents.value
local definition = ask("textDocument/definition")[1].uri
local labels = {}
for _, item in ipairs(ask("textDocument/completion")) do table.insert(labels, item.label) end
local client = get()[1]
local range = { start = { line = 5, character = 0 }, ["end"] = { line = 5, character = 60 } }
local actions = ask("textDocument/codeAction", { range = range, context = { diagnostics = {} } })
for _, action in ipairs(actions) do
  if action.isPreferred then vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding) break end
end
local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\\n")
local told = { said = said, hover = hover, definition = definition, labels = labels, text = text }
vim.fn.writefile({ vim.json.encode(told) }, "said.json")
vim.cmd("qall!")
"""


def recipe(name: str) -> str:
    found = re.search(rf"<!-- recipe: {name} -->\n```\w+\n(.*?)```", PAGE, re.S)
    assert found is not None
    return found[1]


@pytest.mark.slow
@pytest.mark.skipif(NVIM is None, reason="there is no nvim here")
def test_neovim_shows_what_the_server_says(tmp_path: Path) -> None:
    assert NVIM is not None
    version = subprocess.run([NVIM, "--version"], capture_output=True, text=True, check=True).stdout
    number = re.match(r"NVIM v(\d+)\.(\d+)", version)
    assert number is not None
    new = (int(number[1]), int(number[2])) >= (0, 11)
    folder = tmp_path.resolve()
    (folder / "convex" / "_generated").mkdir(parents=True)
    (folder / "convex" / "schema.ts").write_text(SCHEMA)
    (folder / "convex" / "posts.ts").write_text(POSTS)
    (folder / "package.json").write_text("{}")
    binary = folder / "bin" / "convexlint"
    binary.parent.mkdir()
    binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m convexlint "$@"\n')
    binary.chmod(0o755)
    (folder / "init.lua").write_text(recipe("neovim" if new else "neovim-old"))
    (folder / "session.lua").write_text(SESSION)
    subprocess.run(
        [NVIM, "--headless", "-u", "init.lua", "-c", "luafile session.lua", "-c", "cquit"],
        cwd=folder,
        env={**os.environ, "PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder)},
        timeout=120,
        check=True,
        capture_output=True,
    )
    said = json.loads((folder / "said.json").read_text())
    assert said["said"]["no-floating-promise"] == 5
    assert "index `by_author` of table `posts`" in said["hover"]
    assert said["definition"].endswith("/convex/schema.ts")
    assert said["labels"] == ["by_author"]
    assert "await ctx.db.query" in said["text"]


def test_the_recipes_are_what_their_editors_read() -> None:
    helix = tomli.loads(recipe("helix"))
    assert helix["language-server"]["convexlint"] == {"command": "convexlint", "args": ["server"]}
    assert helix["language"][0]["language-servers"][-1] == "convexlint"
    zed = json.loads(recipe("zed"))
    assert zed["lsp"]["eslint"]["binary"] == {"path": "convexlint", "arguments": ["server"]}
