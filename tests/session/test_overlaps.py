"""One mistake, one finding: what a more specific rule says at the same call."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.config.settings import Overrides
from convexlint.session import Request, check

USE = "use-internal-references"
MODULE = """import { v } from "convex/values";
import { api } from "./_generated/api";
import { action, mutation, query } from "./_generated/server";
export const one = query({ args: {}, returns: v.number(), handler: async () => 1 });
export const two = action({ args: {}, returns: v.number(), handler: async () => 1 });
BODY
"""


LOOP = "for (const n of JSON.parse('[]')) console.log(await ctx.runQuery(api.a.one, { n }));"


def reported(root: Path, body: str, *rules: str, config: str = "") -> list[str]:
    (root / "package.json").write_text("{}")
    (root / "convexlint.toml").write_text(config)
    (root / "convex").mkdir()
    (root / "convex/a.ts").write_text(MODULE.replace("BODY", body))
    outcome = check(Request((str(root),), Overrides(select=rules)))
    return sorted(d.rule for d in outcome.diagnostics if d.rule in rules)


def handler(builder: str, body: str) -> str:
    return f"export const f = {builder}({{ args: {{}}, handler: async (ctx) => {{ {body} }} }});"


@pytest.mark.parametrize(
    ("other", "body"),
    [
        ("no-run-in-transaction", handler("mutation", "return await ctx.runQuery(api.a.one, {});")),
        (
            "no-run-in-transaction",
            handler("mutation", "const one = api.a.one; await ctx\n.runQuery(one, {});"),
        ),
        ("no-run-action", handler("action", "return await ctx.runAction(api.a.two);")),
        ("no-run-in-loop", handler("action", LOOP)),
    ],
)
def test_a_run_rule_wins_over_the_reference_in_its_call(tmp_path: Path, other: str, body: str) -> None:
    assert reported(tmp_path, body, USE, other) == [other]


def test_the_reference_is_reported_where_no_run_rule_is(tmp_path: Path) -> None:
    body = handler("mutation", "return await ctx.runQuery(api.a.one, {});")
    assert reported(tmp_path, body, USE) == [USE]


def test_a_run_rule_that_is_silenced_wins_over_nothing(tmp_path: Path) -> None:
    body = handler(
        "mutation",
        "// convexlint-disable-next-line no-run-in-transaction\nawait ctx.runQuery(api.a.one, {});",
    )
    assert reported(tmp_path, body, USE, "no-run-in-transaction") == [USE]


def test_other_calls_keep_their_finding(tmp_path: Path) -> None:
    body = handler(
        "mutation", "await ctx.runQuery(api.a.one, {}); await ctx.scheduler.runAfter(0, api.a.two, {});"
    )
    assert reported(tmp_path, body, USE, "no-run-in-transaction") == ["no-run-in-transaction", USE]


ON_CHAINS = (
    *("no-filter-in-query", "no-collect-in-query"),  # those that report always, as the official plugin does
    *("no-filter-after-collect", "no-collect-in-async-iteration", "no-collect-count", "no-filter-after-take"),
)
ROWS = 'ctx.db.query("notes").filter((q) => q.eq(q.field("owner"), "me")).collect()'


@pytest.mark.parametrize(
    ("body", "other"),
    [
        (
            f"const rows = await {ROWS}; return rows.filter((row) => row.done === true);",
            "no-filter-after-collect",
        ),
        (f"return (await {ROWS}).filter(({{ done }}) => done === true);", "no-filter-after-collect"),
        (
            f"const rows = await {ROWS}; return rows.filter((row) => row.done === true).length;",
            "no-filter-after-collect",
        ),
        (f"return (await {ROWS}).length;", "no-collect-count"),
        (f"for (const row of await {ROWS}) console.log(row);", "no-collect-in-async-iteration"),
        (f"return await {ROWS};", None),
    ],
)
def test_of_the_rules_about_one_chain_the_official_ones_stay_and_one_more(
    tmp_path: Path, body: str, other: str | None
) -> None:
    """F64: filtered in the query, collected, and filtered again were three findings and more."""
    expected = ["no-collect-in-query", "no-filter-in-query"] + ([] if other is None else [other])
    assert reported(tmp_path, handler("query", body), *ON_CHAINS) == sorted(expected)
