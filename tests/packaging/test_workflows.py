"""The workflows of CI and release: what they do runs elsewhere, so they are linted here, and held to the lists that
they repeat."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tools.release.npm_packages import REPOSITORY, SYSTEMS
from tools.release.version import VersionError, check, notes
from tools.release_check import ARTEFACTS, NEWEST, OLDEST

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RELEASE = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"


def job(name: str) -> str:
    """The text of one job of the release workflow."""
    found = re.search(rf"^  {name}:\n(.*?)(?=^  \w+:\n|\Z)", RELEASE, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return found[1]


@pytest.mark.slow
def test_zizmor_finds_no_hole() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    command = [str(zizmor), "--offline", "--quiet", "--no-progress", *map(str, WORKFLOWS)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.slow
def test_actionlint_finds_no_mistake() -> None:
    go, actionlint = shutil.which("go"), shutil.which("actionlint")
    if go is None and actionlint is None:
        pytest.skip("neither actionlint nor Go is on the PATH")
    command = [actionlint] if actionlint else [str(go), "run", ACTIONLINT]
    ran = subprocess.run(
        [*command, *map(str, WORKFLOWS)],
        cwd=ROOT,
        env={**os.environ, "GOFLAGS": "-mod=mod"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_actions_of_others_are_pinned_to_a_commit() -> None:
    for path in WORKFLOWS:
        for used in re.findall(r"uses: (.+)", path.read_text(encoding="utf-8")):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), used


def test_the_release_makes_a_package_for_every_system() -> None:
    systems = re.findall(r"\{ system: ([\w-]+),", job("programs"))
    assert sorted(systems) == sorted(system.package.removeprefix("@convexlint/cli-") for system in SYSTEMS)
    assert f"= {len(SYSTEMS)} ]" in job("npm"), "it publishes nothing where one is missing"
    assert REPOSITORY in job("programs")


def test_a_release_publishes_only_a_tag_and_only_from_the_jobs_that_publish() -> None:
    for name in ("pypi", "npm"):
        assert "if: github.ref_type == 'tag'" in job(name)
        assert "needs: [source, wheels, programs]" in job(name)
    jobs = re.findall(r"^  (\w+):\n    name:", RELEASE, re.MULTILINE)
    assert [name for name in jobs if "id-token: write" in job(name)] == ["pypi", "npm"]
    assert not re.search(r"secrets\.(?!GITHUB_TOKEN)", RELEASE), "trusted publishing needs no secret"


def test_every_supported_python_gets_a_compiled_wheel() -> None:
    (built,) = re.findall(
        r'^build = "(cp.*)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert built.split() == [f"cp3{minor}-*" for minor in range(OLDEST, NEWEST + 1)]


def test_workflows_name_artefacts_that_there_are() -> None:
    named = {
        name
        for path in WORKFLOWS
        for name in re.findall(r"--only ([\w-]+)", path.read_text(encoding="utf-8"))
    }
    assert named <= ARTEFACTS.keys()
    assert ARTEFACTS.keys() - named == {"uvx", "compiled"}, (
        "the first needs a network, cibuildwheel builds the second"
    )


def checkout(folder: Path, *, told: str = "1.2.0", built: str = "1.2.0", log: str | None = None) -> Path:
    (folder / "src" / "convexlint").mkdir(parents=True)
    (folder / "src" / "convexlint" / "__init__.py").write_text(f'__version__ = "{told}"\n', encoding="utf-8")
    (folder / "pyproject.toml").write_text(f'[project]\nversion = "{built}"\n', encoding="utf-8")
    text = (
        log
        if log is not None
        else "# Changelog\n\n## [1.2.0] - 2027-01-31\n\n- More.\n\n## [1.1.0] - 2026-12-01\n\n- Less.\n"
    )
    (folder / "CHANGELOG.md").write_text(text, encoding="utf-8")
    return folder


def test_a_tag_that_is_the_version_passes(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    assert check("v1.2.0", root) == "1.2.0"
    assert notes("1.2.0", root) == "- More.\n"


def test_a_tag_that_is_not_the_version_is_refused(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    for tag in ("v1.2.1", "1.2.0", "v1.2"):
        with pytest.raises(VersionError, match=f"the tag is {re.escape(tag)}, the package is 1.2.0"):
            check(tag, root)


def test_two_versions_in_the_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VersionError, match=r"has 1\.3\.0, pyproject\.toml has 1\.2\.0"):
        check("v1.2.0", checkout(tmp_path, told="1.3.0"))


@pytest.mark.parametrize(
    "log", ["", "## [1.2.0] - 2027-01-31\n\n## [1.1.0] - 2026-12-01\n\n- Less.\n", "## [1.2.0]\n- More.\n"]
)
def test_a_version_without_a_word_in_the_changelog_is_refused(tmp_path: Path, log: str) -> None:
    with pytest.raises(VersionError, match=r"no section `## \[1.2.0\]"):
        check("v1.2.0", checkout(tmp_path, log=log))


def test_this_checkout_has_one_version(tmp_path: Path) -> None:
    from convexlint import __version__
    from tools.release.version import source_version

    assert source_version() == __version__
