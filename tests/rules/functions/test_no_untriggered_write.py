"""What a card cannot show of no-untriggered-write: the suggestion that takes the wrapped builder."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.findings import Fix
from convexlint.fixes.edits import apply_all
from convexlint.session import Overrides, Request, check

FUNCTIONS = """import { customCtx, customMutation } from "convex-helpers/server/customFunctions";
import { Triggers } from "convex-helpers/server/triggers";
import { mutation as raw } from "./_generated/server";
const triggers = new Triggers();
triggers.register("scores", async (ctx) => {});
export const %s = customMutation(raw, customCtx(triggers.wrapDB));
"""
SCORES = """import { mutation } from "./_generated/server";
export const add = mutation({
  args: {},
  handler: async (ctx) => { await ctx.db.insert("scores", { points: 1 }); },
});
"""


def after(root: Path, functions: str, scores: str = SCORES) -> str | None:
    """scores.ts with the suggestion applied, None without one."""
    (root / "package.json").write_text("{}")
    (root / "convex").mkdir()
    (root / "convex" / "functions.ts").write_text(functions)
    file = root / "convex" / "scores.ts"
    file.write_text(scores)
    only = Overrides(select=("no-untriggered-write",))
    (diagnostic,) = check(Request(paths=(str(root),), isolated=True, overrides=only)).diagnostics
    if not diagnostic.finding.suggestions:
        return None
    (suggestion,) = diagnostic.finding.suggestions
    fix = Fix.unsafe(suggestion.title, *suggestion.edits, because="asked for")
    (text,) = apply_all({str(file): file.read_bytes()}, [fix]).values()
    return text.decode()


@pytest.mark.parametrize(
    ("name", "imported"),
    [("mutation", "mutation as mutationWithTriggers"), ("triggered", "triggered")],
)
def test_the_wrapped_builder_is_imported(tmp_path: Path, name: str, imported: str) -> None:
    local = imported.rpartition(" ")[2]
    expected = SCORES.replace("= mutation(", f"= {local}(")
    assert after(tmp_path, FUNCTIONS % name) == f'import {{ {imported} }} from "./functions";\n{expected}'


def test_of_two_wrapped_builders_none_is_chosen(tmp_path: Path) -> None:
    two = FUNCTIONS % "one" + "export const two = customMutation(raw, customCtx(triggers.wrapDB));\n"
    assert after(tmp_path, two) is None


def test_a_builder_of_another_visibility_is_not_chosen(tmp_path: Path) -> None:
    internal = (FUNCTIONS % "one").replace("mutation as raw", "internalMutation as raw")
    assert after(tmp_path, internal) is None


def test_a_builder_that_does_more_is_not_chosen(tmp_path: Path) -> None:
    more = (FUNCTIONS % "one").replace(
        "customCtx(triggers.wrapDB)", "customCtx(async (ctx) => ({ ...triggers.wrapDB(ctx), user: 1 }))"
    )
    assert after(tmp_path, more) is None
