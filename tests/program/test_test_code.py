"""Which modules are tests though their names do not say so: no part of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program.small_programs import program_of

SERVER = 'import "./_generated/server";\n'


@pytest.mark.parametrize(
    ("path", "first", "is_part"),
    [
        ("notes.realtest.ts", 'import { convexTest } from "convex-test";', False),
        ("a/notes.integration.mts", "import { it } from 'vitest';", False),
        ("notes.e2e.js", "const test = require('node:test');", False),
        ("notes.helpers.ts", 'import { beforeEach } from "bun:test";', False),
        ("notes.helpers.ts", 'import { v } from "convex/values";', True),
        ("notes.ts", 'import { expect } from "vitest";', True),  # pushed, whatever it imports
    ],
)
def test_a_module_that_is_never_pushed_and_imports_a_test_runner_is_a_test(
    tmp_path: Path, path: str, first: str, is_part: bool
) -> None:
    files = {f"convex/{path}": f"{first}\n{SERVER}", "convex/a.ts": SERVER}
    found = {Path(module.path).name for module in program_of(tmp_path, files).modules}
    assert (Path(path).name in found, "a.ts" in found) == (is_part, True)
