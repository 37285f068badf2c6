"""Which reads of `process.env` have a declared name, and what they take."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.program.places.environment import env_reads
from tests.program.small_programs import program_of

CONFIG = """
import { defineApp } from "convex/server";
import { v } from "convex/values";
const shared = { KEY: v.string() };
export default defineApp({ env: { ...shared, "HOST": v.optional(v.string()) } });
"""


def reads(root: Path, text: str, config: str = CONFIG) -> list[tuple[tuple[str, ...], bool, bool, bool]]:
    files = {"convex/convex.config.ts": config, "convex/a.ts": 'import "./_generated/server";\n' + text}
    found = env_reads(program_of(root, files))
    return [(r.names, r.declared, r.all_declared, r.written) for r in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("export const a = process.env.KEY;", [(("KEY",), True, True, False)]),
        ("export const a = process.env['HOST'];", [(("HOST",), True, True, False)]),
        ("export const a = (process.env as any).OTHER;", [(("OTHER",), False, False, False)]),
        ("const { KEY, OTHER } = process.env;", [(("KEY", "OTHER"), True, False, False)]),
        ("const { KEY, ...rest } = process.env;", [(("KEY",), True, False, False)]),
        ("process.env.KEY = 'x';", [(("KEY",), True, True, True)]),
        ("export const a = (n: string) => process.env[n];", [((), False, False, False)]),
        ("export const a = (process: any) => process.env.KEY;", []),
        ("export const a = process.version;", []),
    ],
)
def test_reads_know_their_names(
    tmp_path: Path, text: str, found: list[tuple[tuple[str, ...], bool, bool, bool]]
) -> None:
    assert reads(tmp_path, text) == found


def test_without_declarations_no_name_is_declared(tmp_path: Path) -> None:
    config = 'import { defineApp } from "convex/server";\nexport default defineApp();\n'
    assert reads(tmp_path, "export const a = process.env.KEY;", config) == [(("KEY",), False, False, False)]


@pytest.mark.parametrize(
    ("text", "listing"),
    [
        ("export const a = { ...process.env };", ["..."]),
        ("export const a = { ...(process.env as Record<string, string>), B: 1 };", ["..."]),
        ("const { KEY, ...rest } = process.env;", ["..."]),
        ("export const a = 'KEY' in process.env;", ["in"]),
        ("for (const name in process.env) console.log(name);", ["for in"]),
        ("export const a = Object.keys(process.env);", ["Object.keys"]),
        ("export const a = Object.entries(process.env!).length;", ["Object.entries"]),
        ("export const a = Object.hasOwn(process.env, 'KEY');", ["Object.hasOwn"]),
        ("export const a = process.env.hasOwnProperty('KEY');", ["hasOwnProperty"]),
        ("export const a = Object.assign({}, process.env);", ["Object.assign"]),
        ("export const a = JSON.stringify(globalThis.process.env);", ["JSON.stringify"]),
        ("const { env } = process; export const a = Object.keys(env);", ["Object.keys"]),
        ("const all = process.env; export const a = { ...all };", ["", "..."]),
        ("export const a = Object.assign(process.env, { KEY: '1' });", [""]),
        ("export const a = parse(process.env);", [""]),
        ("export const a = process.env.KEY in { a: 1 };", [""]),
        ("export const a = Object.keys(process.env.KEY ?? {});", [""]),
        ("export const a = (n: string) => process.env[n];", [""]),
        ("export const a = (process: any) => Object.keys(process.env);", []),
    ],
)
def test_a_question_for_the_names_is_told_from_a_read(tmp_path: Path, text: str, listing: list[str]) -> None:
    files = {"convex/a.ts": 'import "./_generated/server";\n' + text}
    assert [read.listing for read in env_reads(program_of(tmp_path, files))] == listing
