"""`convexlint rule`, `config` and `clean`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from convexlint.packs import Packs
from tests.cli.conftest import Runner


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Convex project with a config file; the working folder is its root."""
    convex = tmp_path / "convex"
    convex.mkdir()
    (convex / "schema.ts").write_text(
        'import { defineSchema } from "convex/server";\nexport default defineSchema({});\n'
    )
    (tmp_path / "convexlint.toml").write_text('[rules]\nno-filter-in-query = "error"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_rule_is_explained_in_plain_markdown_in_a_pipe(cli: Runner) -> None:
    ran = cli("rule", "no-filter-in-query")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("# no-filter-in-query\n")
    assert "\n## Why\n" in ran.out and "\n## Examples" not in ran.out and "\x1b" not in ran.out


def test_markdown_has_the_examples(cli: Runner) -> None:
    assert "\n## Examples" in cli("rule", "no-filter-in-query", "--output-format", "markdown").out


def test_an_official_name_finds_the_rule(cli: Runner) -> None:
    ran = cli("rule", "@convex-dev/no-filter-in-query", "--output-format", "json")
    assert json.loads(ran.out)["name"] == "no-filter-in-query"


def test_an_unknown_rule_is_answered_with_the_nearest(cli: Runner) -> None:
    ran = cli("rule", "no-fliter-in-query")
    assert (ran.status, ran.out) == (2, "")
    assert (
        ran.err == "error: there is no rule 'no-fliter-in-query'\nhelp: did you mean 'no-filter-in-query'?\n"
    )


def test_all_rules_are_listed(cli: Runner) -> None:
    names = [rule["name"] for rule in json.loads(cli("rule", "--all", "--output-format", "json").out)]
    assert names == sorted(names) and "no-filter-in-query" in names
    text = cli("rule", "--all").out
    table = cli("rule", "--all", "--output-format", "markdown").out
    assert all(name in text and f"| {name} |" in table for name in names)


@pytest.mark.parametrize("arguments", [(), ("no-filter-in-query", "--all")])
def test_one_rule_or_all_are_asked_for(cli: Runner, arguments: tuple[str, ...]) -> None:
    assert cli("rule", *arguments).status == 2


def test_config_shows_where_settings_come_from(cli: Runner, project: Path) -> None:
    ran = cli("config")
    assert ran.status == 0
    line = next(line for line in ran.out.splitlines() if line.startswith("no-filter-in-query"))
    assert line.split()[1:3] == ["error", "convexlint.toml:2"]
    isolated = json.loads(cli("config", "--isolated", "--output-format", "json").out)
    assert isolated["rules"]["no-filter-in-query"]["origin"] == "preset recommended"


def test_config_of_a_broken_file_exits_with_2(cli: Runner, project: Path) -> None:
    (project / "convexlint.toml").write_text('[rules]\nno-fliter-in-query = "error"\n')
    ran = cli("config")
    assert (ran.status, ran.out) == (2, "")
    assert "convexlint.toml:2" in ran.err and "no-filter-in-query" in ran.err.splitlines()[1]


def test_config_without_a_project_exits_with_2(cli: Runner, tmp_path: Path) -> None:
    ran = cli("config", str(tmp_path))
    assert ran.status == 2 and ran.err.startswith("error: no Convex project found under ")
    assert cli("config", str(tmp_path / "missing")).status == 2


def test_json_of_several_projects_is_refused(cli: Runner, project: Path) -> None:
    other = project / "packages" / "b" / "convex"
    other.mkdir(parents=True)
    (other / "schema.ts").write_text((project / "convex" / "schema.ts").read_text())
    ran = cli("config", "--output-format", "json")
    assert ran.status == 2 and ran.err.startswith("error: there are 2 Convex projects under .")
    assert cli("config").out.count("settings for ") == 2


def test_the_schema_of_the_config_file_is_a_json_schema(cli: Runner) -> None:
    schema = json.loads(cli("config", "--schema").out)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate({"rules": {"no-filter-in-query": "error"}})


def test_clean_says_what_it_removed(cli: Runner, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    named = ("--cache-dir", str(cache))
    assert cli("clean", *named).out == f"There is no cache at {cache.as_posix()}.\n"
    packs = Packs(str(cache))
    for project in ("one", "two"):
        (tmp_path / project).mkdir()
        assert packs.store("facts", "", b"x" * 1000, (tmp_path / project / "convex").as_posix())
    said = cli("clean", str(tmp_path / "one"), *named).out
    assert re.fullmatch(
        rf"Removed 1 file of 1 project from {re.escape(cache.as_posix())}: 1,\d\d\d bytes\.\n", said
    )
    assert packs.load("facts", "", (tmp_path / "one/convex").as_posix()) is None
    assert packs.load("facts", "", (tmp_path / "two/convex").as_posix()) is not None
    assert "Removed 1 file of 1 project" in cli("clean", "--all", *named).out
    assert not cache.exists()


def test_clean_leaves_folders_that_are_not_ours(cli: Runner, tmp_path: Path) -> None:
    (tmp_path / "facts-x.pack").write_text("mine")
    done = cli("clean", "--all", "--cache-dir", str(tmp_path))
    assert done.status == 2
    assert "is not a cache of convexlint" in done.err
    assert (tmp_path / "facts-x.pack").read_text() == "mine"


def test_clean_of_something_that_is_no_folder_exits_with_2(cli: Runner, tmp_path: Path) -> None:
    assert cli("clean", str(tmp_path / "missing")).status == 2
