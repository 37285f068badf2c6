"""What a card cannot show of require-returns-validator: projects whose `convex` has no `returns` yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.session import Overrides, Request, check

MODULE = """import { mutation } from "./_generated/server";
export const nothing = mutation({ args: {}, handler: async () => {} });
"""


@pytest.mark.parametrize(("version", "fixed"), [("1.12.2", False), ("1.13.0", True), ("*", True)])
def test_returns_is_only_written_where_the_package_has_it(tmp_path: Path, version: str, fixed: bool) -> None:
    (tmp_path / "package.json").write_text(f'{{ "dependencies": {{ "convex": "{version}" }} }}')
    (tmp_path / "convex").mkdir()
    (tmp_path / "convex" / "notes.ts").write_text(MODULE)
    only = Overrides(select=("require-returns-validator",))
    (diagnostic,) = check(Request(paths=(str(tmp_path),), isolated=True, overrides=only)).diagnostics
    assert (diagnostic.finding.fix is not None) == fixed
    assert ("update `convex` (1.12.2 here)" in (diagnostic.finding.help or "")) != fixed
