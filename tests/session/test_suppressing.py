"""--add-suppressions: afterwards nothing is reported that a comment can silence, and a second run changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from convexlint.findings import Deed, Finding, Span
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions
from convexlint.session import Outcome, Request, check
from tests.repositories import repository
from tests.session.toy import HEAD, toy, write

pytestmark = pytest.mark.usefixtures("rules")
COMMENT = "// convexlint-disable-next-line toy-words -- TODO: reason\n"


def run(root: Path, *paths: str, **wanted: Any) -> Outcome:
    given = tuple(str(root / path) for path in paths) or (str(root),)
    return check(Request(given, add_suppressions=True, **wanted))


def test_each_line_gets_a_comment_once(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + "bad(bad);\n  bad;\n", "convex/b.ts": HEAD + "good;\n"})
    outcome = run(tmp_path)
    text = HEAD + COMMENT + "bad(bad);\n  " + COMMENT + "  bad;\n"
    assert (tmp_path / "convex/a.ts").read_text() == text
    assert (outcome.diagnostics, outcome.suppressed, outcome.failed) == ((), 3, False)
    assert outcome.suppressing is not None
    done = outcome.suppressing
    assert (done.findings, done.comments, done.files, done.left) == (2, 2, 1, ())
    again = run(tmp_path)
    assert (tmp_path / "convex/a.ts").read_text() == text
    assert again.suppressing is not None and again.suppressing.comments == 0
    assert check(Request((str(tmp_path),))).diagnostics == ()


def test_what_no_comment_silences_is_told(tmp_path: Path, rules: Callable[..., None]) -> None:
    def whole(program: Program, options: NoOptions) -> Iterator[Finding]:
        for module in program.modules:
            yield Finding(module.path, Span(0, 0), "all of it")

    rules(toy(whole, NoOptions))
    write(
        tmp_path,
        {
            "convex/a.ts": HEAD,
            "convex/b.ts": "a b c(;",
            "convex/c.ts": "// convexlint-disable-next-line toy-words\n",
        },
    )
    outcome = run(tmp_path)
    assert outcome.suppressing is not None
    assert {(Path(one.path).name, one.rule, one.why) for one in outcome.suppressing.left} == {
        ("a.ts", "toy-words", "it is about the whole file"),
        ("b.ts", "syntax-error", "it is always reported"),
        ("b.ts", "toy-words", "it is about the whole file"),
        ("c.ts", "toy-words", "it is about the whole file"),
        ("c.ts", "unused-suppression", "it is about such a comment itself"),
    }
    assert len(outcome.diagnostics) == 5
    assert (tmp_path / "convex/a.ts").read_text() == HEAD


def test_every_caller_of_a_deed_gets_one(tmp_path: Path, rules: Callable[..., None]) -> None:
    def blame(program: Program, options: NoOptions) -> Iterator[Finding]:
        for module in program.modules:
            at = module.source.find(b"call")
            if at >= 0:
                deed = Deed((tmp_path / "convex/c.ts").as_posix(), Span(0, 4), None)
                yield Finding(module.path, Span(at, at + 4), "calls it", deed=deed)

    rules(toy(blame, NoOptions))
    write(tmp_path, {"convex/a.ts": HEAD + "call;", "convex/b.ts": "call;", "convex/c.ts": "deed;"})
    assert run(tmp_path).diagnostics == ()
    assert (tmp_path / "convex/b.ts").read_text() == COMMENT + "call;"
    assert (tmp_path / "convex/c.ts").read_text() == "deed;"


def test_only_what_is_asked_for(tmp_path: Path) -> None:
    root = repository(write(tmp_path / "app", {"convex/a.ts": HEAD + "bad;\n", "convex/b.ts": "bad;\n"}))
    write(root, {"convex/a.ts": HEAD + "bad;\nnew(bad);\n"})
    run(root, since="HEAD", since_lines=True)
    assert (root / "convex/a.ts").read_text() == HEAD + "bad;\n" + COMMENT + "new(bad);\n"
    run(root, "convex/a.ts")
    assert (root / "convex/a.ts").read_text() == HEAD + COMMENT + "bad;\n" + COMMENT + "new(bad);\n"
    assert (root / "convex/b.ts").read_text() == "bad;\n"


def test_what_the_baseline_knows_needs_no_comment(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + "bad;\n"})
    for path, content in check(Request((str(tmp_path),), write_baseline="")).baseline.new_contents:
        Path(path).write_bytes(content)
    write(tmp_path, {"convex/a.ts": HEAD + "bad;\nnew(bad);\n"})
    run(tmp_path, baseline="")
    assert (tmp_path / "convex/a.ts").read_text() == HEAD + "bad;\n" + COMMENT + "new(bad);\n"


def test_a_file_that_cannot_be_written_keeps_its_findings(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + "bad;\n"})
    (tmp_path / "convex/a.ts").chmod(0o444)
    outcome = run(tmp_path)
    assert [path.rpartition("/")[2] for path, _ in outcome.unwritten] == ["a.ts"]
    assert len(outcome.diagnostics) == 1
    assert outcome.suppressing is not None and outcome.suppressing.comments == 0
