"""What the ablation takes away from a static `api.d.ts`."""

from __future__ import annotations

import pytest

from benchmarks.ablation import forgotten

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
