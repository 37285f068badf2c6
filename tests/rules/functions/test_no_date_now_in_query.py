"""What a card cannot show of no-date-now-in-query: the suggestion that changes a query and all its callers."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.findings import Fix
from convexlint.fixes.edits import apply_all
from convexlint.session import Overrides, Request, check

QUERY = """import { v } from "convex/values";
import { internalQuery } from "./_generated/server";

export const due = internalQuery({
  args: %s,
  handler: async %s => {
    const cutoff = Date.now() - 5;
    return [cutoff, "by Date.now"];
  },
});
"""
CALLER = """import { internal } from "./_generated/api";
import { internalAction, internalQuery } from "./_generated/server";

export const run = internalAction({
  args: {},
  handler: async (ctx) => {
    const found: number[] = await ctx.runQuery(internal.tasks.due, {});
    return found;
  },
});
"""


def after(root: Path, args: str, params: str, caller: str = CALLER) -> dict[str, str] | None:
    (root / "package.json").write_text("{}")
    (root / "convex").mkdir()
    (root / "convex" / "tasks.ts").write_text(QUERY % (args, params))
    (root / "convex" / "jobs.ts").write_text(caller)
    only = Overrides(select=("no-date-now-in-query",))
    (diagnostic,) = check(Request(paths=(str(root),), isolated=True, overrides=only)).diagnostics
    (suggestion,) = diagnostic.finding.suggestions
    if not suggestion.edits:
        return None
    sources = {edit.path: Path(edit.path).read_bytes() for edit in suggestion.edits}
    fix = Fix.unsafe(suggestion.title, *suggestion.edits, because="asked for")
    return {Path(path).name: text.decode() for path, text in apply_all(sources, [fix]).items()}


@pytest.mark.parametrize(
    ("args", "params", "new_args", "new_params", "read"),
    [
        ("{}", "(ctx)", "{ now: v.number() }", "(ctx, args)", "args.now"),
        ("{ n: v.number() }", "(ctx, a)", "{ n: v.number(), now: v.number() }", "(ctx, a)", "a.now"),
        ("{ n: v.number(), }", "(_, { n })", "{ n: v.number(), now: v.number(), }", "(_, { n, now })", "now"),
    ],
)
def test_the_query_takes_the_time_and_its_callers_give_it(
    tmp_path: Path, args: str, params: str, new_args: str, new_params: str, read: str
) -> None:
    assert after(tmp_path, args, params) == {
        "tasks.ts": (QUERY % (new_args, new_params)).replace("Date.now() - 5", f"{read} - 5"),
        "jobs.ts": CALLER.replace("internal.tasks.due, {}", "internal.tasks.due, { now: Date.now() }"),
    }


@pytest.mark.parametrize(
    "caller",
    [
        "export {};\n",
        CALLER.replace("run = internalAction", "run = internalQuery"),
        CALLER.replace("internal.tasks.due, {}", "internal.tasks.due, given()"),
        CALLER.replace("internal.tasks.due, {}", "internal.tasks[name()], {}")
        + "declare function name(): 'due';\n",
        CALLER.replace("handler: async (ctx) =>", "handler: async (ctx: any) =>").replace(
            "const found", "await give(internal.tasks.due);\n    const found"
        ),
    ],
)
def test_words_only_where_a_caller_is_not_known_or_has_no_clock(tmp_path: Path, caller: str) -> None:
    assert after(tmp_path, "{}", "(ctx)", caller) is None


@pytest.mark.parametrize(
    ("args", "params"), [("{ now: v.string() }", "(ctx, args)"), ("shared", "(ctx, args)"), ("{}", "ctx")]
)
def test_words_only_where_the_query_has_no_room_for_it(tmp_path: Path, args: str, params: str) -> None:
    assert after(tmp_path, args, params) is None
