"""Where reports go, and from where their paths begin."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest

from convexlint.cli.app import run
from convexlint.cli.formats import Target, targets
from convexlint.cli.repository import root_finder
from tests.cli.conftest import Runner
from tests.reports.outcomes import FILTER, outcome


def test_without_files_the_report_goes_to_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert targets(None, ()) == (Target("text", None),)
    assert targets("json", ()) == (Target("json", None),)


def test_a_plain_file_takes_the_format_and_others_come_besides() -> None:
    assert targets("concise", ("a.txt",)) == (Target("concise", "a.txt"),)
    assert targets("json", ("sarif=b", "junit=c")) == (
        Target("json", None),
        Target("sarif", "b"),
        Target("junit", "c"),
    )
    assert targets("json", ("a", "text=b")) == (Target("json", "a"), Target("text", "b"))
    assert targets("json", ("./json=b", "other=c")) == (Target("json", "./json=b"), Target("json", "other=c"))


@pytest.mark.parametrize("files", [("a", "sarif=a"), ("sarif=x/../a", "json=a"), ("a", "a"), ("sarif=", "a")])
def test_two_reports_in_one_file_are_refused(files: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError):
        targets("text", files)


def test_github_is_chosen_in_actions_where_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert targets(None, ()) == (Target("github", None),)
    assert targets(None, ("sarif=a",)) == (Target("github", None), Target("sarif", "a"))
    assert targets(None, ("a",)) == (Target("text", "a"),)
    assert targets("text", ()) == (Target("text", None),)
    monkeypatch.setenv("GITHUB_ACTIONS", "false")
    assert targets(None, ()) == (Target("text", None),)


def test_one_run_writes_several_reports(cli: Runner, tmp_path: Path) -> None:
    sarif, plain = tmp_path / "a.sarif", tmp_path / "b.txt"
    ran = cli(
        "check", "--output-format", "concise", "--output-file", f"sarif={sarif}", "--output-file",
        f"text={plain}", answer=outcome(FILTER),
    )  # fmt: skip
    assert ran.out.endswith("throws most of them away\n") and ran.status == 1
    assert json.loads(sarif.read_text("utf-8"))["version"] == "2.1.0"
    assert "   = fix: use the index" in plain.read_text("utf-8")
    ran = cli("check", "--output-file", str(plain), answer=outcome(FILTER))
    assert ran.out == "" and "Found 1 warning" in plain.read_text("utf-8")


def test_two_reports_in_one_file_are_a_usage_error_before_anything_runs(cli: Runner, tmp_path: Path) -> None:
    ran = cli("check", "--output-file", f"json={tmp_path}/a", "--output-file", f"{tmp_path}/a")
    assert (ran.status, ran.request) == (2, None) and "one file for two reports" in ran.err


def test_a_report_that_cannot_be_written_is_named(cli: Runner, tmp_path: Path) -> None:
    ran = cli("check", "--output-file", f"json={tmp_path}/none/a.json", answer=outcome(FILTER))
    assert ran.status == 2 and f"cannot write {tmp_path}/none/a.json: No such file" in ran.err


# ------------------------------------------------------------------------------------------- repositories


def test_paths_begin_at_the_checkout_then_at_git_then_at_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "repo" / "app" / "convex" / "a.ts"
    file.parent.mkdir(parents=True)
    cwd = (tmp_path / "repo" / "app").as_posix()
    assert root_finder(cwd)(file.as_posix()) == cwd
    (tmp_path / "repo" / ".git").write_text("gitdir: elsewhere\n")
    assert root_finder(cwd)(file.as_posix()) == (tmp_path / "repo").as_posix()
    monkeypatch.setenv("CI_PROJECT_DIR", tmp_path.as_posix())
    assert root_finder(cwd)(file.as_posix()) == tmp_path.as_posix()
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "repo" / "app"))
    assert root_finder(cwd)(file.as_posix()) == cwd
    monkeypatch.setenv("GITHUB_WORKSPACE", "/somewhere/else")
    assert root_finder(cwd)(file.as_posix()) == tmp_path.as_posix()


QUERY = """import { query } from "./_generated/server";
export const list = query({ args: {}, handler: async (ctx) => (await ctx.db.query("a").collect()).length });
"""


@pytest.fixture
def monorepo(tmp_path: Path) -> Path:
    """Three projects in one repository."""
    for name in ("apps/one", "apps/two", "packages/three"):
        folder = tmp_path / name / "convex"
        (folder / "_generated").mkdir(parents=True)
        (folder / "a.ts").write_text(QUERY)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


@pytest.mark.parametrize("cwd", [".", "apps", "apps/one/convex", "/"])
def test_a_monorepo_is_one_run_with_the_same_paths_from_any_folder(
    monorepo: Path, cwd: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(monorepo / cwd)
    run(["check", "--no-cache", "--isolated", "--output-format", "sarif", str(monorepo)])
    log: Any = json.loads(capfd.readouterr().out)
    (only,) = log["runs"]
    found = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in only["results"]
    }
    assert found == {"apps/one/convex/a.ts", "apps/two/convex/a.ts", "packages/three/convex/a.ts"}


def test_the_github_format_adds_to_the_job_summary(
    cli: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "summary.md"
    page.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    cli("check", "--output-format", "text", answer=outcome(FILTER))
    assert page.read_text("utf-8") == "before\n"
    ran = cli("check", "--output-format", "github", answer=outcome(FILTER))
    assert page.read_text("utf-8").startswith("before\n### convexlint: 1 warning in 1 file\n")
    assert ran.out.startswith("::warning ")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "none" / "summary.md"))
    ran = cli("check", "--output-format", "github", answer=outcome(FILTER))
    assert ran.status == 1 and "the job summary cannot be written" in ran.err
