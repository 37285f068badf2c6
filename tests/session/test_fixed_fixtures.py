"""What must hold for every fix at once, shown on the fixture projects: line endings, patches, a second run."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from convexlint.session import Request, check
from tools.expected import FIXTURES, broken_projects, distance, fixed_files, tree
from tools.linter import convexlint

BROKEN = broken_projects()
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
def test_fixes_give_the_project_that_stands_on_disk(broken: Path) -> None:
    kept = {
        broken.parent / "fixed" / name: content for name, content in tree(broken.parent / "fixed").items()
    }
    assert fixed_files(broken) == kept, "see make update-expected"


@pytest.mark.parametrize("broken", BROKEN, ids=lambda path: path.parent.name)
def test_what_parts_the_fixed_project_from_its_clean_twin_stands_on_disk(broken: Path) -> None:
    kept = broken.parent / "expected" / "fixed.to-clean.diff"
    assert distance(broken.parent) == kept.read_text(encoding="utf-8"), "see make update-expected"


@pytest.mark.parametrize("broken", BROKEN, ids=lambda path: path.parent.name)
def test_fixes_come_nearer_to_the_clean_twin_and_leave_no_fix_behind(broken: Path) -> None:
    kept = broken.parent / "expected"
    findings = {
        kind: json.loads((kept / f"{kind}.json").read_text(encoding="utf-8"))["diagnostics"]
        for kind in ("broken", "fixed")
    }
    assert len(findings["fixed"]) < len(findings["broken"])
    assert [one for one in findings["fixed"] if one["fix"] is not None] == []
    assert (kept / "fixed.unsafe.diff").read_text(encoding="utf-8") == ""


FOLDERS = {"project": ".", "subfolder": "convex", "parent": ".."}


@pytest.mark.parametrize("place", FOLDERS)
@pytest.mark.parametrize("broken", BROKEN, ids=lambda path: path.parent.name)
def test_git_takes_the_patch_and_makes_of_it_what_fix_makes(tmp_path: Path, broken: Path, place: str) -> None:
    """The patch applies in the folder where it was made, be it the project, one in it or one above; the module
    that ends without a line end is part of it."""
    root = copy(broken, tmp_path / "root")
    for path, text in modules(root).items():
        (root / path).write_bytes(text.rstrip(b"\n"))
    patched, fixed = copy(root, tmp_path / "patched"), copy(root, tmp_path / "fixed")
    repair(fixed, jobs=2)
    here = (patched / FOLDERS[place]).resolve()
    options = ("--diff", "--unsafe-fixes", "--quiet", "--no-cache")
    ran = convexlint("check", str(patched), *options, folder=here)
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    patch = ran.stdout.encode("utf-8", "surrogateescape")
    if place == "subfolder":
        assert_only_inside(ran.stdout)
    subprocess.run(command, input=patch, cwd=here, check=True, capture_output=True)
    assert modules(patched) == modules(fixed)


def assert_only_inside(patch: str) -> None:
    """Fixes of these projects change nothing outside of their functions folder, so names are relative to it."""
    names = [line for line in patch.splitlines() if line.startswith("+++ ")]
    assert names
    assert not [name for name in names if name.startswith(("+++ b/tmp", "+++ b/convex"))]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda path: path.parent.name)
def test_a_second_run_has_nothing_to_fix(tmp_path: Path, broken: Path) -> None:
    root = copy(broken, tmp_path / "root")
    repair(root)
    assert check(Request((str(root),), fix="unsafe")).fixed == ()


@pytest.mark.parametrize("broken", BROKEN, ids=lambda path: path.parent.name)
def test_neither_jobs_nor_the_order_of_paths_matters(tmp_path: Path, broken: Path) -> None:
    one, two, named, shuffled = (copy(broken, tmp_path / name) for name in ("1", "2", "named", "shuffled"))
    repair(one, jobs=1)
    repair(two, jobs=2)
    assert modules(one) == modules(two)
    shuffle = random.Random(5).shuffle
    for root, mix in ((named, False), (shuffled, True)):
        paths = [str(path) for path in sorted((root / "convex").rglob("*.ts"))]
        if mix:
            shuffle(paths)
        assert check(Request(tuple(paths), fix="unsafe")).fixed
    assert modules(named) == modules(shuffled) == modules(one)


def test_a_patch_made_in_a_subfolder_says_where_it_applies(tmp_path: Path) -> None:
    """The new index goes into the schema, above the folder in which the patch is made, in one patch with its use."""
    house = FIXTURES / "turbokit" / "broken"
    patched, fixed = copy(house, tmp_path / "patched"), copy(house, tmp_path / "fixed")
    repair(fixed)
    ran = convexlint(
        "check", str(patched), "--diff", "--unsafe-fixes", "--no-cache", folder=patched / "convex" / "lib"
    )
    assert "apply it in ..\n" in ran.stderr
    assert "+++ b/schema.ts\n" in ran.stdout
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(
        command, input=ran.stdout.encode(), cwd=patched / "convex", check=True, capture_output=True
    )
    assert modules(patched) == modules(fixed)
