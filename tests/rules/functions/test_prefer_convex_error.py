"""What a card cannot show of prefer-convex-error: which messages get no fix, and that a function is one finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.config.settings import Overrides
from convexlint.session import Outcome, Request, check

MODULE = """import { v } from "convex/values";
import { action } from "./_generated/server";
const describe = (problem: unknown) => (problem instanceof Error ? problem.message : String(problem));
function fail(problem: unknown): never {
  const text = describe(problem);
  console.log(text);
  return undefined as never;
}
export const f = action({
  args: { url: v.string(), n: v.number() },
  returns: v.null(),
  handler: async (ctx, args) => { BODY },
});
"""


def linted(root: Path, body: str) -> Outcome:
    (root / "package.json").write_text("{}")
    (root / "convex").mkdir()
    (root / "convex/a.ts").write_text(MODULE.replace("BODY", body))
    return check(Request((str(root),), Overrides(select=("prefer-convex-error",)), isolated=True))


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("try { await fetch(args.url); } catch (error) { throw new Error(`failed: ${error}`); }", "error"),
        (
            "try { await fetch(args.url); } catch (e) { const text = describe(e); throw new Error('x' + text); }",
            "text",
        ),
        (
            "try { await fetch(args.url); } catch (e) { let m = ''; if (e) m = String(e); throw new Error(m); }",
            "m",
        ),
        ("try { await fetch(args.url); } catch (e) { throw new Error('x', { cause: e }); }", "e"),
        ("const r = await fetch(args.url); throw new Error(`${r.status}: ${await r.text()}`);", "r.text()"),
        (
            "const r = await fetch(args.url); const body = await r.json(); throw new Error(body.reason);",
            "body",
        ),
        (
            "const { error } = (await (await fetch(args.url)).json()) as any; throw new Error(error);",
            "error",
        ),
        ("const made = new Error(args.url); throw new Error(`at ${made.stack}`);", "made.stack"),
    ],
)
def test_no_fix_hands_internals_to_clients(tmp_path: Path, body: str, shown: str) -> None:
    (diagnostic,) = linted(tmp_path, body).diagnostics
    assert diagnostic.finding.fix is None
    assert (
        diagnostic.finding.help is not None
        and f"since `{shown}` is not for clients" in diagnostic.finding.help
    )


@pytest.mark.parametrize(
    "body",
    [
        "throw new Error('no');",
        "throw new Error(`too long: ${args.url.length}`);",
        "const r = await fetch(args.url); throw new Error(`status ${r.status}`);",
        "try { await fetch(args.url); } catch { throw new Error('failed'); }",
        "try { await fetch(args.url); } catch (error) { console.log(error); throw new Error('failed'); }",
        "const reason = args.n > 1 ? 'much' : 'little'; throw new Error(`too ${reason}`);",
    ],
)
def test_what_the_author_wrote_gets_a_fix(tmp_path: Path, body: str) -> None:
    (diagnostic,) = linted(tmp_path, body).diagnostics
    assert diagnostic.finding.fix is not None


def test_what_one_function_throws_is_one_finding(tmp_path: Path) -> None:
    body = "if (args.n > 1) throw new Error('a'); [1].map(() => { throw new Error('b'); }); throw new Error('c');"
    outcome = linted(tmp_path, body)
    (diagnostic,) = outcome.diagnostics
    assert len(diagnostic.finding.also) >= 1
    fixed = check(
        Request((str(tmp_path),), Overrides(select=("prefer-convex-error",)), isolated=True, fix="unsafe")
    )
    assert fixed.diagnostics == ()
