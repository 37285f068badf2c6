"""Ways around two defects of mypyc, as they stand in the version that the extra `native` pins.

`STARRED` and `LINKED` are the smallest programs that show them. `tests/native/test_defects.py` gives both to mypyc, and
fails once a newer version takes them: then the way around can go.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

STARRED = """\
MORE = (1, 2)

def known(x: int) -> bool:
    return x in (0, *MORE)
"""
"""mypyc: "AssertionError: should have been handled in Tuple/List/Set/DictExpr or CallExpr". The tuple after `in`, and
that of a `for`, is taken apart item by item, without a look at the stars."""

LINKED = """\
from __future__ import annotations

from mypy_extensions import mypyc_attr

@mypyc_attr(acyclic=True)
class Link:
    def __init__(self, next: Link | None) -> None:
        self.next = next
"""
"""`Link_dealloc` begins with CPy_TRASHCAN_BEGIN, which CPython offers to objects that its collector tracks alone. A
chain of some hundred Links damages memory when it is freed. mypy put the trashcan into every class
(https://github.com/python/mypy/pull/9839), when there were no acyclic ones; msgspec had the same defect and mended it
(https://github.com/msgspec/msgspec/pull/369)."""


def unstarred(text: str) -> str:
    """The source with `tuple((*a, b))` for `(*a, b)` wherever that stands after `in`: mypyc fails on a tuple with stars
    that is only searched or walked through."""
    lines = text.encode().split(b"\n")
    insertions: list[tuple[int, int, bytes]] = []
    for node in _spots(ast.parse(text)):
        assert node.end_lineno is not None and node.end_col_offset is not None
        insertions.append((node.lineno - 1, node.col_offset, b"tuple("))
        insertions.append((node.end_lineno - 1, node.end_col_offset, b")"))
    # From the last to the first, so that the places of those before stay.
    for line, column, word in sorted(insertions, reverse=True):
        lines[line] = lines[line][:column] + word + lines[line][column:]
    return b"\n".join(lines).decode()


def _spots(tree: ast.Module) -> Iterator[ast.Tuple | ast.List]:
    for node in ast.walk(tree):
        searched: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            operands = zip(node.ops, node.comparators, strict=True)
            searched = [right for op, right in operands if isinstance(op, (ast.In, ast.NotIn))]
        elif isinstance(node, (ast.For, ast.comprehension)):
            searched = [node.iter]
        for item in searched:
            if isinstance(item, (ast.Tuple, ast.List)) and any(isinstance(e, ast.Starred) for e in item.elts):
                yield item


_DEALLOC = re.compile(r"^static void\n\w+_dealloc\(\w+ \*self\)\n\{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
_TRASHCAN = re.compile(r"^ *CPy_TRASHCAN_(?:BEGIN\(self, \w+\)|END\(self\))\n", re.MULTILINE)


def untrashed(text: str) -> str:
    """The C source without the trashcan of classes that the collector does not know.

    CPython puts off the 51st nested deallocation: it hangs the object into a list, by a field that only objects with a
    header for the collector have. mypyc does so for classes without one, too, and overwrites what lies before them.
    """
    return _DEALLOC.sub(lambda m: m[0] if "PyObject_GC_UnTrack" in m[0] else _TRASHCAN.sub("", m[0]), text)
