"""Asked for some files, a run looks at these alone, and says of them what a run over everything says."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

import pytest

from convexlint.config.settings import Overrides
from convexlint.findings import Diagnostic
from convexlint.session.causes import one_a_cause
from convexlint.session.clock import Stopwatch
from convexlint.session.contract import Outcome, Request
from convexlint.session.files import Files
from convexlint.session.run import check, open_projects
from tests.checkout import fixtures
from tests.session.toy import write

FIXTURES = fixtures()
PROJECTS = sorted(p.parent.name + "/" + p.name for p in FIXTURES.glob("*/*") if (p / "convex").is_dir())


def lint(*paths: Path) -> Outcome:
    """Every rule there is, on one process and without a cache."""
    return check(Request(tuple(str(p) for p in paths), overrides=Overrides(extend_select=("all",)), jobs=1))


def in_file(diagnostics: tuple[Diagnostic, ...], path: Path) -> list[Diagnostic]:
    return [d for d in diagnostics if d.finding.path == str(path)]


class Opened:
    """A project whose facts are made once, however often some of its files are linted."""

    def __init__(self, folder: Path) -> None:
        request = Request((str(folder),), overrides=Overrides(extend_select=("all",)), jobs=1)
        (self._workspace,) = open_projects(request, Stopwatch(None))

    def lint(self, *paths: Path) -> tuple[list[Diagnostic], list[tuple[str, str, int]]]:
        """What is found in these files, one finding a cause, and what was not followed; without any, of all files."""
        focus = frozenset(map(str, paths)) if paths else None
        linted = self._workspace.lint(Files({}), focus)
        assert not linted.defects
        found = self._workspace.reported(linted.judgement.diagnostics)
        return one_a_cause(d for d in found if focus is None or d.finding.path in focus), list(linted.notes)


def sources(folder: Path) -> list[Path]:
    files = [f for f in sorted((folder / "convex").rglob("*.[jt]s*")) if "_generated" not in f.parts]
    assert len(files) > 3
    return files


@pytest.mark.parametrize("project", PROJECTS)
def test_a_file_alone_gets_the_findings_that_it_has_among_all(project: str) -> None:
    opened, files = Opened(FIXTURES / project), sources(FIXTURES / project)
    everything, notes = opened.lint()
    for file in files:
        alone, its_notes = opened.lint(file)
        path = str(file)
        assert [d for d in alone if d.finding.path == path] == in_file(tuple(everything), file), file
        assert [n for n in its_notes if n[1] == path] == [n for n in notes if n[1] == path], file
    asked_for = lint(files[0])
    whole = lint(FIXTURES / project)
    assert list(asked_for.diagnostics) == in_file(whole.diagnostics, files[0])
    assert list(asked_for.notes) == [n for n in whole.notes if n[1] == str(files[0])]


@pytest.mark.parametrize("project", [p for p in PROJECTS if p.endswith("/broken")])
def test_two_files_get_theirs(project: str) -> None:
    opened, files = Opened(FIXTURES / project), sources(FIXTURES / project)
    everything, _ = opened.lint()
    for one, other in zip(files[::2], files[1::2], strict=False):
        found, _ = opened.lint(one, other)
        for file in (one, other):
            assert in_file(tuple(found), file) == in_file(tuple(everything), file), file
    found_by_check = lint(*files[:2]).diagnostics
    assert list(found_by_check) == in_file(tuple(everything), files[0]) + in_file(tuple(everything), files[1])


def edited(source: bytes, luck: random.Random) -> bytes:
    """The source without some lines, or with another exported name, word, or visibility, or without an `await`."""
    lines = source.split(b"\n")
    start = luck.randrange(len(lines))
    words = [m.span(1) for m in re.finditer(rb'"(\w+)"', source)]
    named = luck.choice(words) if words else (0, 0)
    return luck.choice(
        (
            b"\n".join(lines[:start] + lines[start + luck.randrange(1, 5) :]),
            source[: named[0]] + source[named[0] : named[1]][::-1] + source[named[1] :],
            source.replace(b"await ", b"", 1),
            source.replace(b"internalMutation(", b"mutation(", 1),
            re.sub(rb"export const (\w+)", rb"export const \1X", source, count=1),
        )
    )


@pytest.mark.parametrize("project", [p for p in PROJECTS if p.endswith("/broken")])
def test_a_changed_file_alone_gets_what_it_gets_among_all(project: str, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(FIXTURES / project, folder)
    opened, files = Opened(folder), sources(folder)
    luck = random.Random(project)
    for _ in range(12):
        file = luck.choice(files)
        source = file.read_bytes()
        file.write_bytes(edited(source, luck))
        alone, _ = opened.lint(file)
        assert in_file(tuple(alone), file) == in_file(lint(folder).diagnostics, file), file.read_text()
        file.write_bytes(source)


def test_evidence_in_a_file_that_is_no_importer_counts(tmp_path: Path) -> None:
    """`.unique()` elsewhere says that a lookup finds one row."""
    files = {
        "package.json": '{"dependencies": {"convex": "1.31.0"}}',
        "convex/schema.ts": 'import { defineSchema, defineTable } from "convex/server";\n'
        'import { v } from "convex/values";\n'
        'export default defineSchema({ users: defineTable({ mail: v.string() }).index("by_mail", ["mail"]) });',
        **{
            f"convex/{name}.ts": 'import { query } from "./_generated/server";\nimport { v } from "convex/values";\n'
            f"export const get{name} = query({{ args: {{ mail: v.string() }}, handler: async (ctx, args) =>\n"
            f'  await ctx.db.query("users").withIndex("by_mail", (q) => q.eq("mail", args.mail)).{method}() }});'
            for name, method in (("one", "first"), ("two", "unique"))
        },
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    one = tmp_path / "convex" / "one.ts"

    alone = lint(one).diagnostics

    assert "prefer-unique" in [d.rule for d in alone]
    assert list(alone) == in_file(lint(tmp_path).diagnostics, one)


def test_an_edited_buffer_reads_the_facts_of_few_modules(tmp_path: Path, decoded: list[bytes]) -> None:
    head = (
        'import { v } from "convex/values";\nimport { mutation, query } from "./_generated/server";\n'
        'import { owner } from "./shared";\n'
    )
    body = (
        "export const list = query({ args: {}, handler: async (ctx) => await ctx.db.query('notes').collect() });\n"
        "export const add = mutation({ args: { text: v.string() }, returns: v.null(), handler: async (ctx, args) => {\n"
        "  await ctx.db.insert('notes', { text: args.text, owner: owner() });\n  return null;\n} });\n"
    )
    schema = (
        'import { defineSchema, defineTable } from "convex/server";\nimport { v } from "convex/values";\n'
        "export default defineSchema({ notes: defineTable({ text: v.string(), owner: v.string() }) });\n"
    )
    shared = "export const owner = () => 'nobody';\n"
    modules = {f"convex/m{number}.ts": head + body for number in range(30)}
    write(tmp_path, {**modules, "convex/schema.ts": schema, "convex/shared.ts": shared})
    every = Overrides(extend_select=("all",))
    whole = check(Request((str(tmp_path),), cache_dir=str(tmp_path / "cache"), overrides=every))
    decoded.clear()
    buffer = str(tmp_path / "convex/m7.ts"), (head + body + "export const one = 1;\n").encode()
    typed = check(Request((), stdin=buffer, cache_dir=str(tmp_path / "cache"), overrides=every))

    assert [d.finding.message for d in typed.diagnostics] == [
        d.finding.message for d in whole.diagnostics if d.finding.path == buffer[0]
    ]
    assert len(decoded) < 6


def test_who_calls_an_open_function_is_asked_of_few_modules(tmp_path: Path) -> None:
    """A module that names other functions, or speaks of the api in a comment, is not read for it."""
    body = (
        'import { v } from "convex/values";\nimport { mutation, internalAction } from "./_generated/server";\n'
        'import { api, internal } from "./_generated/api";\n'
        "/** * Nobody asks the api or something internal here. */\n"
        "export const addN = mutation({ args: { text: v.string() }, returns: v.null(),\n"
        " handler: async (ctx, args) => {\n"
        "  await ctx.db.insert('notes', { text: args.text });\n  return null;\n} });\n"
        "export const workN = internalAction({ args: {}, returns: v.null(), handler: async (ctx) => {\n"
        "  await ctx.runAction(internal.m0.work0, {});\n  await ctx.runMutation(api.m1.add1, { text: 'm2:add2' });\n"
        "  return null;\n} });\n"
    )
    schema = (
        'import { defineSchema, defineTable } from "convex/server";\nimport { v } from "convex/values";\n'
        "export default defineSchema({ notes: defineTable({ text: v.string() }) });\n"
    )
    app = (
        'import { useMutation } from "convex/react";\nimport { api } from "../convex/_generated/api";\n'
        "export const App = () => useMutation(api.m1.add1);\n"
    )
    modules = {
        f"convex/m{number}.ts": body.replace("addN", f"add{number}").replace("workN", f"work{number}")
        for number in range(30)
    }
    package = '{"dependencies": {"convex": "1.31.0", "react": "19.0.0"}}'
    write(tmp_path, {**modules, "convex/schema.ts": schema, "src/App.tsx": app, "package.json": package})
    request = Request((str(tmp_path),), overrides=Overrides(extend_select=("all",)), jobs=1)
    (workspace,) = open_projects(request, Stopwatch(None))
    path = str(tmp_path / "convex/m7.ts")

    linted = workspace.lint(Files({}), frozenset({path}))

    messages = [d.finding.message for d in linted.judgement.diagnostics if d.rule == "require-access-control"]
    assert any("nothing in this repository calls it" in message for message in messages)
    assert len(workspace.last_reads().modules) < 6


HEAD = (
    'import { v } from "convex/values";\n'
    'import { internalAction, internalMutation, internalQuery, mutation, query } from "./_generated/server";\n'
    'import { internal } from "./_generated/api";\n'
)
ID_SCHEMA = (
    'import { defineSchema, defineTable } from "convex/server";\nimport { v } from "convex/values";\n'
    "export default defineSchema({ teachers: defineTable({ name: v.string() }),\n"
    '  lessons: defineTable({ title: v.string(), lessonPlanId: v.id("lessonPlans") }),\n'
    "  lessonPlans: defineTable({ text: v.string() }) });\n"
)
ELSEWHERE = {
    "a loop that asks a helper of another module": (
        "no-query-in-loop",
        {
            "convex/loop.ts": HEAD + 'import { latest } from "./helper";\n'
            "export const all = query({ args: {}, handler: async (ctx) => {\n"
            '  const found = [];\n  for await (const one of ctx.db.query("lessons")) {\n'
            "    found.push(await latest(ctx, one.title));\n  }\n  return found;\n} });\n",
            "convex/helper.ts": "export async function latest(ctx: any, name: string) {\n"
            '  return await ctx.db.query("teachers")'
            '.withIndex("by_name", (q: any) => q.eq("name", name)).first();\n}\n',
        },
    ),
    "a loop over rows that a helper of another module gives": (
        "no-query-in-loop",
        {
            "convex/rows.ts": HEAD + 'import { lessons } from "./gives";\n'
            "export const all = query({ args: {}, handler: async (ctx) => {\n"
            "  const found = [];\n  for (const one of await lessons(ctx)) {\n"
            '    found.push(await ctx.db.get("lessonPlans", one.lessonPlanId));\n  }\n  return found;\n} });\n',
            "convex/gives.ts": 'import { QueryCtx } from "./_generated/server";\n'
            "export async function lessons(ctx: QueryCtx) {\n"
            '  return await ctx.db.query("lessons").collect();\n}\n',
        },
    ),
    "an id that is sent to a function of another module": (
        "prefer-id-validator",
        {
            "convex/sends.ts": HEAD
            + "export const send = internalAction({ args: { teacherId: v.string() }, handler: async (ctx, args) => {\n"
            "  await ctx.runQuery(internal.takes.take, { who: args.teacherId });\n} });\n",
            "convex/takes.ts": HEAD
            + "export const take = internalQuery({ args: { who: v.any() }, handler: async (ctx, args) =>\n"
            '  await ctx.db.get("teachers", args.who) });\n',
        },
    ),
    "an id that a helper of another module uses": (
        "prefer-id-validator",
        {
            "convex/calls.ts": HEAD + 'import { load } from "./loads";\n'
            "export const one = query({ args: { teacherId: v.string() }, handler: async (ctx, args) =>\n"
            "  await load(ctx, args.teacherId) });\n",
            "convex/loads.ts": "export async function load(ctx: any, who: string) {\n"
            '  return await ctx.db.get("teachers", who as any);\n}\n',
        },
    ),
    "an id that the schema's fields name": (
        "prefer-id-validator",
        {
            "convex/named.ts": HEAD
            + "export const one = query({ args: { lessonPlanId: v.string() }, handler: async () => null });\n",
        },
    ),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_stands_in_a_module_that_is_not_looked_at_counts(name: str, tmp_path: Path) -> None:
    rule, files = ELSEWHERE[name]
    write(tmp_path, {"package.json": '{"dependencies": {"convex": "1.31.0"}}', **files})
    (tmp_path / "convex/schema.ts").write_text(ID_SCHEMA)
    file = tmp_path / next(iter(files))

    whole, alone = lint(tmp_path), lint(file)

    assert rule in [d.rule for d in in_file(whole.diagnostics, file)]
    assert list(alone.diagnostics) == in_file(whole.diagnostics, file)
