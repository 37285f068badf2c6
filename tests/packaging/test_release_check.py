"""`tools/release_check`: the artefacts that cost little, in full; the others where a release is made."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import tomli

from tools.release.smoke import ROOT, Installed, problems
from tools.release_check import ARTEFACTS, NEWEST, OLDEST, Row, lowest, table


@pytest.mark.slow
@pytest.mark.xdist_group("packaging")
def test_the_cheap_artefacts_pass_in_empty_environments() -> None:
    cheap = ["sdist", "lowest", "highest"]
    command = [sys.executable, "-m", "tools.release_check", *(f"--only={name}" for name in cheap)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for name in cheap:
        assert re.search(
            rf"^\| {name} \| \d+\.\d \| \d+\.\d+ \| \d+\.\d+ \| yes \|$", ran.stdout, re.MULTILINE
        )


def test_an_artefact_that_finds_something_else_is_not_ok(tmp_path: Path) -> None:
    """A program that answers every question with its version, as a broken build might."""
    fake = tmp_path / "fake.py"
    fake.write_text("print('convexlint 0.0.0')\n", encoding="utf-8")
    wrong = problems(Installed([sys.executable, str(fake)], {}), "0.1.0", tmp_path)
    assert wrong[0] == "--version: it printed something else than expected"
    assert "a wrong option: exit status 0, not 2: " in wrong
    assert "notes/clean: it printed something else than expected" in wrong
    assert wrong[-1] == "--fix --unsafe-fixes leaves notes/broken otherwise than notes/fixed"


def test_the_table_says_why_an_artefact_is_missing_and_what_is_wrong() -> None:
    told = list(
        table([Row("pipx", None, None, (), skipped="no pipx"), Row("npm", None, None, ("it is gone",))])
    )
    assert "| pipx |  |  |  | not here: no pipx |" in told
    assert "| npm |  |  |  | no |" in told
    assert told[-1] == "\nnpm: it is gone"


def test_the_lowest_versions_are_those_of_the_package() -> None:
    project = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [pin.replace("==", ">=") for pin in lowest()] == project["dependencies"]
    assert project["requires-python"] == f">=3.{OLDEST}"
    versions = [
        line.rpartition(":: ")[2]
        for line in project["classifiers"]
        if line.startswith("Programming Language :: Python :: 3.")
    ]
    assert versions == [f"3.{minor}" for minor in range(OLDEST, NEWEST + 1)]


def test_every_way_of_the_contract_has_a_row() -> None:
    assert {"sdist", "wheel", "compiled", "npm", "uvx", "pipx", "lowest", "highest"} <= ARTEFACTS.keys()
