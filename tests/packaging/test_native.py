"""The compiled package finds what the pure one finds: a wheel is built, installed alone, and run beside it."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from convexlint import __version__
from tests.checkout import ROOT, copy, fixtures
from tools.linter import convexlint
from tools.native import kept
from tools.release.program import freeze
from tools.release.smoke import Installed, large_project, problems

PROJECTS = sorted(path for path in fixtures().glob("*/*") if (path / "convex").is_dir())

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("native"),
    pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler on the PATH"),
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `convexlint` of an environment into which the compiled wheel was installed."""
    target = tmp_path_factory.mktemp("native")
    builds = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "convexlint-native"
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target)]
    built = subprocess.run(
        [*command, str(copy(tmp_path_factory.mktemp("source")))],
        env={**os.environ, "CONVEXLINT_NATIVE": "1", kept.VARIABLE: str(builds)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = target.glob("*.whl")
    assert not wheel.name.endswith("-any.whl"), "it holds code of this platform"
    venv.create(target / "env", with_pip=True)
    python = target / "env" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", str(wheel)], check=True)
    asked = "import convexlint.facts.ir as ir, convexlint.program.build as b; print(ir.__file__, b.__file__)"
    # Of another folder than the checkout, whose sources would be found first.
    where = subprocess.run(
        [python, "-c", asked], cwd=target, capture_output=True, text=True, check=True
    ).stdout
    assert where.count(".so") == 2, where
    return python.with_name("convexlint")


def compiled(program: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"NO_COLOR": "1"}
    return subprocess.run(
        [program, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def test_findings_and_fixes_are_those_of_the_pure_package(program: Path, tmp_path: Path) -> None:
    assert len(PROJECTS) > 10
    for project in PROJECTS:
        for arguments in (
            ("check", "--no-cache", "--select", "all", "--output-format", "json"),
            ("check", "--no-cache", "--select", "all", "--unsafe-fixes", "--diff"),
            ("model", "--output-format", "json"),
        ):
            ours, pure = compiled(program, *arguments, folder=project), convexlint(*arguments, folder=project)
            assert (ours.returncode, ours.stdout) == (pure.returncode, pure.stdout), (project, arguments)
            assert ours.returncode in (0, 1), ours.stderr


def test_one_reads_the_cache_of_the_other(program: Path, tmp_path: Path) -> None:
    """And a run over one changed file, which decodes the facts of the others."""
    project = shutil.copytree(ROOT / "fixtures" / "notes" / "broken", tmp_path / "app")
    changed = sorted((project / "convex").rglob("*.ts"))[0]
    cache = ("--cache-dir", str(tmp_path / "cache"))
    arguments = ("check", *cache, "--output-format", "json")
    assert (
        convexlint(*arguments, folder=project).stdout == compiled(program, *arguments, folder=project).stdout
    )
    changed.write_bytes(changed.read_bytes() + b"\nexport const one = 1;\n")
    file = changed.relative_to(project).as_posix()
    ours = compiled(program, *arguments, file, folder=project)
    assert (
        ours.stdout
        == convexlint("check", "--no-cache", "--output-format", "json", file, folder=project).stdout
    )
    changed.write_bytes(changed.read_bytes() + b"export const two = 2;\n")
    again = convexlint(*arguments, folder=project)
    assert again.stdout == convexlint("check", "--no-cache", "--output-format", "json", folder=project).stdout


def wheel_of(program: Path) -> Path:
    (wheel,) = program.parents[2].glob("*.whl")
    return wheel


@pytest.mark.skipif(sys.platform != "linux", reason="wheels of Linux name the C library that they need")
def test_the_wheel_runs_on_old_systems_too(program: Path) -> None:
    """Not that it is repaired here: that it needs nothing of the system but a C library of 2014 or younger."""
    command = [sys.executable, "-m", "auditwheel", "show", str(wheel_of(program))]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    tag = re.search(r'"manylinux_2_(\d+)_\w+"', shown.stdout)
    assert tag is not None, shown.stdout + shown.stderr
    assert int(tag[1]) <= 28


def test_the_frozen_program_is_as_fast_as_the_wheel_and_fits_into_a_package(
    program: Path, tmp_path: Path
) -> None:
    """What npm users run: the same findings in about the same processor time, from at most 45 MB."""
    frozen = freeze(wheel_of(program), tmp_path / "frozen")
    size = sum(path.stat().st_size for path in frozen.parent.rglob("*") if path.is_file())
    assert size < 45e6, f"{size / 1e6:.1f} MB"
    (tmp_path / "scratch").mkdir()
    assert (
        problems(Installed([str(frozen)], {"PATH": os.environ["PATH"]}), __version__, tmp_path / "scratch")
        == []
    )
    project = large_project(tmp_path / "large")
    ours, theirs = (min(spent(one, project) for _ in range(3)) for one in (frozen, program))
    assert ours < 1.25 * theirs + 0.1, f"{ours:.2f} s against {theirs:.2f} s of processor time"


def spent(program: Path, project: Path) -> float:
    """Seconds of processor time of a cold check."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    compiled(program, "check", "--no-cache", "--select", "all", "--output-format", "json", folder=project)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
