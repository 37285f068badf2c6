"""One run: which files are looked at, where findings may stand, what goes wrong and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convexlint.config.settings import ConfigError, Overrides
from convexlint.findings import Finding, Level
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions
from convexlint.session import NoProjectError, Outcome, PathError, Request, check
from tests.session.toy import HEAD, WordOptions, blame_callers, find_words, toy, write

pytestmark = pytest.mark.usefixtures("rules")
Rules = Callable[..., None]


def places(root: Path, outcome: Outcome) -> list[tuple[str, str, int]]:
    return [
        (d.rule, Path(d.finding.path).relative_to(root).as_posix(), d.finding.span.start)
        for d in outcome.diagnostics
    ]


def names(root: Path, outcome: Outcome) -> list[str]:
    return [path for _, path, _ in places(root, outcome)]


def test_findings_stand_in_the_functions_folder_alone_and_never_in_tests_or_generated_files(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        {
            "convex/a.ts": HEAD + 'import "../lib/shared";\nbad;',
            "convex/deep/b.helpers.ts": "bad;",
            "convex/a.test.ts": "bad;",
            "convex/_generated/api.js": "bad;",
            "convex/skipped.ts": "bad;",
            "convexlint.toml": 'exclude = ["convex/skipped.ts"]',
            "lib/shared.ts": "bad;",
        },
    )
    outcome = check(Request((str(tmp_path),)))
    assert names(tmp_path, outcome) == ["convex/a.ts", "convex/deep/b.helpers.ts"]
    assert outcome.files == 2
    assert outcome.projects == 1


def test_a_module_that_is_never_pushed_and_runs_tests_is_a_test_by_whatever_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "convex/a.ts": HEAD + "bad;",
            "convex/a.realtest.ts": 'import { it } from "vitest";\nbad;',
            "convex/deep/b.e2e.ts": 'import { convexTest } from "convex-test";\nbad;',
            "convex/c.check.js": 'const test = require("node:test");\nbad;',
            "convex/d.check.ts": 'import test from "node:test";\nbad;',
            "convex/e.helpers.ts": 'import { z } from "zod";\nbad;',
        },
    )
    outcome = check(Request((str(tmp_path),)))
    assert names(tmp_path, outcome) == ["convex/a.ts", "convex/e.helpers.ts"]


def test_a_file_as_path_reports_that_file_alone(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + "bad;", "convex/b.ts": "bad;"})
    outcome = check(Request((str(tmp_path / "convex/b.ts"),)))
    assert names(tmp_path, outcome) == ["convex/b.ts"]
    assert outcome.files == 1


def test_a_path_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(PathError, match=r"gone\.ts: no such file or directory"):
        check(Request((str(tmp_path / "gone.ts"),)))


def test_a_folder_without_a_project_is_an_error_that_says_where_was_looked(tmp_path: Path) -> None:
    with pytest.raises(NoProjectError, match=str(tmp_path)):
        check(Request((str(tmp_path),)))


def test_files_that_are_not_utf_8_or_cannot_be_read_are_findings_and_the_rest_is_linted(
    tmp_path: Path,
) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + "bad;", "convex/latin.ts": b"// caf\xe9\nbad;"})
    (tmp_path / "convex/gone.ts").symlink_to(tmp_path / "nowhere.ts")
    outcome = check(Request((str(tmp_path),)))
    found = places(tmp_path, outcome)
    assert ("toy-words", "convex/a.ts", len(HEAD)) in found
    assert ("unreadable-file", "convex/latin.ts", 0) in found
    assert {d.level for d in outcome.diagnostics if d.rule == "unreadable-file"} == {Level.ERROR}


def test_a_broken_convex_json_is_a_finding_and_the_default_folder_is_linted(tmp_path: Path) -> None:
    write(tmp_path, {"convex.json": '{"functions": ', "convex/a.ts": HEAD + "bad;"})
    assert [(rule, path) for rule, path, _ in places(tmp_path, check(Request((str(tmp_path),))))] == [
        ("invalid-project-config", "convex.json"),
        ("toy-words", "convex/a.ts"),
    ]


def test_stdin_stands_in_for_the_file(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + "bad;", "convex/b.ts": "bad;"})
    path = str(tmp_path / "convex/b.ts")
    assert check(Request((), stdin=(path, b"fine;"))).diagnostics == ()
    assert places(tmp_path, check(Request((), stdin=(path, b"fine; bad;")))) == [
        ("toy-words", "convex/b.ts", 6)
    ]


def test_stdin_may_be_a_file_that_is_not_on_disk_yet(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD})
    outcome = check(Request((), stdin=(str(tmp_path / "convex/new.ts"), b"bad;")))
    assert names(tmp_path, outcome) == ["convex/new.ts"]


def test_levels_and_options_differ_by_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "convex/a.ts": HEAD + "bad; awful;",
            "convex/b.ts": "bad; awful;",
            "convex/c.ts": "bad; awful;",
            "convexlint.toml": (
                '[per-file]\n"convex/b.ts" = { toy-words = "off" }\n'
                '"convex/c.ts" = { toy-words = { level = "error", word = "awful" } }\n'
            ),
        },
    )
    outcome = check(Request((str(tmp_path),)))
    assert [(Path(d.finding.path).name, d.finding.message, d.level) for d in outcome.diagnostics] == [
        ("a.ts", "`bad` stands here", Level.WARNING),
        ("c.ts", "`awful` stands here", Level.ERROR),
    ]


def test_a_level_that_the_user_configures_replaces_the_variants_of_a_rule(
    tmp_path: Path, rules: Rules
) -> None:
    def variant(program: Program, options: NoOptions) -> Iterator[Finding]:
        for finding in find_words(program, WordOptions()):
            yield Finding(finding.path, finding.span, finding.message, level=Level.ERROR)

    rules(toy(variant))
    write(tmp_path, {"convex/a.ts": HEAD + "bad;"})
    request = Request((str(tmp_path),))
    assert [d.level for d in check(request).diagnostics] == [Level.ERROR]
    write(tmp_path, {"convexlint.toml": '[rules]\ntoy-words = "info"\n'})
    assert [d.level for d in check(request).diagnostics] == [Level.INFO]


def test_comments_silence_and_are_counted(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "convex/a.ts": (
                HEAD + "bad; // convexlint-disable-line toy-words -- it is fine\n"
                "// convexlint-disable-next-line toy-words\ngood;\nbad;\n"
            )
        },
    )
    outcome = check(Request((str(tmp_path),)))
    assert [rule for rule, _, _ in places(tmp_path, outcome)] == ["unused-suppression", "toy-words"]
    assert outcome.suppressed == 1


def test_a_comment_is_not_called_unused_when_its_rule_did_not_run(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + "// convexlint-disable-next-line toy-words\ngood;\n"})
    request = Request((str(tmp_path),), Overrides(ignore=("toy-words",)))
    assert check(request).diagnostics == ()


def test_a_file_that_was_not_read_whole_has_its_comments_left_alone(tmp_path: Path) -> None:
    source = HEAD + '// convexlint-disable-next-line toy-words\nread(query("tasks".take(10);\n'
    write(tmp_path, {"convex/a.ts": source})
    assert [rule for rule, _, _ in places(tmp_path, check(Request((str(tmp_path),))))] == ["syntax-error"]


def test_a_comment_at_the_deed_silences_its_callers_and_is_in_use_though_they_are_not_asked_for(
    tmp_path: Path, rules: Rules
) -> None:
    rules(toy(blame_callers))
    write(
        tmp_path,
        {
            "convex/a.ts": HEAD + 'import "../lib/shared";\nimport "./helpers";\ncall;\n',
            "convex/helpers.ts": HEAD + "// convexlint-disable-next-line toy-words -- meant\ndeed;\n",
        },
    )
    assert check(Request((str(tmp_path),))).diagnostics == ()
    assert check(Request((str(tmp_path / "convex/helpers.ts"),))).diagnostics == ()


def test_fail_on_is_judged_project_by_project(tmp_path: Path) -> None:
    write(tmp_path / "one", {"convex/a.ts": HEAD + "bad;", "convexlint.toml": 'fail-on = "error"'})
    write(tmp_path / "two", {"convex/a.ts": HEAD, "convexlint.toml": 'fail-on = "warning"'})
    outcome = check(Request((str(tmp_path),)))
    assert outcome.projects == 2
    assert len(outcome.diagnostics) == 1
    assert not outcome.failed
    assert check(Request((str(tmp_path),), Overrides(fail_on="warning"))).failed
    assert not check(Request((str(tmp_path),), Overrides(fail_on="never"))).failed


def test_an_unknown_rule_in_the_config_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD, "convexlint.toml": '[rules]\nno-such-rule = "off"\n'})
    with pytest.raises(ConfigError, match=r"no-such-rule"):
        check(Request((str(tmp_path),)))


def test_an_empty_project_is_no_error(tmp_path: Path) -> None:
    write(tmp_path, {})
    outcome = check(Request((str(tmp_path),)))
    assert (outcome.diagnostics, outcome.files, outcome.projects) == ((), 0, 1)


def test_progress_is_told_every_stage(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD})
    told: list[str] = []
    outcome = check(Request((str(tmp_path),)), lambda stage, done, total: told.append(stage))
    assert list(dict.fromkeys(told)) == list(outcome.timings)
    assert {"discover", "read", "parse and facts", "program", "rules"} <= set(told)


def test_imports_are_followed_out_of_the_functions_folder_but_never_into_packages(
    tmp_path: Path, rules: Rules
) -> None:
    seen: list[str] = []

    def look(program: Program, options: NoOptions) -> Iterator[Finding]:
        seen.extend(Path(m.path).relative_to(tmp_path).as_posix() for m in program.modules)
        return iter(())

    rules(toy(look))
    write(
        tmp_path,
        {
            "package.json": '{"dependencies": {"pkg": "1.0.0"}}',
            "convex/a.ts": HEAD + 'import { one } from "../lib/one";\nimport { p } from "pkg";\n',
            "lib/one.ts": 'import { two } from "./two";\nexport const one = two;\n',
            "lib/two.ts": 'import { one } from "./one";\nexport const two = 2;\n',
            "lib/alone.ts": "export const alone = 1;\n",
            "node_modules/pkg/package.json": '{"name": "pkg", "main": "index.js"}',
            "node_modules/pkg/index.js": "export const p = 1;\n",
        },
    )
    check(Request((str(tmp_path),)))
    assert [path for path in seen if "_generated" not in path] == ["convex/a.ts", "lib/one.ts", "lib/two.ts"]
