"""`--version --verbose`: what a report of a defect needs."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from convexlint import __version__
from tools.linter import convexlint


@pytest.mark.parametrize("options", [("--version", "--verbose"), ("--verbose", "--version"), ("-V", "-v")])
def test_it_names_versions_build_and_system(options: tuple[str, str], tmp_path: Path) -> None:
    ran = convexlint(*options, folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    told = dict(line.split(": ", 1) for line in ran.stdout.splitlines())
    assert list(told) == ["convexlint", "build", "python", "system", "libraries", "encodings"]
    assert told["convexlint"] == __version__
    assert told["build"] == "a checkout, pure Python"
    assert platform.python_version() in told["python"]
    assert f"tree-sitter {metadata.version('tree-sitter')}" in told["libraries"]
    assert str(Path.home()) not in ran.stdout and str(tmp_path) not in ran.stdout


def test_the_import_of_the_package_starts_nothing() -> None:
    """No thread, no output, and nothing of ours or of others beside the package itself."""
    code = (
        "import sys, threading; before = set(sys.modules); import convexlint;"
        "new = {name for name in set(sys.modules) - before if not name.startswith('convexlint')};"
        "assert threading.active_count() == 1; assert not {'tree_sitter', 'click', 'msgspec'} & new, new"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
