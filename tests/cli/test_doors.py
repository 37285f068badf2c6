"""What people type who come from other tools, and what they are told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tools.linter import convexlint

NOTES = ROOT / "fixtures" / "notes" / "broken"
SHOP = ROOT / "fixtures" / "notes" / "clean"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(NOTES, tmp_path / "app")
    (tmp_path / "app" / "convex.json").unlink()
    (tmp_path / "app" / "web").mkdir()
    monkeypatch.chdir(tmp_path / "app")
    return tmp_path / "app"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("."), "convexlint check ."),
        (("convex/"), "convexlint check convex/"),
        (("convex/my file.ts"), "convexlint check 'convex/my file.ts'"),
        (("explain", "no-filter-in-query"), "convexlint rule no-filter-in-query"),
        (("no-filter-in-query",), "convexlint rule no-filter-in-query"),
        (("@convex-dev/no-filter-in-query",), "convexlint check @convex-dev/no-filter-in-query"),
        (("help",), "convexlint --help"),
        (("help", "check"), "convexlint check --help"),
        (("lint", "convex"), "convexlint check convex"),
        (("fix",), "convexlint check --fix"),
        (("--fix",), "convexlint check --fix"),
        (("--output-format", "json"), "convexlint check --output-format"),
    ],
)
def test_it_says_what_to_type(project: Path, words: tuple[str, ...] | str, line: str) -> None:
    ran = convexlint(*([words] if isinstance(words, str) else words), folder=project)
    assert ran.returncode == 2
    assert f"help: did you mean `{line}`?" in ran.stderr


def test_a_misspelled_command_has_its_nearest(project: Path) -> None:
    assert "did you mean 'check'?" in convexlint("chekc", folder=project).stderr
    assert "the commands are check" in convexlint("zzz", folder=project).stderr


def test_a_minus_is_told_how_a_module_comes_on_stdin(project: Path) -> None:
    ran = convexlint("check", "-", folder=project, stdin=b"")
    assert ran.returncode == 2 and "--stdin-filename" in ran.stderr


def test_unsafe_fixes_alone_are_told(project: Path) -> None:
    ran = convexlint("check", "--unsafe-fixes", "--no-cache", folder=project)
    assert "note: --unsafe-fixes does nothing alone" in ran.stderr


def test_a_project_beside_or_above_is_found_without_paths(project: Path) -> None:
    git_root = project / ".git"
    git_root.mkdir()
    ran = convexlint("check", "--no-cache", "--output-format", "concise", folder=project / "web")
    assert ran.returncode == 1
    assert "/convex/notes.ts:20:8: warning no-filter-in-query" in ran.stdout
    assert "note: no Convex project is in this folder; checked ../convex" in ran.stderr
    ran = convexlint("check", ".", "--no-cache", folder=project / "web")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "help: did you mean ../convex?" in ran.stderr
    for command in ("config", "model"):
        assert convexlint(command, folder=project / "web").returncode == 0


def test_a_folder_of_which_no_module_is_checked_is_a_failure(project: Path) -> None:
    (project / "convex" / "empty").mkdir()
    ran = convexlint("check", "convex/empty", "--no-cache", folder=project)
    assert ran.returncode == 2
    assert "no module was checked: convex/empty" in ran.stderr
    (project / "convex" / "a.test.ts").write_text("")
    assert convexlint("check", "convex/a.test.ts", "--no-cache", folder=project).returncode == 0


@pytest.mark.parametrize("name", ["@convex-dev/no-filter-in-query", "NO-Filter-In-Query"])
def test_rules_are_named_in_any_case_and_by_their_official_name(project: Path, name: str) -> None:
    def rules(*words: str) -> set[str]:
        ran = convexlint("check", "--no-cache", "--output-format", "concise", *words, folder=project)
        assert ran.returncode in (0, 1), ran.stderr
        return {line.split()[2] for line in ran.stdout.splitlines()}

    plain = rules()
    assert "no-filter-in-query" in rules("--select", name)
    assert rules("--ignore", name) == plain - {"no-filter-in-query"} == rules("--level", f"{name}=off")
    (project / "convexlint.toml").write_text(f'[rules]\n"{name}" = "off"\n')
    assert rules() == plain - {"no-filter-in-query"}
    (project / "convexlint.toml").write_text(f'[rules]\n"{name}" = "off"\nno-filter-in-query = "off"\n')
    ran = convexlint("check", "--no-cache", folder=project)
    assert (
        'convexlint.toml:3: rules.no-filter-in-query: names the rule "no-filter-in-query" once more'
        in ran.stderr
    )
    (project / "convexlint.toml").unlink()
    notes = project / "convex" / "notes.ts"
    lines = notes.read_text().splitlines(keepends=True)
    lines.insert(19, f"// convexlint-disable-next-line {name} -- few\n")
    notes.write_text("".join(lines))
    assert rules() == plain - {"no-filter-in-query"}
    assert convexlint("rule", name, folder=project).returncode == 0


def test_a_rule_that_is_none_is_told_where_they_are(project: Path) -> None:
    ran = convexlint("check", "--ignore", "bogus", folder=project)
    assert "`convexlint rule --all` lists the rules" in ran.stderr


def test_config_shows_what_somebody_set_and_the_rest_when_asked(project: Path) -> None:
    (project / "convexlint.toml").write_text('[rules]\nno-filter-in-query = "error"\n')
    shown = convexlint("config", folder=project).stdout
    assert "no-filter-in-query  error    convexlint.toml:2" in shown
    assert "no-collect-in-query" not in shown
    assert "rules are as their preset has them (--all lists them too)." in shown
    lines = convexlint("config", "--all", folder=project).stdout.splitlines()
    rules = [line.split()[0] for line in lines if "preset recommended" in line or "convexlint.toml:2" in line]
    assert rules[0] == "no-filter-in-query" and "no-collect-in-query" in rules


def test_init_says_what_it_would_take_to_go_stricter(project: Path) -> None:
    ran = convexlint("init", folder=project)
    assert ran.returncode == 0, ran.stderr
    assert "To go stricter:" in ran.stdout
    assert 'extends = ["strict"]' in ran.stdout
    assert (project / "convexlint.toml").read_text().startswith("#:schema https://")
    assert convexlint("check", "--no-cache", folder=project).returncode == 1
