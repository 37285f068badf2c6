"""The mirror for pre-commit: a hook like ours, and the released package pinned."""

from __future__ import annotations

from pathlib import Path

import tomli
from packaging.requirements import Requirement

from convexlint import __version__
from tests.checkout import ROOT
from tools.release.mirror import write


def test_it_installs_exactly_one_release_and_has_the_same_hook(tmp_path: Path) -> None:
    made = {path.name: path.read_text(encoding="utf-8") for path in write(tmp_path / "mirror", "1.2.3")}
    project = tomli.loads(made["pyproject.toml"])["project"]
    (needed,) = map(Requirement, project["dependencies"])
    assert (needed.name, str(needed.specifier)) == ("convexlint", "==1.2.3")
    ours = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ours["requires-python"]
    assert made[".pre-commit-hooks.yaml"] == (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert "rev: v1.2.3" in made["README.md"]


def test_it_is_written_anew_for_each_version(tmp_path: Path) -> None:
    write(tmp_path, "1.2.3")
    write(tmp_path, __version__)
    assert f"convexlint=={__version__}" in (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
