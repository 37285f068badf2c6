"""What the ablation takes away from a static `api.d.ts`."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ablation import forgotten, measure
from convexlint.discovery.discover import discover

API = """\
export declare const api: {
  notes: {
    one: FunctionReference<
      "query",
      "public",
      { id: Id<"notes">; cursor: [string, "a,b>"] },
      { page: Array<{ text: string }>; n: number }
    >;
  };
};
export declare const internal: {
  notes: { two: FunctionReference<"mutation", "internal", { n: number }, number> };
};
"""


@pytest.mark.parametrize(("public_only", "two"), [(False, " any"), (True, " number")])
def test_functions_without_returns_give_any(public_only: bool, two: str) -> None:
    text = forgotten(API, public_only)
    assert '{ id: Id<"notes">; cursor: [string, "a,b>"] }, any>;' in " ".join(text.split())
    assert f'"internal", {{ n: number }},{two}>' in text
    assert text.endswith("};\n") and text.count("FunctionReference<") == 2


def test_helpers_outside_of_the_functions_folder_are_read(tmp_path: Path) -> None:
    files = {
        "package.json": '{ "dependencies": { "convex": "1.31.0" } }',
        "lib/ages.ts": "import { DAY } from './times';\nexport const ageOf = (at: number) => at / DAY;\n",
        "lib/times.ts": "export const DAY = 24 * 60;\n",
        "convex/ages.ts": """import { v } from "convex/values";
import { ageOf } from "../lib/ages";
import { query } from "./_generated/server";
export const age = query({
  args: { at: v.number() },
  returns: v.object({ age: v.number() }),
  handler: async (_ctx, args) => ({ age: ageOf(args.at) }),
});
""",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (target,) = discover([str(tmp_path)]).targets
    assert measure(target.project, show=False) == {"equal": 1}
