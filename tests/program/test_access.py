"""Access checks that the settings name, and where a check stands. Whether code decides: `phenomena/access.md`."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.config.settings import BuilderSetting, Settings
from convexlint.program.behaviour.access import access_of
from convexlint.program.model import AccessCheck
from convexlint.program.program import Program
from tests.program.small_programs import program_of

READ = "ctx.db.query('notes').collect()"


def check_of(program: Program, path: str) -> AccessCheck | None:
    return access_of(program, next(f for f in program.functions if f.path == path))


@pytest.mark.parametrize(("names", "how"), [(("gate",), "configured"), (("other",), None), ((), None)])
def test_a_configured_function_is_a_check_whatever_its_body_does(
    tmp_path: Path, names: tuple[str, ...], how: str | None
) -> None:
    source = f"""
import {{ query }} from "./_generated/server";
const gate = async (ctx) => 1;
export const list = query({{ args: {{}}, handler: async (ctx) => {{ await gate(ctx); return {READ}; }} }});
"""
    settings = Settings(str(tmp_path), {}, auth_functions=names)
    check = check_of(program_of(tmp_path, {"convex/a.ts": source}, settings), "a:list")
    assert (None if check is None else check.how) == how


@pytest.mark.parametrize("authenticated", [True, False])
def test_a_configured_builder_decides_if_it_is_said_to(tmp_path: Path, authenticated: bool) -> None:
    source = f"""
import {{ memberQuery }} from "somewhere-else";
export const list = memberQuery({{ args: {{}}, handler: async (ctx) => {READ} }});
"""
    builders = {"memberQuery": BuilderSetting("query", "public", authenticated)}
    settings = Settings(str(tmp_path), {}, builders=builders)
    check = check_of(program_of(tmp_path, {"convex/a.ts": source}, settings), "a:list")
    assert (check is not None) is authenticated


def test_a_check_stands_where_the_caller_is_asked_for(tmp_path: Path) -> None:
    files = {
        "convex/auth.ts": """
export async function demand(ctx) {
  const me = await ctx.auth.getUserIdentity();
  if (!me) throw new Error("sign in");
}
""",
        "convex/a.ts": f"""
import {{ query }} from "./_generated/server";
import {{ demand }} from "./auth";
export const list = query({{ args: {{}}, handler: async (ctx) => {{ await demand(ctx); return {READ}; }} }});
""",
    }
    check = check_of(program_of(tmp_path, files), "a:list")
    assert check is not None
    assert (check.place.module.name, check.place.module.text(check.place.span)) == (
        "auth",
        "ctx.auth.getUserIdentity()",
    )


def test_an_identity_thrown_away_is_not_where_the_check_stands(tmp_path: Path) -> None:
    source = """
import { mutation } from "./_generated/server";
export const leave = mutation({ args: {}, handler: async (ctx, args) => {
  await ctx.auth.getUserIdentity();
  const row = await ctx.db.get(args.id);
  if (row.token !== args.token) throw new Error("no");
  await ctx.db.delete(args.id);
} });
"""
    check = check_of(program_of(tmp_path, {"convex/a.ts": source}), "a:leave")
    assert check is not None
    assert check.place.module.text(check.place.span) == "row.token !== args.token"
