"""Which actions have a type that depends on itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.program.places.circular_results import circular_results
from tests.program.small_programs import program_of

HEAD = """
import { api, internal } from "./_generated/api";
import { internalAction, internalMutation, internalQuery } from "./_generated/server";
export const list = internalQuery({ args: {}, handler: async () => ["a"] });
"""
RUN = "ctx.runQuery(internal.sales.list, {})"


def found(root: Path, text: str, path: str = "sales.ts", more: dict[str, str] | None = None) -> list[str]:
    program = program_of(root, {"convex/" + path: HEAD + text, **(more or {})})
    return [result.function.export for result in circular_results(program)]


def action(body: str, rest: str = "") -> str:
    return f"{rest}export const a = internalAction({{ args: {{}}, handler: async (ctx) => {body} }});"


# Each of these was given to TypeScript: it finds a circle in the first list, and none in the second.
@pytest.mark.parametrize(
    "body",
    [
        f"await {RUN}",
        f"(await {RUN}).length",
        f"{{ const rows = await {RUN}; return {{ ok: rows.length > 0 }}; }}",
        f"{{ const {{ length }} = await {RUN}; return length; }}",
        f"{{ const rows = await {RUN}; for (const row of rows) return row; return null; }}",
        f"{{ return (await {RUN}) as string[]; }}",
        f"{{ const rows = (await {RUN})!; return [...rows]; }}",
        f"{{ const rows = await {RUN} satisfies string[]; return rows; }}",
        f"{{ const all = await Promise.all([1].map(() => {RUN})); return all.length; }}",
        "await ctx.scheduler.runAfter(0, internal.sales.list as any, {})",
        f"{{ try {{ return await {RUN}; }} catch {{ return []; }} }}",
    ],
)
def test_the_result_goes_on(tmp_path: Path, body: str) -> None:
    assert found(tmp_path, action(body)) == ["a"]


@pytest.mark.parametrize(
    "body",
    [
        f"{{ const rows = await {RUN}; console.log(rows); return 1; }}",
        f"{{ const rows = await {RUN}; if (rows.length) return 'x'; return 'y'; }}",
        f"{{ const rows: string[] = await {RUN}; return rows.length; }}",
        f"{{ const rows = await {RUN} as string[]; return rows.length; }}",
        f"{{ const rows = (await {RUN}) as any; return rows.length; }}",
        f"{{ let n = 0; const rows = await {RUN}; n = rows.length; return n; }}",
        f"{{ const out: number[] = []; for (const r of await {RUN}) out.push(r.length); return out; }}",
        f"{{ await {RUN}; }}",
    ],
)
def test_the_result_does_not_go_on(tmp_path: Path, body: str) -> None:
    assert found(tmp_path, action(body)) == []


def test_helpers_are_followed_until_one_says_its_type(tmp_path: Path) -> None:
    assert found(tmp_path, action("await go(ctx)", f"const go = async (ctx: any) => await {RUN};\n")) == ["a"]
    typed = f"async function go(ctx: any): Promise<string[]> {{ return await {RUN}; }}\n"
    assert found(tmp_path, action("await go(ctx)", typed)) == []


def test_only_exported_actions_of_typescript_count(tmp_path: Path) -> None:
    assert found(tmp_path, action(f"await {RUN}"), "sales.js") == []
    assert found(tmp_path, action(f"await {RUN}").replace("export ", "")) == []
    assert found(tmp_path, action(f"await {RUN}").replace("const a ", "const a: any ")) == []
    assert found(tmp_path, action(f"await {RUN}").replace("Action", "Query")) == []


def test_functions_of_other_files_do_not_count(tmp_path: Path) -> None:
    other = {"convex/other.ts": HEAD}
    assert found(tmp_path, action("await ctx.runQuery(internal.other.list, {})"), more=other) == []
