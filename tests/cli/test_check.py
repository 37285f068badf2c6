"""`convexlint check`: options, exit statuses, and where each report goes."""

from __future__ import annotations

import io
import json
import os
import shlex
import stat
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

import convexlint.cli.check as check_command
from convexlint.config.settings import ConfigError
from convexlint.defects import Defect
from convexlint.findings import Edit, Finding, Fix, Level, Span
from convexlint.session import (
    Baselined,
    Fixed,
    GitError,
    InternalError,
    NoProjectError,
    Outcome,
    Overrides,
    PathError,
    Suppressing,
    Unsuppressed,
)
from tests.cli.conftest import Runner
from tests.reports.outcomes import FILTER, IDS, MESSAGES, RETURNS, diagnostic, outcome

CLEAN = outcome()
DONE = Fixed("r", MESSAGES, Fix.safe("t", Edit(MESSAGES, Span(0, 0), "x")))


def test_without_options_the_working_folder_is_linted_with_a_cache(cli: Runner) -> None:
    request = cli("check", answer=CLEAN).request
    assert request is not None
    assert request.paths == (".",)
    assert request.overrides == Overrides()
    assert (request.config, request.isolated, request.stdin, request.jobs) == (None, False, None, None)
    assert (request.fix, request.write) == ("none", True)
    assert request.cache_dir == os.environ["CONVEXLINT_CACHE_DIR"]


def test_options_reach_the_session(cli: Runner, tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.touch()
    request = cli(
        "check", "a", "b", "--select", "queries, all", "--select", "index-naming", "--extend-select", "x",
        "--ignore", "y,z", "--level", "r=off", "--level", "s=error", "--fail-on", "never",
        "--config", str(config), "--cache-dir", "c", "--jobs", "2",
        answer=CLEAN,
    ).request  # fmt: skip
    assert request is not None
    assert request.paths == ("a", "b")
    assert request.overrides == Overrides(
        select=("queries", "all", "index-naming"),
        extend_select=("x",),
        ignore=("y", "z"),
        levels={"r": None, "s": Level.ERROR},
        fail_on="never",
    )
    assert (request.config, request.cache_dir, request.jobs) == (str(config), "c", 2)


@pytest.mark.parametrize(
    ("options", "fix", "write"),
    [
        ((), "none", True),
        (("--fix",), "safe", True),
        (("--fix", "--unsafe-fixes"), "unsafe", True),
        (("--unsafe-fixes",), "none", True),
        (("--diff",), "safe", False),
        (("--diff", "--fix"), "safe", False),
        (("--diff", "--unsafe-fixes"), "unsafe", False),
    ],
)
def test_which_fixes_are_applied_and_whether_they_are_written(
    cli: Runner, options: tuple[str, ...], fix: str, write: bool
) -> None:
    request = cli("check", *options, answer=CLEAN).request
    assert request is not None and (request.fix, request.write) == (fix, write)


def test_no_cache_and_isolated(cli: Runner) -> None:
    request = cli("check", "--no-cache", "--isolated", answer=CLEAN).request
    assert request is not None and request.cache_dir is None and request.isolated


@pytest.mark.parametrize(
    ("fail_on", "status"), [(Level.ERROR, 0), (Level.WARNING, 1), (Level.INFO, 1), (None, 0)]
)
def test_a_warning_fails_the_run_from_its_level_on(cli: Runner, fail_on: Level | None, status: int) -> None:
    assert cli("check", answer=outcome(FILTER, fail_on=fail_on)).status == status


def test_an_info_does_not_fail_the_default_run(cli: Runner) -> None:
    assert cli("check", answer=outcome(IDS)).status == 0


def test_a_clean_run_says_so_and_succeeds(cli: Runner) -> None:
    ran = cli("check", answer=CLEAN)
    assert (ran.status, ran.out, ran.err) == (0, "No problems found in 2 files.\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--no-such-option"),
        ("check", "--output-format", "yaml"),
        ("check", "--level", "rule"),
        ("check", "--level", "rule=loud"),
        ("check", "--fail-on", "off"),
        ("check", "--jobs", "0"),
        ("check", "--config", "missing.toml"),
        ("check", "--isolated", "--config", __file__),
        ("no-such-command",),
        ("--no-such-option",),
    ],
)
def test_bad_usage_exits_with_2_and_says_how_to_go_on(cli: Runner, arguments: tuple[str, ...]) -> None:
    ran = cli(*arguments, answer=CLEAN)
    assert (ran.status, ran.out, ran.request) == (2, "", None)
    error, help_ = ran.err.splitlines()
    assert error.startswith("error: ") and help_.startswith("help: ")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (PathError("x does not exist"), "error: x does not exist\n"),
        (NoProjectError("no Convex project\nlooked in x"), "error: no Convex project\n  looked in x\n"),
        (
            ConfigError("convexlint.toml:3: rules.no-fliter: unknown rule; did you mean no-filter?"),
            "error: convexlint.toml:3: rules.no-fliter: unknown rule\nhelp: did you mean no-filter?\n",
        ),
    ],
)
def test_a_run_that_cannot_be_made_exits_with_2(cli: Runner, error: Exception, text: str) -> None:
    ran = cli("check", answer=error)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == text


def test_an_internal_error_names_the_stage_and_keeps_the_traceback_for_verbose(cli: Runner) -> None:
    ran = cli("check", answer=ZeroDivisionError("division by zero"))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: internal error in stage 'parse': ZeroDivisionError: division by zero\n")
    assert "report it" in ran.err and "Traceback" not in ran.err
    assert "Traceback" in cli("check", "--verbose", answer=ZeroDivisionError()).err


def test_a_defect_of_a_rule_is_told_in_its_own_words(cli: Runner) -> None:
    ran = cli("check", answer=InternalError("rule index-naming failed on convex/a.ts"))
    assert ran.status == 2
    assert ran.err.startswith(
        "error: internal error in stage 'parse': rule index-naming failed on convex/a.ts\n"
    )


def test_a_fix_that_cannot_be_written_fails_the_run_and_the_rest_is_reported(cli: Runner) -> None:
    ran = cli("check", "--fix", answer=outcome(RETURNS, unwritten=(("/x/a.ts", "Permission denied"),)))
    assert ran.status == 2
    assert ran.err.startswith("error: /x/a.ts: the fix cannot be written: Permission denied\n")
    assert "require-returns-validator" in ran.out


def test_ctrl_c_exits_with_130_and_no_words(cli: Runner) -> None:
    ran = cli("check", answer=KeyboardInterrupt())
    assert (ran.status, ran.out, ran.err.strip()) == (130, "", "")


def test_json_goes_to_stdout_and_what_was_skipped_to_stderr(cli: Runner) -> None:
    ran = cli(
        "check", "--output-format", "json", answer=outcome(RETURNS, skipped=(("/x/a.test.ts", "a test"),))
    )
    assert json.loads(ran.out)["summary"]["errors"] == 1
    assert ran.err == "note: /x/a.test.ts: skipped: a test\n"


def test_quiet_has_findings_and_nothing_else(cli: Runner) -> None:
    ran = cli("check", "--quiet", answer=outcome(IDS, skipped=(("/x", "a test"),)))
    assert ran.err == "" and "Found" not in ran.out and "no-collect-in-query" in ran.out


def test_verbose_has_timings_on_stderr(cli: Runner) -> None:
    ran = cli("check", "--verbose", answer=outcome(timings={"parse": 0.5}))
    assert "parse" in ran.err and "500.0 ms" in ran.err
    assert ran.out == "No problems found in 2 files.\n"


@pytest.mark.parametrize("form", ["text", "concise"])
def test_statistics_are_printed_beside_the_findings(cli: Runner, form: str) -> None:
    ran = cli("check", "--output-format", form, "--statistics", answer=outcome(FILTER, functions=10))
    lines = ran.out.splitlines()
    assert "convex/messages.ts:9:8" in lines[0]
    at = lines.index("1  warning  no-filter-in-query  1 with --unsafe-fixes")
    assert lines[at - 1 : at + 2] == ["", lines[at], "Score: 99 of 100"]


def test_quiet_statistics_have_rules_and_no_score(cli: Runner) -> None:
    ran = cli("check", "--quiet", "--statistics", answer=outcome(FILTER, functions=10))
    assert ran.out.splitlines()[-1] == "1  warning  no-filter-in-query  1 with --unsafe-fixes"


@pytest.mark.parametrize(
    ("variables", "option", "coloured"),
    [
        ({"FORCE_COLOR": "1"}, "auto", True),
        ({"CLICOLOR_FORCE": "1"}, "auto", True),
        ({"FORCE_COLOR": "0"}, "auto", False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", False),
        ({"FORCE_COLOR": "1"}, "never", False),
        ({"NO_COLOR": "1"}, "always", True),
        ({}, "auto", False),
    ],
)
def test_colour_in_a_pipe_is_for_whoever_forces_it(
    cli: Runner, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], option: str, coloured: bool
) -> None:
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in cli("check", "--color", option, answer=outcome(FILTER)).out) is coloured


def test_after_fixes_errors_and_fresh_findings_are_printed_unless_all_are_wanted(cli: Runner) -> None:
    left = outcome(FILTER, RETURNS, IDS)
    left = replace(left, fresh=frozenset({2}))
    out = cli("check", "--fix", answer=left).out
    assert "no-collect-in-query" in out and "require-returns-validator" in out
    assert "no-filter-in-query" not in out
    assert "Found 1 error, 1 warning, 1 info" in out
    assert "Not printed again: 1 finding that is not an error (--full prints all)." in out
    full = cli("check", "--fix", "--full", answer=left).out
    assert "no-filter-in-query" in full and "Not printed again" not in full


def many(count: int = 60) -> Outcome:
    """More findings than a terminal gets in full."""
    source = b"".join(b"line %d\n" % number for number in range(count))
    start = [source.index(b"line %d\n" % number) for number in range(count)]
    found = [
        diagnostic(Finding(MESSAGES, Span(at, at + 4), f"wrong in line {number}"), rule=f"rule-{number % 9}")
        for number, at in enumerate(start)
    ]
    return outcome(*found, sources={MESSAGES: source})


def test_all_that_is_said_to_start_with_can_be_typed(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    out = cli("check", "--color", "never", "a b", answer=many()).out.partition("Start here\n")[2]
    typed = [shlex.split(line.split("   ")[0]) for line in out.partition("\n\n")[0].splitlines()]
    assert typed[0][:3] == ["convexlint", "check", "a b"]
    known = {option for param in check_command.command.params for option in param.opts}
    for words in typed:
        assert words[:2] in (["convexlint", "check"], ["convexlint", "init"])
        assert {word for word in words if word.startswith("--")} <= known


def test_a_terminal_gets_an_overview_of_many_findings(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    plain = ("check", "--color", "never")
    out = cli(*plain, answer=many()).out
    assert "wrong in line" not in out and "Start here" in out
    assert "convexlint check --select rule-0" in out and "convexlint init" in out
    assert "convexlint init" not in cli(*plain, answer=replace(many(), configured=True)).out
    assert "Start here" not in cli(*plain, "--quiet", answer=many()).out
    for more in (["--full"], ["--select", "rule-1"], ["--output-file", "/dev/null"]):
        assert "Start here" not in cli(*plain, *more, answer=many()).out
    assert "wrong in line 59" in cli(*plain, "--full", answer=many()).out
    assert "Start here" in cli(*plain, "--select", "queries", answer=many()).out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    assert "wrong in line 59" in cli(*plain, answer=many()).out


def test_colour_is_for_terminals_unless_asked_for(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in cli("check", answer=outcome(FILTER)).out
    assert "\x1b[" in cli("check", "--color", "always", answer=outcome(FILTER)).out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "\x1b[" in cli("check", answer=outcome(FILTER)).out
    assert "\x1b" not in cli("check", "--color", "never", answer=outcome(FILTER)).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in cli("check", answer=outcome(FILTER)).out


def test_a_terminal_is_told_the_time(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "s)." in cli("check", "--color", "never", answer=CLEAN).out


def test_output_file_is_written_whole_and_stdout_stays_empty(cli: Runner, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    target.chmod(0o640)
    ran = cli("check", "--output-format", "json", "--output-file", str(target), answer=outcome(RETURNS))
    assert (ran.status, ran.out) == (1, "")
    assert json.loads(target.read_text())["summary"]["errors"] == 1
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_output_file_that_is_a_device_is_written_and_not_replaced(cli: Runner) -> None:
    assert cli("check", "--output-file", os.devnull, answer=CLEAN).status == 0
    assert not stat.S_ISREG(Path(os.devnull).stat().st_mode)


def test_output_file_that_cannot_be_written_fails_the_run(cli: Runner, tmp_path: Path) -> None:
    ran = cli("check", "--output-file", str(tmp_path / "no" / "x"), answer=CLEAN)
    assert ran.status == 2 and ran.err.startswith("error: cannot write ")


def test_diff_is_alone_on_stdout(cli: Runner) -> None:
    path = f"{Path.cwd().as_posix()}/convex/a.ts"
    of = outcome(RETURNS, sources={path: b"new\n"}, before={path: b"old\n"}, fixed=(DONE,))
    ran = cli("check", "--diff", answer=of)
    assert ran.out == "--- a/convex/a.ts\n+++ b/convex/a.ts\n@@ -1 +1 @@\n-old\n+new\n"
    assert ran.err == "note: would fix 1 finding in 1 file\n"
    assert ran.status == 1


def test_fixed_findings_are_in_json_under_fix(cli: Runner) -> None:
    ran = cli("check", "--fix", "--output-format", "json", answer=outcome(fixed=(DONE,)))
    assert json.loads(ran.out)["fixed"][0]["title"] == "t"


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_stdin_is_linted_as_the_file_it_is_named(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"caf\xe9")
    ran = cli("check", "--stdin-filename", "convex/a.ts", answer=outcome(RETURNS))
    assert ran.request is not None
    assert (ran.request.stdin, ran.request.paths) == (("convex/a.ts", b"caf\xe9"), ())
    assert "require-returns-validator" in ran.out


def test_paths_beside_stdin_are_said_to_be_ignored(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"")
    ran = cli("check", "-", "other.ts", "--stdin-filename", "convex/a.ts", answer=CLEAN)
    assert ran.request is not None and ran.request.paths == ()
    assert ran.err == "note: other.ts is not linted: the module comes from stdin\n"


def test_fixed_stdin_is_on_stdout_and_findings_on_stderr(
    cli: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, b"old")
    path = f"{Path.cwd().as_posix()}/convex/a.ts"
    left = diagnostic(Finding(path, Span(0, 3), "still wrong"))
    of = outcome(left, sources={path: b"new\r\n"}, before={path: b"old"}, fixed=(DONE,))
    ran = cli("check", "--fix", "--stdin-filename", "convex/a.ts", answer=of)
    assert (ran.status, ran.out) == (1, "new\r\n")
    assert "still wrong" in ran.err


def test_stdin_that_nothing_changes_comes_back_as_it_was(
    cli: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, b"as it was")
    ran = cli("check", "--fix", "--stdin-filename", "convex/a.ts", answer=CLEAN)
    assert ran.out == "as it was"
    assert ran.err == "No problems found in 2 files.\n"


def test_what_changed_reaches_the_session(cli: Runner) -> None:
    request = cli("check", "--since", "merge-base:main", "--since-lines", answer=CLEAN).request
    assert request is not None
    assert (request.since, request.since_lines, request.staged) == ("merge-base:main", True, False)
    request = cli("check", "--staged", answer=CLEAN).request
    assert request is not None and request.staged


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--since", "a", "--staged"), "--since and --staged exclude each other"),
        (("--staged", "--fix"), "--staged and --fix exclude each other: fixes are written to files"),
        (("--staged", "--diff"), "exclude each other"),
        (("--since", "a", "--stdin-filename", "x"), "exclude each other"),
        (("--since-lines",), "--since-lines needs --since or --staged"),
    ],
)
def test_options_about_changes_that_cannot_stand_together(
    cli: Runner, options: tuple[str, ...], words: str
) -> None:
    ran = cli("check", *options, answer=CLEAN)
    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err


def test_git_s_trouble_is_told(cli: Runner) -> None:
    ran = cli("check", "--since", "a", answer=GitError("git knows no revision 'a'"))
    assert (ran.status, ran.err) == (2, "error: git knows no revision 'a'\n")


def test_nothing_changed_is_said_and_no_failure(cli: Runner) -> None:
    ran = cli("check", "--since", "main", answer=outcome(files=0))
    assert (ran.status, ran.err) == (0, "note: no file of a Convex project changed since main\n")


@pytest.mark.parametrize(
    ("words", "baseline", "write", "paths"),
    [
        (("--baseline",), "", None, (".",)),
        (("--baseline", "known.json"), "known.json", None, (".",)),
        (("--baseline=known.json", "convex"), "known.json", None, ("convex",)),
        (("--write-baseline", "convex"), None, "", ("convex",)),
        (("--write-baseline", "convex", "more"), None, "", ("convex", "more")),
        (("--baseline", "convex/a.ts"), "", None, ("convex/a.ts",)),
        (("more", "--write-baseline"), None, "", ("more",)),
    ],
)
def test_the_file_of_a_baseline_may_be_left_out(
    cli: Runner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    baseline: str | None,
    write: str | None,
    paths: tuple[str, ...],
) -> None:
    (tmp_path / "convex").mkdir()
    (tmp_path / "more").mkdir()
    monkeypatch.chdir(tmp_path)
    request = cli("check", *words, answer=CLEAN).request
    assert request is not None
    assert (request.baseline, request.write_baseline, request.paths) == (baseline, write, paths)


def test_a_baseline_is_written_and_ends_well(cli: Runner, tmp_path: Path) -> None:
    place = tmp_path / "known.json"
    known = Baselined(known=3, gone=1, added=2, new_contents=((str(place), b"{}\n"),))
    ran = cli("check", "--write-baseline", answer=replace(CLEAN, baseline=known, failed=False))
    assert ran.status == 0
    assert place.read_bytes() == b"{}\n"
    assert "3 findings, 2 of them new; 1 forgotten" in ran.err
    assert 'baseline = "known.json"' in ran.err
    configured = replace(known, configured=(str(place),))
    ran = cli("check", "--write-baseline", "-q", answer=replace(CLEAN, baseline=configured))
    assert "convexlint.toml" not in ran.err


def test_a_baseline_is_not_written_when_the_run_was_not_whole(cli: Runner, tmp_path: Path) -> None:
    place = tmp_path / "known.json"
    known = Baselined(new_contents=((str(place), b"{}\n"),))
    defect = Defect("/p", "rules", None, None, "broken")
    ran = cli("check", "--write-baseline", answer=replace(CLEAN, baseline=known, defects=(defect,)))
    assert ran.status == 2
    assert not place.exists()


def test_a_shallow_clone_is_told_of_when_names_matter(cli: Runner) -> None:
    ran = cli("check", answer=replace(CLEAN, baseline=Baselined(blind=True)))
    assert "git fetch --unshallow" in ran.err


@pytest.mark.parametrize("other", ["--baseline", "--staged", "--since-lines", "--diff", "--stdin-filename=x"])
def test_writing_a_baseline_goes_with_whole_runs_alone(cli: Runner, other: str) -> None:
    ran = cli("check", "--write-baseline", "--since", "a", other, answer=CLEAN)
    assert ran.status == 2 and "exclude each other" in ran.err


def test_what_suppressing_did_is_told(cli: Runner) -> None:
    left = (Unsuppressed("a", MESSAGES, 0, "why"), Unsuppressed("a", MESSAGES, 1, "why"))
    done = replace(CLEAN, suppressing=Suppressing(3, 2, 1, left))
    ran = cli("check", "--add-suppressions", answer=done)
    assert ran.request is not None and ran.request.add_suppressions
    assert "wrote 2 comments in 1 file for 3 findings" in ran.err
    assert "left 2 findings (a): why" in ran.err
    for other in ("--fix", "--diff", "--staged", "--write-baseline", "--stdin-filename=x"):
        assert cli("check", "--add-suppressions", other, answer=done).status == 2
