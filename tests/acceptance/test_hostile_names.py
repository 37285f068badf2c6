# ruff: noqa: E501
"""Whatever a name holds, no report steers the terminal or the log that shows it."""

from __future__ import annotations

import json
import os
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


@pytest.fixture
def named(hostile: Project) -> Project:
    """The same names as tables, indexes, fields, routes and files."""
    plain = [name for name in HOSTILE if name not in ("..", "\\x00")]
    tables = ",\n".join(
        f'"{name}": defineTable({{ "{name}": v.string() }}).index("{name}", ["{name}"])' for name in plain
    )
    routes = "\n".join(
        f'http.route({{ path: "/{name}", method: "GET", handler: httpAction(async () => new Response("")) }});'
        for name in plain
    )
    hostile.write(
        {
            "convex/schema.ts": 'import { defineSchema, defineTable } from "convex/server";\n'
            f'import {{ v }} from "convex/values";\nexport default defineSchema({{\n{tables}\n}});\n',
            "convex/http.ts": 'import { httpRouter } from "convex/server";\n'
            f'import {{ httpAction }} from "./_generated/server";\nconst http = httpRouter();\n{routes}\nexport default http;\n',
            "convex/\x1b[31m\u202e::error::x.ts": 'import { query } from "./_generated/server";\n'
            "export const q = query(async () => null);\n",
        }
    )
    return hostile


@pytest.mark.parametrize(
    "command",
    [
        "model . --output-format text",
        "model . --output-format json",
        "model . --output-format mermaid",
        "model . --output-format dot",
        "model . --output-format html",
        "why convex/hostile.ts:5",
        "why convex/hostile.ts:5 --output-format json",
        "why convex/schema.ts:4",
        "why convex/http.ts:4",
        "check --no-cache --select all --diff --fix --unsafe-fixes",
        "check --no-cache --select all --statistics --verbose",
        "init --agents --print",
        "config .",
    ],
)
def test_no_other_output_steers_who_shows_it(named: Project, command: str) -> None:
    ran = named.run(*command.split())
    assert ran.status in (0, 1), ran.err
    for text in (ran.out, ran.err):
        found = STEERS.search(text)
        assert found is None, text[max(0, found.start() - 80) : found.end()]
        for line in text.split("\n"):
            assert COMMAND.match(line) is None, line
    if "json" in command:
        json.loads(ran.out)


def test_a_mark_of_the_page_in_a_name_stays_a_name(named: Project) -> None:
    page = named.run("model", ".", "--output-format", "html").out
    data = re.search(r'\{"name":"/\*SCRIPT\*/"', page)
    assert data is not None
    assert page.count("/*SCRIPT*/") > 1 and page.rstrip().endswith("</html>")


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
@pytest.mark.parametrize("format_", ["text", "json", "mermaid", "dot", "html"])
def test_names_that_are_not_utf8_are_written_with_escapes(project: Project, format_: str) -> None:
    name = os.fsdecode(b"convex/a\xffb.ts")
    project.write(
        {
            name: 'import { query } from "./_generated/server";\nexport const q = query(async (ctx) => await ctx.db.query("tasks").collect());\n'
        }
    )
    file = os.fsdecode(b"model\xfe.txt")
    ran = project.run("model", ".", "--output-format", format_, "--output-file", file)
    assert (ran.status, ran.err) == (0, "")
    written = (project.root / file).read_bytes().decode()
    if format_ == "json":
        assert any(
            "a\\xffb.ts" in json.dumps(one).replace("\\\\", "\\") for one in json.loads(written)["projects"]
        )
    elif format_ == "text":
        assert "a\\xffb" in written.replace("\\\\", "\\")
    report = os.fsdecode(b"report\xfe.json")
    ran = project.run(
        "check",
        "--no-cache",
        "--output-file",
        f"json={report}",
        "--write-baseline",
        os.fsdecode(b"b\xfe.json"),
    )
    assert ran.status == 0, ran.err
    json.loads((project.root / report).read_bytes())
    assert "convex/a\\xffb.ts" in {
        one["path"]
        for one in json.loads((project.root / os.fsdecode(b"b\xfe.json")).read_bytes())["findings"].values()
    }
    again = project.run("check", "--no-cache", "--baseline", os.fsdecode(b"b\xfe.json"))
    assert again.status == 0, again.out
