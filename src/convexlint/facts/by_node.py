"""Something about each of many nodes of one module.

Where the package is compiled, tools/native has another module in its place: nodes have a number there, by which they
are found in lists. That takes a third of the memory.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from convexlint.facts.ir import Node

T = TypeVar("T")


class ByNode(Generic[T]):
    """Values by node, told by identity. The nodes outlive it."""

    def __init__(self) -> None:
        self._values: dict[int, T] = {}
        self._nodes: dict[int, Any] = {}  # by whose id() it lies beside others

    def put(self, node: Node, value: T) -> None:
        """Say something of the node, in the place of what was said before. Where two of these are filled with the same
        nodes, they are so in the same order: a node has one number."""
        self._values[id(node)] = value

    def get(self, node: object) -> T | None:
        """What was said of the node; None if nothing was."""
        return self._values.get(id(node))

    def beside(self) -> ByNode[Any]:
        """Something else about the same nodes, of which nothing is said yet."""
        other = ByNode[Any]()
        other._nodes = self._values
        return other

    def say(self, node: Node, value: T) -> bool:
        """Say something of one of the nodes that this lies beside; False, and nothing is said, where it is none."""
        if id(node) not in self._nodes:
            return False
        self._values[id(node)] = value
        return True
