"""What several functions reach by one helper is one finding: where it stands, and what it says of the others."""

from __future__ import annotations

import json
from pathlib import Path

from convexlint.findings import Level
from convexlint.reports.json import json_report
from convexlint.session import Outcome, Overrides, Request, check
from tests.session.toy import write

SCHEMA = (
    'import { defineSchema, defineTable } from "convex/server";\nimport { v } from "convex/values";\n'
    "export default defineSchema({ notes: defineTable({ at: v.number() }) });\n"
)
HELPERS = """import { QueryCtx } from "./_generated/server";
export async function recent(ctx: QueryCtx) {
  const now = Date.now();
  return await ctx.db.query("notes").take(now);
}
export const through = async (ctx: QueryCtx) => await recent(ctx);
export const stamp = async (ctx: any) => await ctx.db.insert("notes", { at: 1 });
"""
A = """import { query } from "./_generated/server";
import { recent, through } from "./helpers";
export const one = query({ args: {}, handler: async (ctx) => await recent(ctx) });
export const two = query({ args: {}, handler: async (ctx) => [await recent(ctx), await through(ctx)] });
"""
B = """import { query } from "./_generated/server";
import * as helpers from "./helpers";
export const three = query({ args: {}, handler: async (ctx) => await helpers.recent(ctx) });
export const four = query({ args: {}, handler: async (ctx) => [Date.now(), await ctx.db.query("notes").first()] });
"""
CLOCK = "no-date-now-in-query"
PROJECT: dict[str, str | bytes] = {
    "convex/schema.ts": SCHEMA,
    "convex/helpers.ts": HELPERS,
    "convex/a.ts": A,
    "convex/b.ts": B,
}


def lint(*paths: Path, rule: str = CLOCK) -> Outcome:
    return check(Request(tuple(map(str, paths)), overrides=Overrides(select=(rule,)), jobs=1))


def told(outcome: Outcome) -> list[tuple[str | None, list[str | None]]]:
    """The functions: of each finding, and of its `also`."""
    return [(d.finding.function, [also.function for also in d.finding.also]) for d in outcome.diagnostics]


def test_one_deed_is_one_finding_at_its_first_caller_and_names_the_others(tmp_path: Path) -> None:
    outcome = lint(write(tmp_path, PROJECT))
    assert told(outcome) == [("a:one", ["a:two", "b:three"]), ("b:four", [])]
    first = outcome.diagnostics[0].finding
    places = [(Path(a.path).name, a.span.start) for a in first.also]
    assert places == [
        ("a.ts", A.index("recent(ctx), await")),
        ("b.ts", B.index("helpers.recent(")),
    ]
    assert [r.message for r in first.related] == ["here `Date.now` happens"]


def test_other_rules_on_the_same_deed_and_other_deeds_stay_apart(tmp_path: Path) -> None:
    body = "async (ctx) => await stamp(ctx)"
    both = (
        'import { query } from "./_generated/server";\nimport { stamp, recent } from "./helpers";\n'
        f"export const x = query({{ args: {{}}, handler: {body} }});\n"
        f"export const y = query({{ args: {{}}, handler: {body} }});\n"
        "export const z = query({ args: {}, handler: async (ctx) => await recent(ctx) });\n"
    )
    write(tmp_path, {**PROJECT, "convex/a.ts": both, "convex/b.ts": ""})
    outcome = check(
        Request((str(tmp_path),), overrides=Overrides(select=(CLOCK, "no-write-in-query")), jobs=1)
    )
    assert [(d.rule, d.finding.function, len(d.finding.also)) for d in outcome.diagnostics] == [
        ("no-write-in-query", "a:x", 1),
        (CLOCK, "a:z", 0),
    ]


def test_callers_are_filtered_before_they_are_put_together(tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    silent = A.replace(
        "export const one", f"// convexlint-disable-next-line {CLOCK} -- fine here\nexport const one"
    )
    write(tmp_path, {"convex/a.ts": silent})
    outcome = lint(tmp_path)
    assert told(outcome)[0] == ("a:two", ["b:three"])
    assert outcome.suppressed == 1
    write(tmp_path, {"convexlint.toml": f'[per-file]\n"convex/a.ts" = {{ {CLOCK} = "off" }}\n'})
    assert told(lint(tmp_path))[0] == ("b:three", [])
    assert told(lint(tmp_path / "convex/b.ts"))[0] == ("b:three", [])


def test_a_comment_at_the_deed_silences_it_once(tmp_path: Path) -> None:
    deed = HELPERS.replace("Date.now();", f"Date.now(); // convexlint-disable-line {CLOCK} -- fine")
    outcome = lint(write(tmp_path, {**PROJECT, "convex/helpers.ts": deed}))
    assert told(outcome) == [("b:four", [])]
    assert outcome.suppressed == 1


def test_it_counts_once_at_the_highest_level(tmp_path: Path) -> None:
    write(tmp_path, {**PROJECT, "convexlint.toml": f'[rules]\n{CLOCK} = "info"\n'})
    levels = f'[rules]\n{CLOCK} = "info"\n[per-file]\n"convex/b.ts" = {{ {CLOCK} = "error" }}\n'
    write(tmp_path, {"convexlint.toml": levels})
    outcome = check(Request((str(tmp_path),), jobs=1))
    found = [d for d in outcome.diagnostics if d.rule == CLOCK]
    assert [(d.finding.function, d.level) for d in found] == [("a:one", Level.ERROR), ("b:four", Level.ERROR)]
    assert outcome.failed


def test_the_fingerprint_is_that_of_the_deed_whoever_comes_first(tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    before = lint(tmp_path)
    write(tmp_path, {"convex/a.ts": ""})
    after = lint(tmp_path)
    assert told(after)[0] == ("b:three", [])
    assert after.fingerprints() == before.fingerprints()


def test_json_has_also_for_every_finding(tmp_path: Path) -> None:
    outcome = lint(write(tmp_path, PROJECT))
    first, second = json.loads(json_report(outcome, str(tmp_path)))["diagnostics"]
    assert [(a["path"], a["function"], a["range"]["start"]["line"]) for a in first["also"]] == [
        ("convex/a.ts", "a:two", 4),
        ("convex/b.ts", "b:three", 3),
    ]
    assert second["also"] == []
