"""--fix in a run: what is written, what never is, and what is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convexlint.discovery.project import Role
from convexlint.findings import Edit, Finding, Fix, Span
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions
from convexlint.session import Reason, Request, check
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
    assert [(left.path, left.reason, left.words) for left in outcome.left] == [
        (locked, Reason.UNWRITABLE, "b.ts: the file is write-protected")
    ]


def test_what_somebody_else_wrote_meanwhile_is_kept_and_told(tmp_path: Path, rules: Rules) -> None:
    """The rule itself plays the other person: it writes to the file after convexlint has read it."""

    def meddle(program: Program, options: NoOptions) -> Iterator[Finding]:
        (tmp_path / "convex/b.ts").write_text("theirs;")
        for module in program.reported:
            if b"name" in module.source:
                span = Span(module.source.index(b"name"), module.source.index(b"name") + 4)
                fix = Fix.safe("Rename it", Edit(module.path, span, "other"))
                yield Finding(module.path, span, "has a bad name", fix=fix)

    rules(toy(meddle))
    write(tmp_path, {"convex/a.ts": HEAD + "name;", "convex/b.ts": "name;"})
    outcome = check(Request((str(tmp_path),), fix="safe"))
    theirs = (tmp_path / "convex/b.ts").as_posix()
    assert (tmp_path / "convex/b.ts").read_text() == "theirs;"
    assert (tmp_path / "convex/a.ts").read_text() == HEAD + "other;"
    assert outcome.unwritten == ((theirs, "it was changed while convexlint worked"),)
    assert [one.path for one in outcome.fixed] == [(tmp_path / "convex/a.ts").as_posix()]
    assert [(left.path, left.reason) for left in outcome.left] == [(theirs, Reason.UNWRITABLE)]


def test_a_fix_of_two_files_is_not_written_when_one_was_changed_meanwhile(
    tmp_path: Path, rules: Rules
) -> None:
    def meddle(program: Program, options: NoOptions) -> Iterator[Finding]:
        (tmp_path / "convex/b.ts").write_text("theirs;")
        yield from edit_everywhere(program, options)

    rules(toy(meddle))
    write(tmp_path, {"convex/a.ts": HEAD + "name;", "convex/b.ts": "name;"})
    outcome = check(Request((str(tmp_path),), fix="safe"))
    assert (tmp_path / "convex/a.ts").read_text() == HEAD + "name;"
    assert outcome.fixed == ()
    assert dict(outcome.unwritten) == {
        (tmp_path / "convex/a.ts").as_posix(): "it is fixed together with b.ts",
        (tmp_path / "convex/b.ts").as_posix(): "it was changed while convexlint worked",
    }


def test_unsafe_fixes_that_were_not_asked_for_are_told(tmp_path: Path, rules: Rules) -> None:
    def risky(program: Program, options: NoOptions) -> Iterator[Finding]:
        for module in program.reported:
            if b"name" in module.source:
                at = module.source.index(b"name")
                fix = Fix.unsafe(
                    "Rename it", Edit(module.path, Span(at, at + 4), "other"), because="others use it"
                )
                yield Finding(module.path, Span(at, at + 4), "has a bad name", fix=fix)

    rules(toy(risky))
    write(tmp_path, {"convex/a.ts": HEAD + "name;"})
    path = (tmp_path / "convex/a.ts").as_posix()
    (left,) = check(Request((str(tmp_path),), fix="safe")).left
    assert (left.path, left.start, left.reason, left.words) == (
        path,
        len(HEAD),
        Reason.UNSAFE,
        "others use it",
    )
    assert check(Request((str(tmp_path),), fix="unsafe")).left == ()


def test_a_fix_that_would_break_the_file_is_told_where_its_finding_stands_now(
    tmp_path: Path, rules: Rules
) -> None:
    def breaking(program: Program, options: NoOptions) -> Iterator[Finding]:
        for module in program.reported:
            for word, text in ((b"first", "much_longer"), (b"second", "((")):
                if word in module.source:
                    at = module.source.index(word)
                    span = Span(at, at + len(word))
                    fix = Fix.safe("Say it so", Edit(module.path, span, text))
                    yield Finding(module.path, span, f"{word.decode()} stands here", fix=fix)

    rules(toy(breaking))
    write(tmp_path, {"convex/a.ts": HEAD + "first; second;"})
    outcome = check(Request((str(tmp_path),), fix="safe"))
    assert (tmp_path / "convex/a.ts").read_text() == HEAD + "much_longer; second;"
    (left,) = outcome.left
    assert (left.start, left.reason) == (len(HEAD) + len("much_longer; "), Reason.REFUSED)
    assert left.words == "it would leave a syntax error"


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


GUARDED = {
    "convex/_generated/x.ts": "is generated",
    "convex/out.ts": "is excluded by the settings",
    "lib/ignored.ts": "is ignored by git",
    "../elsewhere/x.ts": "lies outside of the project",
}


@pytest.mark.parametrize("mode", ["safe", "unsafe"])
@pytest.mark.parametrize("guarded", GUARDED)
def test_generated_excluded_ignored_and_outside_files_are_never_changed(
    tmp_path: Path, rules: Rules, guarded: str, mode: str
) -> None:
    """A fix that would change one is shown as a suggestion, which says why."""
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
    outcome = check(Request((str(root),), fix=mode))
    assert (root / guarded).read_text() == "export const name = 1;"
    assert outcome.fixed == ()
    (diagnostic,) = outcome.diagnostics
    assert diagnostic.finding.fix is None
    words = f"`{guarded}` {GUARDED[guarded]}, so no fix changes it"
    assert [(s.title, s.because) for s in diagnostic.finding.suggestions] == [("Rename it", words)]
    assert [(left.reason, left.words) for left in outcome.left] == [(Reason.GUARDED, words)]


@pytest.mark.parametrize("link", ["lib", "convex/shared"])
def test_a_folder_that_is_a_link_to_elsewhere_is_never_written_through(
    tmp_path: Path, rules: Rules, link: str
) -> None:
    rules(toy(edit_everywhere))
    root = tmp_path / "project"
    write(tmp_path, {"elsewhere/x.ts": "export const name = 1;"})
    specifier = os.path.relpath(f"{link}/x", "convex")
    specifier = specifier if specifier.startswith(".") else f"./{specifier}"
    write(root, {"package.json": "{}", "convex/a.ts": HEAD + f'import "{specifier}";\nname;'})
    (root / link).symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    outcome = check(Request((str(root),), fix="unsafe"))
    assert (tmp_path / "elsewhere/x.ts").read_text() == "export const name = 1;"
    assert [left.reason for left in outcome.left] == [Reason.GUARDED]
    assert outcome.left[0].words == f"`{link}/x.ts` lies outside of the project, so no fix changes it"
    assert outcome.fixed == ()


HEADS = [
    "/* auto-generated by gen.mjs */\n",
    "// Generated by the schema tool.\n// DO NOT EDIT\n",
    "/**\n * @generated\n */\n",
    '"use node";\n// This file was generated with care: do not\n/* modify it */\n',
    "#!/usr/bin/env tsx\n\n// Automatically generated. Changes are lost.\n",
]


@pytest.mark.parametrize("head", HEADS)
def test_a_file_whose_head_says_that_it_is_generated_is_never_changed(
    tmp_path: Path, rules: Rules, head: str
) -> None:
    rules(toy(edit_everywhere))
    text = head + "export const name = 1;"
    write(tmp_path, {"package.json": "{}", "convex/a.ts": HEAD + 'import "./x";\nname;', "convex/x.ts": text})
    outcome = check(Request((str(tmp_path),), fix="unsafe"))
    assert (tmp_path / "convex/x.ts").read_text() == text
    words = "`convex/x.ts` says at its head that a generator writes it, so no fix changes it"
    assert {left.words for left in outcome.left} == {words}


@pytest.mark.parametrize(
    "head",
    [
        "// Sends what was generated.\n",
        'const text = "do not edit"; // @generated\n',
        "// What the model generated for a user.\n",
    ],
)
def test_what_only_speaks_of_generating_is_fixed(tmp_path: Path, rules: Rules, head: str) -> None:
    rules(toy(edit_everywhere))
    text = head + "export const name = 1;"
    write(tmp_path, {"package.json": "{}", "convex/a.ts": HEAD + 'import "./x";\nname;', "convex/x.ts": text})
    check(Request((str(tmp_path),), fix="unsafe"))
    assert "other" in (tmp_path / "convex/x.ts").read_text()


def test_a_dependency_is_never_changed(tmp_path: Path, rules: Rules) -> None:
    rules(toy(edit_everywhere))
    package = {
        "node_modules/dep/package.json": '{"main": "x.ts"}',
        "node_modules/dep/x.ts": "export const name = 1;",
    }
    text = HEAD + 'import "dep";\nimport "../node_modules/dep/x";\nname;'
    write(tmp_path, {"package.json": "{}", "convex/a.ts": text, **package})
    check(Request((str(tmp_path),), fix="unsafe"))
    assert (tmp_path / "node_modules/dep/x.ts").read_text() == "export const name = 1;"


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
    assert [left.reason for left in outcome.left] == [Reason.ELSEWHERE]


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
