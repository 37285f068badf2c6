"""A rule is two files, and `make new-rule` writes them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tools.new_rule import create


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for category in ("queries", "schema"):
        folder = tmp_path / "src/convexlint/rules" / category
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("", encoding="utf-8")
    return tmp_path


def test_check_and_card_are_written(house: Path) -> None:
    check, card = create("no-wild-reads", "queries", house)
    assert check == house / "src/convexlint/rules/queries/no_wild_reads.py"
    assert card == house / "rules/no-wild-reads.md"
    assert "Category.QUERIES" in check.read_text(encoding="utf-8")
    assert card.read_text(encoding="utf-8").startswith("# no-wild-reads\n")


@pytest.mark.parametrize(
    ("name", "category", "problem"),
    [
        ("NoWildReads", "queries", "kebab-case"),
        ("no-wild-reads", "quieries", "there are queries, schema"),
        ("no-wild-reads", "", "no category"),
    ],
)
def test_names_that_cannot_be_rules_are_refused(house: Path, name: str, category: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        create(name, category, house)


def test_an_existing_rule_is_not_overwritten(house: Path) -> None:
    check, _ = create("no-wild-reads", "queries", house)
    check.write_text("mine\n", encoding="utf-8")
    with pytest.raises(ValueError, match="exists already"):
        create("no-wild-reads", "queries", house)
    assert check.read_text(encoding="utf-8") == "mine\n"


FINDING = """\
    for module in program.reported:
        yield Finding(module.path, Span(0, 0), f"`{module.name}` stands here")
"""


def test_two_new_files_make_a_rule_that_runs_and_explains_itself(tmp_path: Path) -> None:
    for folder in ("src", "rules"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = contents(tmp_path)
    check, card = create("no-wild-reads", "queries", tmp_path)
    text = check.read_text(encoding="utf-8").replace("Finding, Level\n", "Finding, Level, Span\n")
    check.write_text(text.replace("    yield from ()\n", FINDING), encoding="utf-8")
    after = contents(tmp_path)
    assert {path for path in after if before.get(path) != after[path]} == {check, card}

    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from convexlint.cli.main import main; main()", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    options = ["--isolated", "--no-cache", "--output-format", "json", "--select", "no-wild-reads"]
    checked = run("check", "fixtures/notes/clean", *options)
    assert checked.returncode == 1, checked.stderr
    found = json.loads(checked.stdout)["diagnostics"]
    assert {finding["rule"] for finding in found} == {"no-wild-reads"}
    assert "`notes` stands here" in {finding["message"] for finding in found}
    assert "What it costs, in Convex's terms." in run("rule", "no-wild-reads").stdout
    assert "no-wild-reads" in run("rule", "--all").stdout


PLACE = '''\
"""`debugger`-like calls that were left behind."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.model import Place
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct


class ConsoleCall(Struct, frozen=True, eq=False):
    place: Place
    method: str


@listed
def console_calls(program: Program) -> Iterator[ConsoleCall]:
    """Calls of `console`, by module and place."""
    for module in program.ev.world.looked_at:
        for site in program.ev.world.index(module).code_calls:
            callee = site.expr.callee
            if isinstance(callee, ir.Member) and isinstance(callee.object, ir.Name):
                if callee.object.name == "console":
                    place = placing(program).at(module, callee.name_start, callee.end, site.owner)
                    yield ConsoleCall(place, callee.name)
'''

CONSOLE = """\
    for call in console_calls(program):
        yield Finding.at(call.place, f"`console.{call.method}` is left here")
"""


def test_a_new_kind_of_place_is_one_new_file_and_no_edit(tmp_path: Path) -> None:
    for folder in ("src", "rules"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = contents(tmp_path)
    check, card = create("no-left-console", "functions", tmp_path)
    text = check.read_text(encoding="utf-8").replace(
        "from convexlint.program.program",
        "from convexlint.program.places.console_calls import console_calls\nfrom convexlint.program.program",
    )
    check.write_text(text.replace("    yield from ()\n", CONSOLE), encoding="utf-8")
    place = tmp_path / "src/convexlint/program/places/console_calls.py"
    place.write_text(PLACE, encoding="utf-8")
    after = contents(tmp_path)
    assert {path for path in after if before.get(path) != after[path]} == {check, card, place}

    project = tmp_path / "project"
    (project / "convex").mkdir(parents=True)
    (project / "package.json").write_text('{"dependencies": {"convex": "1.31.0"}}', encoding="utf-8")
    source = 'import { query } from "./_generated/server";\n'
    source += "export const list = query({ args: {}, handler: async () => { console.table([]); } });\n"
    (project / "convex/a.ts").write_text(source, encoding="utf-8")
    start = [sys.executable, "-c", "from convexlint.cli.main import main; main()", "check", "."]
    options = ["--isolated", "--no-cache", "--output-format", "json", "--select", "no-left-console"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}
    ran = subprocess.run(
        [*start, *options], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1, ran.stderr
    (found,) = json.loads(ran.stdout)["diagnostics"]
    assert (found["message"], found["function"]) == ("`console.table` is left here", "a:list")


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
