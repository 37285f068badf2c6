"""What is changed so that mypyc takes it, or compiles it rightly."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import tomli

from tests.checkout import ROOT
from tools.native.defects import LINKED, STARRED, unstarred, untrashed


@pytest.mark.parametrize(
    ("source", "mended"),
    [
        ("x in (1, *A)", "x in tuple((1, *A))"),
        ("x not in [*A, 'é']", "x not in tuple([*A, 'é'])"),
        ("for x in (*a, *b):\n    pass", "for x in tuple((*a, *b)):\n    pass"),
        ("[x for x in (*a, y) if x in (*b, 1)]", "[x for x in tuple((*a, y)) if x in tuple((*b, 1))]"),
        ("for x in (\n    *a,\n    b,\n):\n    pass", "for x in tuple((\n    *a,\n    b,\n)):\n    pass"),
        ("x in (*a, y in (*b,))", "x in tuple((*a, y in tuple((*b,))))"),
        ("x = (*a, b); y in (1, 2); f(*a)", "x = (*a, b); y in (1, 2); f(*a)"),
    ],
)
def test_searched_tuples_have_no_stars(source: str, mended: str) -> None:
    assert unstarred(source) == mended


TRACKED = """static void
a_dealloc(A *self)
{
    PyObject_GC_UnTrack(self);
    CPy_TRASHCAN_BEGIN(self, a_dealloc)
    a_clear(self);
    Py_TYPE(self)->tp_free((PyObject *)self);
    CPy_TRASHCAN_END(self)
}
"""


def test_only_what_the_collector_tracks_keeps_its_trashcan() -> None:
    plain = TRACKED.replace("    PyObject_GC_UnTrack(self);\n", "").replace("a_", "b_").replace("A *", "B *")
    bare = "".join(line for line in plain.splitlines(keepends=True) if "TRASHCAN" not in line)
    assert bare != plain
    assert untrashed(TRACKED + "\n" + plain) == TRACKED + "\n" + bare


def _translate(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Let mypyc write the C source of a module, in the folder `build`."""
    (folder / "module.py").write_text(source, encoding="utf-8")
    code = "from mypyc.build import mypycify; mypycify(['module.py'])"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_mypyc_still_fails_on_a_searched_tuple_with_stars(tmp_path: Path) -> None:
    failed = _translate(tmp_path, STARRED)
    assert "visit_star_expr" in failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert _translate(tmp_path, unstarred(STARRED)).returncode == 0


@pytest.mark.slow
def test_mypyc_still_gives_the_trashcan_to_what_the_collector_does_not_know(tmp_path: Path) -> None:
    done = _translate(tmp_path, LINKED)
    assert done.returncode == 0, done.stdout + done.stderr
    (written,) = [
        text
        for path in tmp_path.rglob("*.c")
        if "Link_dealloc(" in (text := path.read_text(encoding="utf-8"))
    ]
    assert "CPy_TRASHCAN_BEGIN(self, Link_dealloc)" in written
    assert "CPy_TRASHCAN" not in untrashed(written)


def test_released_wheels_are_compiled_by_the_version_whose_defects_are_known() -> None:
    extras = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    (pin,) = [need for need in extras["native"] if need.startswith("mypy")]
    assert pin == f"mypy[mypyc]=={version('mypy')}"
    assert pin in extras["dev"]
