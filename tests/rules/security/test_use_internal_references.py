"""What a card cannot show: making a function internal, over several files, when nothing else names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.findings import Finding, Fix
from convexlint.fixes.edits import apply_all
from convexlint.session import Overrides, Request, check

JOBS = """import { v } from "convex/values";
import { mutation } from "./_generated/server";

// A mutation that jobs run.
export const send = mutation({
  args: { to: v.string() },
  returns: v.null(),
  handler: async () => null,
});
"""
CRONS = """import { cronJobs } from 'convex/server'
import { api } from './_generated/api'

const crons = cronJobs()
crons.interval('send', { hours: 1 }, api.jobs.send, { to: 'c' })
export default crons
"""
LATER = """import { mutation } from "./_generated/server";
import { internal, api } from "./_generated/api";

export const later = mutation({
  args: {},
  handler: async (ctx) => {
    await ctx.scheduler.runAfter(0, api.jobs.send, { to: "a" });
    await ctx.scheduler.runAfter(0, internal.jobs.send, { to: "a" });
  },
});
"""


def findings(root: Path, rule: str = "use-internal-references", **files: str) -> list[Finding]:
    sources = {"package.json": "{}", "convex/jobs.ts": JOBS, "convex/crons.ts": CRONS}
    for path, text in {**sources, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    request = Request(paths=(str(root),), isolated=True, overrides=Overrides(select=(rule,)))
    return [diagnostic.finding for diagnostic in check(request).diagnostics]


def after(finding: Finding) -> dict[str, str]:
    (suggestion,) = finding.suggestions
    sources = {edit.path: Path(edit.path).read_bytes() for edit in suggestion.edits}
    fix = Fix.unsafe(suggestion.title, *suggestion.edits, because="asked for")
    return {Path(path).name: text.decode() for path, text in apply_all(sources, [fix]).items()}


def test_definition_and_references_change_together_with_their_imports(tmp_path: Path) -> None:
    found = findings(tmp_path, **{"convex/later.ts": LATER, "src/App.tsx": "useMutation(api.later.later)"})
    crons, later = found
    assert after(crons) == after(later) == {
        "jobs.ts": JOBS.replace("{ mutation }", "{ internalMutation }").replace("= mutation(", "= internalMutation("),
        "crons.ts": CRONS.replace("{ api }", "{ internal }").replace("api.jobs", "internal.jobs"),
        "later.ts": LATER.replace("{ internal, api }", "{ internal }").replace("api.jobs", "internal.jobs"),
    }  # fmt: skip
    assert crons.suggestions[0].title == "make `jobs:send` an `internalMutation`"


def test_what_is_imported_for_more_than_this_stays(tmp_path: Path) -> None:
    more = JOBS + "\nexport const other = mutation({ args: {}, handler: async () => null });\n"
    (found,) = findings(tmp_path, **{"convex/jobs.ts": more})
    assert after(found)["jobs.ts"] == more.replace("{ mutation }", "{ mutation, internalMutation }").replace(
        "send = mutation(", "send = internalMutation("
    )


def test_a_renamed_builder_is_known_by_what_it_imports(tmp_path: Path) -> None:
    renamed = JOBS.replace("{ mutation }", "{ mutation as m }").replace("= mutation(", "= m(")
    (found,) = findings(tmp_path, **{"convex/jobs.ts": renamed})
    assert after(found)["jobs.ts"] == renamed.replace("{ mutation as m }", "{ internalMutation }").replace(
        "= m(", "= internalMutation("
    )


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/App.tsx", "useMutation(api.jobs.send)"),
        ("scripts/send.py", 'client.mutation("jobs:send", {})'),
        ("convex/jobs.test.ts", "await t.mutation(api.jobs.send, {});"),
    ],
)
def test_nothing_is_suggested_where_a_client_names_the_function(tmp_path: Path, path: str, text: str) -> None:
    (found,) = findings(tmp_path, **{path: text})
    assert found.suggestions == ()
    assert found.help is not None and found.help.startswith("clients call it too")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/App.tsx", 'import { api } from "../convex/_generated/api";\nuseAll(api.jobs)'),
        (
            "convex/types.ts",
            'import { api } from "./_generated/api";\nexport type Send = typeof api.jobs.send;\n',
        ),
        (
            "convex/all.ts",
            'import { api } from "./_generated/api";\nexport const all = Object.values(api.jobs);\n',
        ),
    ],
)
def test_a_use_that_cannot_be_followed_leaves_words_only(tmp_path: Path, path: str, text: str) -> None:
    (found,) = findings(tmp_path, **{path: text})
    (suggestion,) = found.suggestions
    assert suggestion.edits == () and suggestion.because is not None


def test_packages_and_builds_are_no_clients(tmp_path: Path) -> None:
    use = "useMutation(api.jobs.send)"
    (found,) = findings(tmp_path, **{"node_modules/a/index.ts": use, "dist/app.js": use, ".next/app.js": use})
    assert found.suggestions[0].edits


def test_an_internal_reference_to_a_public_function_is_not_fixed_into_what_this_rule_reports(
    tmp_path: Path,
) -> None:
    crons = CRONS.replace("api", "internal").replace("_generated/internal", "_generated/api")
    (found,) = findings(tmp_path, rule="wrong-function-reference", **{"convex/crons.ts": crons})
    assert found.fix is None
    assert set(after(found)) == {"jobs.ts"}


def test_an_internal_function_behind_api_is_not_reported_twice(tmp_path: Path) -> None:
    internal = JOBS.replace("mutation", "internalMutation")
    assert findings(tmp_path, **{"convex/jobs.ts": internal}) == []
    assert len(findings(tmp_path, rule="wrong-function-reference", **{"convex/jobs.ts": internal})) == 1
