"""What a lint of one file was made from: few modules, so that edits of others leave it alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from convexlint.session.clock import Stopwatch
from convexlint.session.contract import NO_COMPARISON, Request
from convexlint.session.files import Files
from convexlint.session.run import open_projects
from convexlint.session.workspace import Workspace
from tests.session.toy import write

SRC = Path(__file__).parents[2] / "src" / "convexlint"
SERVER = 'import { query } from "./_generated/server";\n'
FILES = {
    "convex/schema.ts": 'import { defineSchema, defineTable } from "convex/server";\n'
    'import { v } from "convex/values";\n'
    'export default defineSchema({ notes: defineTable({ a: v.string() }).index("by_a", ["a"]) });\n',
    "convex/shared.ts": "export const owner = () => 'nobody';\n",
    "convex/m3.ts": SERVER + 'import { owner } from "./shared";\n'
    "export const list = query({ args: {}, handler: async (ctx) => { await "
    "ctx.db.query('notes').collect(); return owner(); } });\n",
    **{
        f"convex/other{number}.ts": SERVER + 'import { text } from "./texts";\n'
        f"export const read{number} = query({{ args: {{}}, handler: async () => text({number}) }});\n"
        for number in range(12)
    },
    "convex/texts.ts": "export const text = (number: number) => `${number}`;\n",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    write(tmp_path, FILES)
    request = Request((tmp_path.as_posix(),), jobs=1, against=NO_COMPARISON)
    (made,) = open_projects(request, Stopwatch(None))
    return made


def test_a_lint_of_one_file_reads_what_it_leads_to(workspace: Workspace, tmp_path: Path) -> None:
    path = (tmp_path / "convex/m3.ts").as_posix()
    assert workspace.lint(Files({}), frozenset({path})).judgement.diagnostics
    reads = workspace.last_reads()
    assert {Path(one).name for one in reads.modules} == {"m3.ts", "schema.ts", "shared.ts"}
    other = (tmp_path / "convex/other4.ts").as_posix()
    text = Path(other).read_bytes()
    assert reads.outlive(other, text.replace(b"read4", b"shown4"), workspace.lowered)
    assert not reads.outlive(other, text.replace(b"./texts", b"./m3"), workspace.lowered), "an importer more"
    assert not reads.outlive(other, text + b"export const half = (", workspace.lowered), "a syntax error"
    assert not reads.outlive(other, text + b"\xff", workspace.lowered), "no text"
    assert not reads.outlive((tmp_path / "convex/shared.ts").as_posix(), b"", workspace.lowered)


def test_nobody_searches_the_text_of_all_modules_but_by_asking_what_it_holds() -> None:
    """`x in module.source` for every module of a program is a reading of them all: `Module.holds` is not."""
    asked = re.compile(
        r"\bin (?:m|module|other|importer)\.source\b(?!\[)|\.search\((?:m|module|other|importer)\.source\)"
    )
    client = {
        "clients/calls.py",
        "clients/own_clients.py",
        "clients/scripts.py",
        "clients/unstable_arguments.py",
    }  # no modules of the program
    own = {"security/no_hardcoded_secret.py"}  # of the files that are looked at alone
    manners = {
        "writing/editing.py",
        "writing/imports.py",
        "writing/validator_text.py",
    }  # of the file that is written to
    found = {
        f"{path.parent.name}/{path.name}"
        for room in ("program", "rules")
        for path in (SRC / room).rglob("*.py")
        if asked.search(path.read_text("utf-8"))
    }
    assert found <= client | own | manners
