"""What takes the place of `convexlint/facts/by_node.py` where nodes are native classes, which have a number each. It is
never imported from here."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from convexlint.facts.ir import Node

T = TypeVar("T")


class ByNode(Generic[T]):
    """Values by node, told by identity: a node's number is its place in the lists."""

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._values: list[T] = []

    def put(self, node: Node, value: T) -> None:
        node.number = len(self._nodes)  # type: ignore[attr-defined]
        self._nodes.append(node)
        self._values.append(value)

    def get(self, node: Any) -> T | None:
        if not isinstance(node, Node):
            return None
        number: int = node.number  # type: ignore[attr-defined]
        # A node of another module, or of none, has a number, too.
        if number < len(self._values) and self._nodes[number] is node:
            return self._values[number]
        return None

    def beside(self) -> ByNode[Any]:
        other: ByNode[Any] = ByNode()
        other._nodes = self._nodes
        other._values = [None] * len(self._nodes)
        return other

    def say(self, node: Node, value: T) -> bool:
        number: int = node.number  # type: ignore[attr-defined]
        if number < len(self._values) and self._nodes[number] is node:
            self._values[number] = value
            return True
        return False
