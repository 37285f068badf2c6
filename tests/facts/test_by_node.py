"""Values by node, in the module that runs as it is and in the one for compiled packages."""

from __future__ import annotations

import types

import pytest

from convexlint.facts import by_node as pure
from tests.checkout import ROOT


class Numbered:
    """A node that takes a number, as native classes do."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.number = 0


@pytest.fixture(params=["pure", "native"])
def module(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    if request.param == "pure":
        return pure
    made = types.ModuleType("native_by_node")
    text = (ROOT / "tools" / "native" / "by_node.py").read_text(encoding="utf-8")
    exec(compile(text, "native_by_node", "exec"), made.__dict__)
    made.__dict__["Node"] = Numbered
    return made


def test_values_are_found_by_identity(module: types.ModuleType) -> None:
    one, same, other = Numbered(1), Numbered(1), Numbered(1)
    table = module.ByNode()
    table.put(one, "one")
    table.put(same, "same")
    assert [table.get(node) for node in (one, same, other)] == ["one", "same", None]
    assert table.get("no node") is None


def test_the_last_word_counts(module: types.ModuleType) -> None:
    one, other = Numbered(1), Numbered(2)
    table = module.ByNode()
    for value in ("first", "second"):
        table.put(one, value)
        table.put(other, value)
    assert [table.get(one), table.get(other)] == ["second", "second"]


def test_a_module_that_is_walked_again_is_found_in_both_tables(module: types.ModuleType) -> None:
    nodes = [Numbered(start) for start in range(5)]
    tables = [module.ByNode(), module.ByNode()]
    for number, table in enumerate(tables):
        for node in nodes:
            table.put(node, (number, node.start))
    for number, table in enumerate(tables):
        assert [table.get(node) for node in nodes] == [(number, start) for start in range(5)]


def test_a_table_beside_another_takes_its_nodes_alone(module: types.ModuleType) -> None:
    nodes = [Numbered(start) for start in range(3)]
    table, again = module.ByNode(), module.ByNode()
    for one in (table, again):
        for node in nodes:
            one.put(node, node.start)
    for one in (table, again):  # a module that is walked twice
        beside = one.beside()
        assert [beside.get(node) for node in nodes] == [None, None, None]
        assert [beside.say(node, -node.start) for node in nodes] == [True, True, True]
        assert [beside.get(node) for node in nodes] == [0, -1, -2]
        assert [one.get(node) for node in nodes] == [0, 1, 2]
        stranger = Numbered(9)
        assert not beside.say(stranger, 1)
        assert beside.get(stranger) is None


def test_a_node_of_another_table_is_unknown(module: types.ModuleType) -> None:
    mine, other = Numbered(1), Numbered(1)
    tables = [module.ByNode(), module.ByNode()]
    for table, node in zip(tables, (mine, other), strict=True):
        table.put(node, "here")
    assert tables[0].get(other) is None
    assert tables[1].get(mine) is None
    assert not tables[0].beside().say(other, "there")
