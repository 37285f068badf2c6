"""Input that is broken, strange or huge: what is said, how the run ends, and that nothing else is lost.

Each project has one good module with one known finding; it has to be there whatever stands beside it.
"""

from __future__ import annotations

import os
import re
import time

import pytest

from tests.acceptance.conftest import Project

GOOD = "convex/good.ts"
GOOD_SOURCE = """\
import { query } from "./_generated/server";
export const list = query({ handler: async (ctx) => ctx.db.query("tasks").collect() });
"""
KNOWN = (GOOD, "require-args-validator", 2, 21)
FUNCTION = 'import { query } from "./_generated/server";\nexport const f = query({ handler: () => 1 });\n'
BUT = ("--ignore", "require-access-control,require-returns-validator,no-collect-in-query")
SCHEMA = """\
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ tasks: defineTable({ text: v.string() }) });
"""


@pytest.fixture(autouse=True)
def good(project: Project) -> None:
    project.write({GOOD: GOOD_SOURCE})


def test_a_file_that_cannot_be_read_is_a_finding(project: Project) -> None:
    (project.root / "convex/gone.ts").symlink_to(project.root / "nowhere.ts")
    ran = project.check(*BUT)
    assert ran.status == 1
    assert ran.found == [("convex/gone.ts", "unreadable-file", 1, 1), KNOWN]
    first = ran.report["diagnostics"][0]
    assert (first["level"], first["range"]["start"]) == ("error", first["range"]["end"])
    assert first["message"] == "this file was not checked: no such file or directory"


def test_a_file_without_permission_is_a_finding(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write({"convex/locked.ts": FUNCTION})
    open_ = os.open

    def refuse(
        path: str, flags: int, *rest: int
    ) -> int:  # root may read all, so the mode alone would prove nothing
        if str(path).endswith("locked.ts"):
            raise PermissionError(13, "Permission denied", str(path))
        return open_(path, flags, *rest)

    monkeypatch.setattr(os, "open", refuse)
    ran = project.check(*BUT)
    assert (ran.status, ran.found) == (1, [KNOWN, ("convex/locked.ts", "unreadable-file", 1, 1)])
    assert ran.report["diagnostics"][1]["message"] == "this file was not checked: permission denied"


def test_a_folder_with_the_name_of_a_module_is_a_folder(project: Project) -> None:
    project.write({"convex/x.ts/inner.ts": FUNCTION})
    ran = project.check(*BUT)
    assert ran.status == 1
    assert KNOWN in ran.found
    assert ("convex/x.ts/inner.ts", "require-args-validator", 2, 18) in ran.found


def test_bytes_that_are_not_utf_8_are_a_finding(project: Project) -> None:
    project.write({"convex/bytes.ts": b'export const a = "\xff";'})
    ran = project.check(*BUT)
    assert ran.status == 1
    assert ran.found == [("convex/bytes.ts", "unreadable-file", 1, 1), KNOWN]
    assert "byte 0xff is not valid UTF-8" in ran.report["diagnostics"][0]["message"]


def test_a_byte_order_mark_counts_in_offsets_and_not_in_columns(project: Project) -> None:
    project.write({"convex/bom.ts": b"\xef\xbb\xbf" + FUNCTION.replace("\n", ";", 1).encode()})
    ran = project.check(*BUT)
    bare = FUNCTION.replace("\n", ";", 1).index("query({")
    assert ran.status == 1
    assert ran.found == [("convex/bom.ts", "require-args-validator", 1, bare + 1), KNOWN]
    assert ran.report["diagnostics"][0]["range"]["start"]["offset"] == bare + 3


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_other_line_endings_end_lines_and_survive_a_fix(project: Project, ending: str) -> None:
    source = FUNCTION.replace("\n", ending)
    project.write({"convex/lines.ts": source})
    ran = project.check(*BUT)
    assert (ran.status, ran.found) == (1, [KNOWN, ("convex/lines.ts", "require-args-validator", 2, 18)])
    project.check("--fix", "--unsafe-fixes", "--select", "require-args-validator")
    fixed = (project.root / "convex/lines.ts").read_bytes().decode()
    assert "args: {}" in fixed
    assert re.findall("\r\n?|\n", fixed) == [ending] * 2


def test_nul_bytes_are_a_syntax_error_that_is_shown_escaped(project: Project) -> None:
    project.write({"convex/nul.ts": FUNCTION.encode() + b"export const s = 1;\0\0 "})
    ran = project.check(*BUT)
    assert ran.status == 1
    assert ran.found == [
        KNOWN,
        ("convex/nul.ts", "require-args-validator", 2, 18),
        ("convex/nul.ts", "syntax-error", 3, 20),
    ]
    assert "\0" not in project.run("check", "--no-cache").out


def test_a_syntax_error_leaves_the_rest_of_the_module_in_use(project: Project) -> None:
    project.write({"convex/broken.ts": FUNCTION + "export const = ;\n" + FUNCTION.split("\n", 1)[1]})
    ran = project.check(*BUT)
    assert ran.status == 1
    assert ("convex/broken.ts", "require-args-validator", 2, 18) in ran.found
    assert [place for place in ran.found if place[1] == "syntax-error"] == [
        ("convex/broken.ts", "syntax-error", 3, 8)
    ]
    assert KNOWN in ran.found


def test_a_project_of_which_nothing_is_checked_is_not_called_clean(project: Project) -> None:
    (project.root / GOOD).unlink()
    project.write({"convex.json": "{}"})
    ran = project.run("check", "--no-cache", "--output-format", "json")
    assert (ran.status, ran.out) == (2, "")
    assert "no module was checked" in ran.err


def test_a_project_without_schema_has_no_unknown_tables(project: Project) -> None:
    ran = project.check("--select", "schema,queries,require-args-validator")
    assert ran.status == 1
    assert {rule for _, rule, _, _ in ran.found} == {"no-collect-in-query", "require-args-validator"}
    assert "Not followed" not in project.run("check", "--no-cache").out


@pytest.mark.parametrize(
    "schema",
    [
        "defineSchema(build(tables))",
        "defineSchema({ ...more })",
    ],
)
def test_a_schema_that_cannot_be_read_statically_is_said_and_its_rules_are_silent(
    project: Project, schema: str
) -> None:
    head = 'import { defineSchema } from "convex/server";\nimport { more } from "some-package";\n'
    project.write({"convex/schema.ts": f"{head}export default {schema};\n"})
    ran = project.check(*BUT)
    assert (ran.status, ran.found) == (1, [KNOWN])
    text = project.run("check", "--no-cache", "--verbose")
    assert text.out.endswith("Not followed: 1 part of the schema (--verbose lists them).\n")
    assert "note: convex/schema.ts:1:1: not followed: part of the schema\n" in text.err


DEEP = 5000


@pytest.mark.parametrize(
    "source",
    [
        f"export const a = {'[' * DEEP}{']' * DEEP};",
        f"export const a = {'f(' * DEEP}{')' * DEEP};",
        f"{'{' * DEEP}{'}' * DEEP}",
        f"export const a = a{'.b()' * DEEP};",
        f"export const a = 1{' + 1' * DEEP};",
        f"export const a = {'x => ' * DEEP}1;",
        f"if (a) {{}} {'else if (a) {} ' * DEEP}",
        f"type T = {'{ a: ' * DEEP}1{' }' * DEEP};",
        f"export const a = {'v.array(' * DEEP}v.any(){')' * DEEP};",
    ],
    ids=["arrays", "calls", "blocks", "chain", "sum", "arrows", "else", "type", "validators"],
)
def test_nesting_of_five_thousand_is_no_crash(project: Project, source: str) -> None:
    project.write({"convex/deep.ts": f"{source}\n{FUNCTION}"})
    ran = project.check(*BUT, "--ignore", "no-any-validator")
    assert (ran.status, ran.err) == (1, "")
    assert KNOWN in ran.found
    assert ("convex/deep.ts", "require-args-validator", 3, 18) in ran.found


def test_five_megabytes_on_one_line_are_read_and_shown_in_part(project: Project) -> None:
    data = '"abc",' * (5 * 1024 * 1024 // 6)
    project.write({"convex/big.ts": f"export const data = [{data}]; {FUNCTION.replace(chr(10), ' ')}"})
    begun = time.perf_counter()
    ran = project.check(*BUT)
    column = ran.found[0][3]
    assert ran.status == 1
    assert ran.found == [("convex/big.ts", "require-args-validator", 1, column), KNOWN]
    assert column > 5_000_000
    text = project.run("check", "--no-cache", "--select", "require-args-validator").out
    assert max(map(len, text.splitlines())) < 300
    assert time.perf_counter() - begun < 120  # a quadratic step would take hours


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--select", "no-collct-in-query"),
            '"no-collct-in-query"\nhelp: did you mean "no-collect-in-query"?',
        ),
        (("--ignore", "shema"), '"shema"\nhelp: did you mean "schema"?'),
        (("--level", "no-such-rule=off"), "no-such-rule"),
        (("--no-such-option",), "--no-such-option"),
    ],
)
def test_unknown_names_on_the_command_line_end_the_run(
    project: Project, arguments: tuple[str, ...], message: str
) -> None:
    ran = project.check(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: ") and message in ran.err


@pytest.mark.parametrize(
    ("config", "error"),
    [
        (
            '[rules]\nno-colect-in-query = "off"\n',
            "convexlint.toml:2: rules.no-colect-in-query: unknown rule",
        ),
        ('[rules]\nindex-naming = { prefx = "x" }\n', "convexlint.toml:2: rules.index-naming.prefx: "),
        ("[rules\n", "convexlint.toml:1: invalid TOML: "),
        ("fail-on = 3\n", "convexlint.toml:1: fail-on: "),
        ("failon = 'error'\n", "convexlint.toml:1: failon: "),
        ("[per-file]\n'a.ts' = { nope = 'off' }\n", "convexlint.toml:2: per-file."),
    ],
)
def test_a_config_that_cannot_be_used_ends_the_run_with_its_place(
    project: Project, config: str, error: str
) -> None:
    project.write({"convexlint.toml": config})
    ran = project.check()
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {error}")


@pytest.mark.parametrize("text", ["{ nope", "[]", '{ "functions": 3 }', '{ "functions": "../out" }'])
def test_a_convex_json_that_cannot_be_used_is_a_finding_and_the_default_folder_is_taken(
    project: Project, text: str
) -> None:
    project.write({"convex.json": text})
    ran = project.check(*BUT)
    assert ran.status == 1
    assert [(path, rule) for path, rule, _, _ in ran.found] == [
        ("convex.json", "invalid-project-config"),
        KNOWN[:2],
    ]
    assert ran.report["diagnostics"][0]["level"] == "error"


def test_a_file_that_cannot_be_written_keeps_its_findings_and_the_others_are_fixed(project: Project) -> None:
    floating = (
        'import { mutation } from "./_generated/server";\n'
        "export const f = mutation({ args: {}, handler: async (ctx) => {\n"
        '  ctx.db.insert("tasks", { text: "x" });\n} });\n'
    )
    project.write({"convex/locked.ts": floating, "convex/open.ts": floating, "convex/schema.ts": SCHEMA})
    (project.root / "convex/locked.ts").chmod(0o444)
    ran = project.check("--fix", "--select", "no-floating-promise,require-args-validator")
    assert ran.status == 2
    assert ran.err.startswith("error: ") and "locked.ts: the fix cannot be written: " in ran.err
    assert (project.root / "convex/locked.ts").read_text() == floating
    assert "await ctx.db.insert" in (project.root / "convex/open.ts").read_text()
    assert [place[:2] for place in ran.found] == [KNOWN[:2], ("convex/locked.ts", "no-floating-promise")]
    assert [(one["rule"], one["path"]) for one in ran.report["fixed"]] == [
        ("no-floating-promise", "convex/open.ts")
    ]


def test_a_path_that_does_not_exist_ends_the_run(project: Project) -> None:
    ran = project.check("convex/nowhere.ts")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "error: convex/nowhere.ts: no such file or directory\n"
