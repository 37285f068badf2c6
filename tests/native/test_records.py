"""Structs and the native classes that are written for them behave alike; here those run as plain Python."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from tools.native import structs
from tools.native.records import UnknownStructError, records_of, rewrite

SOURCE = '''\
"""Three records."""

from __future__ import annotations

from convexlint.structs import Struct, field


class Base(Struct, frozen=True):
    """The base."""

    start: int

    @property
    def next(self) -> int:
        return self.start + 1


class Leaf(Base, frozen=True, gc=False):
    words: tuple[str, ...] = ()
    object: int = 3


class Same(Struct, frozen=True, eq=False):
    name: str


class Table(Struct):
    rows: dict[int, str] = field(default_factory=dict)
    seen: list[int] = field(default_factory=list)
'''


@pytest.fixture
def native(monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    monkeypatch.setitem(sys.modules, "convexlint.structs", structs)
    yield module(rewrite(SOURCE, records_of({"a.py": SOURCE})["a.py"]))


def module(text: str) -> types.ModuleType:
    made = types.ModuleType("records")
    made.__dict__["mypyc_attr"] = lambda **_: lambda kind: kind  # which mypyc alone knows
    exec(compile(text, "records", "exec"), made.__dict__)
    return made


def behaviour(of: Any) -> list[object]:
    """What one can see of the records, whatever they are made of."""
    leaf, other = of.Leaf(1, ("a",)), of.Leaf(1, words=("a",))
    table = of.Table()
    table.rows[1] = "x"
    return [
        leaf.start, leaf.next, leaf.words, leaf.object, isinstance(leaf, of.Base),
        leaf == other, leaf != other, hash(leaf) == hash(other), leaf == of.Leaf(2), leaf == of.Base(1), leaf == 1,
        of.Base(1) == of.Base(1), of.Base(1) == leaf, len({leaf, other, of.Leaf(1)}),
        of.Same("a") == of.Same("a"), len({of.Same("a"), of.Same("a")}),
        table.rows, of.Table().rows, of.Table() == of.Table(), of.Table(seen=[1]).seen,
    ]  # fmt: skip


def test_they_have_the_same_fields_defaults_equality_and_hash(native: types.ModuleType) -> None:
    assert behaviour(native) == behaviour(module(SOURCE))


def test_copies_and_fields(native: types.ModuleType) -> None:
    leaf = native.Leaf(1, ("a",))
    changed = structs.replace(leaf, start=5)
    assert (changed.start, changed.words, leaf.start) == (5, ("a",), 1)
    assert structs.fields_of(native.Leaf) == {"start": "int", "words": "tuple[str, ...]", "object": "int"}


def test_the_collector_knows_all_of_a_family_or_none() -> None:
    found = {record.name: record.acyclic for record in records_of({"a.py": SOURCE})["a.py"]}
    assert found == {"Base": False, "Leaf": False, "Same": False, "Table": False}
    alone = SOURCE.replace("class Base(Struct, frozen=True)", "class Base(Struct, frozen=True, gc=False)")
    found = {record.name: record.acyclic for record in records_of({"a.py": alone})["a.py"]}
    assert found == {"Base": True, "Leaf": True, "Same": False, "Table": False}
    mixed = alone.replace("class Leaf(Base, frozen=True, gc=False)", "class Leaf(Base, frozen=True, gc=True)")
    found = {record.name: record.acyclic for record in records_of({"a.py": mixed})["a.py"]}
    assert found["Base"] is False


@pytest.mark.parametrize(
    "written",
    [
        "class A(Struct, kw_only=True):\n    a: int\n",
        "class A(Struct):\n    a: int\n    b = 3\n",
        "class A(Struct, Other):\n    a: int\n",
    ],
)
def test_what_is_not_known_is_not_compiled(written: str) -> None:
    with pytest.raises(UnknownStructError, match=r"a\.py:\d+: `A`"):
        records_of({"a.py": written})


def test_of_a_records_own_equality_only_half_is_compiled() -> None:
    """mypyc makes `__ne__` of `__eq__`, and cannot compile one below a class that has none."""
    text = (
        "from __future__ import annotations\nfrom convexlint.structs import Struct\n\n\n"
        "class Loose(Struct, frozen=True, eq=False):\n    value: int\n    note: str = ''\n\n"
        "    def __eq__(self, other: object) -> bool:\n"
        "        return type(other) is Loose and self.value == other.value\n\n"
        "    def __ne__(self, other: object) -> bool:\n"
        "        return type(other) is not Loose or self.value != other.value\n\n"
        "    def __hash__(self) -> int:\n        return hash(self.value)\n"
    )
    written = rewrite(text, records_of({"a.py": text})["a.py"])
    assert "__eq__" in written and "__ne__" not in written
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "convexlint.structs", structs)
        loose = module(written).Loose
    assert loose(1, "a") == loose(1, "b")
    assert (loose(1, "a") != loose(1, "b")) is False
    assert loose(1) != loose(2)
