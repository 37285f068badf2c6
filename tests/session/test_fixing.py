"""--fix in a run: what is written, what never is, and what is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convexlint.discovery.project import Role
from convexlint.findings import Edit, Finding, Fix, Span
from convexlint.program.model import Program
from convexlint.rules.rule import NoOptions
from convexlint.session import Request, check
from tests.session.toy import HEAD, toy, write

pytestmark = pytest.mark.usefixtures("rules")
Rules = Callable[..., None]


def edit_everywhere(program: Program, options: NoOptions) -> Iterator[Finding]:
    """One finding at the first `name`, whose fix changes the first `name` of all modules."""
    spans = {
        m.path: Span(m.source.index(b"name"), m.source.index(b"name") + 4)
        for m in program.modules
        if b"name" in m.source
    }
    for file in program.project.files:
        if file.role is Role.GENERATED and file.name.endswith("x.ts"):
            at = Path(file.path).read_bytes().index(b"name")
            spans[file.path] = Span(at, at + 4)
    first = next((m.path for m in program.reported if m.path in spans), None)
    if first is not None:
        fix = Fix.safe("Rename it", *(Edit(path, span, "other") for path, span in spans.items()))
        yield Finding(first, spans[first], "has a bad name", fix=fix)


def add_line(program: Program, options: NoOptions) -> Iterator[Finding]:
    for module in program.reported:
        if b"added" not in module.source:
            fix = Fix.safe("Add a line", Edit(module.path, Span(0, 0), "// added\n"))
            yield Finding(module.path, Span(0, 0), "lacks a line", fix=fix)


def test_fixes_are_written_and_what_remains_is_reported(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + "bad;\n// convexlint-disable-line toy-word\n"})
    outcome = check(Request((str(tmp_path),), fix="safe"))
    path = (tmp_path / "convex/a.ts").as_posix()
    fixed = HEAD.encode() + b"good;\n// convexlint-disable-line toy-word\n"
    assert (tmp_path / "convex/a.ts").read_bytes() == fixed
    assert outcome.sources[path] == fixed
    assert outcome.before[path] == fixed.replace(b"good", b"bad")
    assert [(f.rule, f.path, f.fix.title) for f in outcome.fixed] == [("toy-words", path, "Say good")]
    assert [d.rule for d in outcome.diagnostics] == ["invalid-suppression"]


def test_a_diff_writes_nothing_and_reports_what_stood_before(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + "bad;\n"})
    plain = check(Request((str(tmp_path),)))
    outcome = check(Request((str(tmp_path),), fix="safe", write=False))
    path = (tmp_path / "convex/a.ts").as_posix()
    assert (tmp_path / "convex/a.ts").read_text() == HEAD + "bad;\n"
    assert outcome.diagnostics == plain.diagnostics
    assert outcome.failed
    assert outcome.before[path].endswith(b"bad;\n")
    assert outcome.sources[path].endswith(b"good;\n")


def test_byte_order_mark_and_line_endings_are_kept(tmp_path: Path, rules: Rules) -> None:
    rules(toy(add_line))
    source = b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode() + b"\xc3\xa9;\r\n"
    write(tmp_path, {"convex/a.ts": source})
    check(Request((str(tmp_path),), fix="safe"))
    assert (tmp_path / "convex/a.ts").read_bytes() == b"\xef\xbb\xbf// added\r\n" + source[3:]


def test_a_write_protected_file_is_told_and_nothing_else_is_lost(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + "bad;", "convex/b.ts": "bad;"})
    (tmp_path / "convex/b.ts").chmod(0o444)
    outcome = check(Request((str(tmp_path),), fix="safe"))
    locked = (tmp_path / "convex/b.ts").as_posix()
    assert outcome.unwritten == ((locked, "the file is write-protected"),)
    assert (tmp_path / "convex/a.ts").read_text() == HEAD + "good;"
    assert (tmp_path / "convex/b.ts").read_text() == "bad;"
    assert [d.finding.path for d in outcome.diagnostics] == [locked]


def test_a_fix_of_several_files_is_not_applied_in_part(tmp_path: Path, rules: Rules) -> None:
    rules(toy(edit_everywhere))
    write(tmp_path, {"convex/a.ts": HEAD + "name;", "convex/b.ts": "name;"})
    (tmp_path / "convex/b.ts").chmod(0o444)
    outcome = check(Request((str(tmp_path),), fix="safe"))
    assert (tmp_path / "convex/a.ts").read_text() == HEAD + "name;"
    assert len(outcome.diagnostics) == 1
    assert outcome.fixed == ()
    (tmp_path / "convex/b.ts").chmod(0o644)
    assert check(Request((str(tmp_path),), fix="safe")).diagnostics == ()
    assert (tmp_path / "convex/b.ts").read_text() == "other;"


@pytest.mark.parametrize(
    "guarded", ["convex/_generated/x.ts", "convex/out.ts", "lib/ignored.ts", "../elsewhere/x.ts"]
)
def test_generated_excluded_ignored_and_outside_files_are_never_changed(
    tmp_path: Path, rules: Rules, guarded: str
) -> None:
    """A fix that would change one is shown as a suggestion."""
    rules(toy(edit_everywhere))
    root = tmp_path / "project"
    specifier = os.path.relpath(guarded, "convex").removesuffix(".ts")
    specifier = specifier if specifier.startswith(".") else f"./{specifier}"
    write(
        root,
        {
            "package.json": "{}",
            ".gitignore": "ignored.ts",
            "convex/a.ts": HEAD + f'import "{specifier}";\nname;',
            guarded: "export const name = 1;",
            "convexlint.toml": 'exclude = ["convex/out.ts"]',
        },
    )
    outcome = check(Request((str(root),), fix="safe"))
    assert (root / guarded).read_text() == "export const name = 1;"
    assert outcome.fixed == ()
    (diagnostic,) = outcome.diagnostics
    assert diagnostic.finding.fix is None
    assert [s.title for s in diagnostic.finding.suggestions] == ["Rename it"]


def test_the_module_on_stdin_is_fixed_in_memory_alone(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + "bad;"})
    path = (tmp_path / "convex/a.ts").as_posix()
    outcome = check(Request((), stdin=(path, b"bad; more;"), fix="safe"))
    assert outcome.sources[path] == b"good; more;"
    assert outcome.before[path] == b"bad; more;"
    assert (tmp_path / "convex/a.ts").read_text() == HEAD + "bad;"


def test_stdin_never_changes_other_files(tmp_path: Path, rules: Rules) -> None:
    rules(toy(edit_everywhere))
    write(tmp_path, {"convex/a.ts": HEAD + "name;", "convex/b.ts": "name;"})
    outcome = check(Request((), stdin=(str(tmp_path / "convex/a.ts"), b"name;"), fix="safe"))
    assert outcome.fixed == ()
    assert (tmp_path / "convex/b.ts").read_text() == "name;"
    assert outcome.diagnostics[0].finding.fix is not None


def test_two_projects_that_share_a_file_are_fixed_one_after_the_other(tmp_path: Path, rules: Rules) -> None:
    rules(toy(edit_everywhere))
    write(
        tmp_path,
        {
            "package.json": "{}",
            "convex/a.ts": HEAD + 'import "../lib/shared";\nname;',
            "other/convex/a.ts": HEAD + 'import "../../lib/shared";\nname;',
            "other/convex/_generated/api.js": "",
            "lib/shared.ts": "export const name = 1;",
        },
    )
    outcome = check(Request((str(tmp_path / "convex"), str(tmp_path / "other")), fix="safe"))
    assert outcome.projects == 2
    assert (tmp_path / "lib/shared.ts").read_text() == "export const other = 1;"
    assert outcome.diagnostics == ()
