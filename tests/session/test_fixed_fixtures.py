"""What must hold for every fix at once, shown on the fixture projects: line endings, patches, a second run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from convexlint.session import Request, check
from tools.expected import FIXTURES
from tools.linter import convexlint

BROKEN = sorted(FIXTURES.glob("*/broken"))
BOM = b"\xef\xbb\xbf"


def windows(text: bytes) -> bytes:
    return BOM + text.replace(b"\n", b"\r\n")


def copy(source: Path, target: Path, convert: Callable[[bytes], bytes] = bytes) -> Path:
    shutil.copytree(source, target)
    for path, text in modules(target).items():
        (target / path).write_bytes(convert(text))
    return target


def modules(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*.ts"))}


def repair(root: Path, jobs: int = 1) -> None:
    assert check(Request((str(root),), fix="unsafe", jobs=jobs)).fixed


@pytest.mark.parametrize("broken", BROKEN, ids=lambda path: path.parent.name)
def test_line_endings_and_byte_order_marks_are_kept_by_every_fix(tmp_path: Path, broken: Path) -> None:
    unix, dos = copy(broken, tmp_path / "unix"), copy(broken, tmp_path / "dos", windows)
    repair(unix)
    repair(dos)
    assert modules(dos) == {path: windows(text) for path, text in modules(unix).items()}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda path: path.parent.name)
def test_git_takes_the_patch_and_makes_of_it_what_fix_makes(tmp_path: Path, broken: Path) -> None:
    fixed, patched = copy(broken, tmp_path / "fixed"), copy(broken, tmp_path / "patched")
    repair(fixed, jobs=2)
    ran = convexlint("check", "--diff", "--unsafe-fixes", "--quiet", "--no-cache", folder=patched)
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(command, input=ran.stdout.encode(), cwd=patched, check=True, capture_output=True)
    assert modules(patched) == modules(fixed)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda path: path.parent.name)
def test_a_second_run_has_nothing_to_fix(tmp_path: Path, broken: Path) -> None:
    root = copy(broken, tmp_path / "root")
    repair(root)
    assert check(Request((str(root),), fix="unsafe")).fixed == ()
