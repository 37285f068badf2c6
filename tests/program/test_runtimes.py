"""Which code runs in which runtime, and what it must not use there."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.program.behaviour.runtimes import is_builtin, runtime_problems
from tests.program.small_programs import program_of

ACTION = """
import { internalAction } from "./_generated/server";
import { bytes } from "./lib/bytes.shared";
export const run = internalAction({ args: {}, handler: async () => bytes("a") });
"""
BYTES = "export const bytes = (text: string) => Buffer.from(text).length;\n"


@pytest.mark.parametrize("specifier", ["fs", "node:fs", "fs/promises", "crypto", "node:buffer", "path/posix"])
def test_builtins_that_no_browser_package_replaces_are_known(specifier: str) -> None:
    assert is_builtin(specifier)


@pytest.mark.parametrize(
    "specifier", ["buffer", "events", "async_hooks", "node:async_hooks", "convex/server", "fs-extra", "./fs"]
)
def test_other_specifiers_are_no_builtins(specifier: str) -> None:
    assert not is_builtin(specifier)


def problems(root: Path, files: dict[str, str]) -> list[tuple[str, str]]:
    program = program_of(root, {"convex/" + path: text for path, text in files.items()})
    return [(problem.kind, problem.what) for problem in runtime_problems(program)]


def test_a_global_of_node_counts_where_a_default_function_runs_it(tmp_path: Path) -> None:
    assert problems(tmp_path, {"a.ts": ACTION, "lib/bytes.shared.ts": BYTES}) == [("global", "Buffer")]


def test_a_global_of_node_is_fine_where_only_node_runs_it(tmp_path: Path) -> None:
    assert problems(tmp_path, {"a.ts": '"use node";' + ACTION, "lib/bytes.shared.ts": BYTES}) == []


def test_a_global_that_typeof_asks_for_is_accepted(tmp_path: Path) -> None:
    guarded = (
        'export const bytes = (t: string) => (typeof Buffer === "undefined" ? 0 : Buffer.from(t).length);\n'
    )
    assert problems(tmp_path, {"a.ts": ACTION, "lib/bytes.shared.ts": guarded}) == []


def test_an_import_leads_on_through_files_that_are_not_pushed(tmp_path: Path) -> None:
    files = {
        "a.ts": 'import { read } from "./b.shared";\nexport const text = read();\n',
        "b.shared.ts": 'import { readFileSync } from "fs";\nexport const read = () => readFileSync("x");\n',
    }
    assert problems(tmp_path, files) == [("builtin", "fs")]


def test_a_module_that_is_pushed_answers_for_its_own_imports(tmp_path: Path) -> None:
    files = {
        "a.ts": 'import { read } from "./b";\nexport const text = read();\n',
        "b.ts": 'import { readFileSync } from "fs";\nexport const read = () => readFileSync("x");\n',
    }
    program = program_of(tmp_path, {"convex/" + path: text for path, text in files.items()})
    assert [problem.module.name for problem in runtime_problems(program)] == ["b"]


def test_names_used_as_types_alone_do_not_import(tmp_path: Path) -> None:
    files = {
        "a.ts": 'import { Text } from "./b";\nexport const first = (text: Text) => text;\n',
        "b.ts": '"use node";\nimport "fs";\nexport class Text {}\n',
    }
    assert problems(tmp_path, files) == []


def test_process_env_is_there_and_process_cwd_is_not(tmp_path: Path) -> None:
    files = {"a.ts": "export const mode = process.env.MODE;\nexport const here = process.cwd();\n"}
    assert problems(tmp_path, files) == [("global", "process.cwd")]
