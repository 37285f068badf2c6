"""What takes the place of `convexlint/facts/by_node.py` where nodes are native classes, which have a number each. It is
never imported from here."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from convexlint.facts.ir import Node

T = TypeVar("T")

_MOST = 1 << 32
"""Nodes of one of these: so many numbers are its own."""


class _Numbers:
    def __init__(self) -> None:
        self.taken = 0

    def take(self) -> int:
        """The first of the numbers that nobody else gives."""
        self.taken += _MOST
        return self.taken


_NUMBERS = _Numbers()


class ByNode(Generic[T]):
    """Values by node, told by identity: a node's number is its place in the list, behind the first number of the list's
    own. A node has the number that it got first; where several know it, the others have it by id()."""

    def __init__(self) -> None:
        self._first = 0
        self._values: list[T] = []
        self._others: dict[int, T] = {}
        self._numbered_elsewhere: dict[int, T] = {}  # of what this lies beside

    def put(self, node: Node, value: T) -> None:
        if self._first == 0:
            self._first = _NUMBERS.take()
        number: int = node.number  # type: ignore[attr-defined]
        if number == 0:
            node.number = self._first + len(self._values)  # type: ignore[attr-defined]
            self._values.append(value)
            return
        place = number - self._first
        if 0 <= place < len(self._values):
            self._values[place] = value
        else:
            self._others[id(node)] = value

    def get(self, node: Any) -> T | None:
        if not isinstance(node, Node):
            return None
        number: int = node.number  # type: ignore[attr-defined]
        place = number - self._first
        if 0 <= place < len(self._values):
            return self._values[place]
        return self._others.get(id(node)) if self._others else None

    def beside(self) -> ByNode[Any]:
        other: ByNode[Any] = ByNode()
        other._first = self._first
        other._values = [None] * len(self._values)
        other._numbered_elsewhere = self._others
        return other

    def say(self, node: Node, value: T) -> bool:
        number: int = node.number  # type: ignore[attr-defined]
        place = number - self._first
        if 0 <= place < len(self._values):
            self._values[place] = value
            return True
        if id(node) in self._numbered_elsewhere:
            self._others[id(node)] = value
            return True
        return False
