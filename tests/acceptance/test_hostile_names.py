# ruff: noqa: E501
"""Whatever a name holds, no report steers the terminal or the log that shows it."""

from __future__ import annotations

import json
import re

import pytest

from tests.acceptance.conftest import Project

HOSTILE = [
    "::error::x", "::stop-commands::t", "##[error]x", "##vso[task.setvariable]x", "  ::set-output name=a::b",
    "\\n::error::x", "\\r\\n##[group]x", "\\x1b[31mred", "\\x1b]0;title\\x07", "\\x9b31m", "\\u202ereversed", "\\u2066a\\u2069",
    "\\u2028::error::x", "\\u2029##[x]", "\\x00", "\\x08\\x08", "\\x7f", "\\ufeff", "\\u200f", "\\u061c", "\\x85::error::x",
    "\\x0b::error::x", "\\x0c##[x]", "%0A::error::x", "%0D%0A##[x]", "a|b", "`a`", "<script>alert(1)</script>", "]]>", "-->",
    "*/", "/*SCRIPT*/", "${x}", "{{x}}", "&lt;", "a,b:c", "'\\\"", "\\ud800", "..", "",
]  # fmt: skip
FORMATS = ("text", "concise", "json", "agent", "sarif", "github", "gitlab", "junit", "rdjson", "html")
# What a terminal or a log obeys; a line end of ours is none of it.
STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
COMMAND = re.compile(r"[ \t]*(::|##\[|##vso\[)")
OURS = re.compile(r"::(error|warning|notice|debug) |::(group|endgroup)::")


@pytest.fixture
def hostile(project: Project) -> Project:
    """Each name as a table that is not there, an index, a field, an environment variable, a cron and a function."""
    lines = [
        'import { query } from "./_generated/server";',
        'import { cronJobs, makeFunctionReference } from "convex/server";',
        "const crons = cronJobs();",
    ]
    for number, name in enumerate(HOSTILE):
        lines.append(
            f"export const q{number} = query({{ args: {{}}, handler: async (ctx, args: any) => {{\n"
            f'  await ctx.db.query("{name}").filter((q) => q.eq(q.field("{name}"), 1)).collect();\n'
            f'  await ctx.db.query("tasks").withIndex("{name}", (q) => q.eq("{name}", args["{name}"])).collect();\n'
            f'  await ctx.runQuery(makeFunctionReference("{name}"), {{}}); return process.env["{name}"]; }} }});\n'
            f'crons.interval("{name}", {{ hours: 0 }}, "{name}");'
        )
    project.write({"convex/hostile.ts": "\n".join(lines) + "\nexport default crons;\n"})
    return project


@pytest.mark.parametrize("name", FORMATS)
def test_no_report_steers_who_shows_it(hostile: Project, name: str) -> None:
    ran = hostile.run("check", "--no-cache", "--select", "all", "--output-format", name, "--full")
    assert "hostile" in ran.out
    for text in (ran.out, ran.err):
        assert STEERS.search(text) is None
        for line in text.split("\n"):
            assert COMMAND.match(line) is None or (name == "github" and OURS.match(line)), line
    if name in ("json", "sarif", "gitlab", "rdjson"):
        json.loads(ran.out)
    if name == "html":
        assert "<script>alert(1)" not in ran.out
