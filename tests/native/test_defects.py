"""What is changed so that mypyc takes it, or compiles it rightly."""

from __future__ import annotations

import pytest

from tools.native.defects import unstarred, untrashed


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
