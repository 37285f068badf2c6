"""What a card cannot show of index-naming: projects with a static data model."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.session import Overrides, Request, check

SCHEMA = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ shelves: defineTable({ room: v.string() }).index("lookup", ["room"]) });
"""


@pytest.mark.parametrize("codegen", ['{ "staticDataModel": true }', '{ "staticDataModel": false }', "[]"])
def test_a_rename_is_only_suggested_where_generated_files_list_the_names(
    tmp_path: Path, codegen: str
) -> None:
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "convex.json").write_text(f'{{ "codegen": {codegen} }}')
    (tmp_path / "convex").mkdir()
    (tmp_path / "convex" / "schema.ts").write_text(SCHEMA)
    request = Request(paths=(str(tmp_path),), isolated=True, overrides=Overrides(select=("index-naming",)))
    (diagnostic,) = check(request).diagnostics
    if "true" in codegen:
        assert diagnostic.finding.fix is None
        (suggestion,) = diagnostic.finding.suggestions
        assert suggestion.because is not None and "npx convex codegen" in suggestion.because
        assert [edit.text for edit in suggestion.edits] == ['"by_room"']
    else:
        assert diagnostic.finding.fix is not None and diagnostic.finding.fix.because is not None
        assert "builds a new one" in diagnostic.finding.fix.because
