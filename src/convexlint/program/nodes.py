"""Walking facts without knowing their kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convexlint.facts.ir import Node


def descendants(start: Node | Iterable[object]) -> Iterator[Node]:
    """All facts nodes of `start` in written order, itself included; the bodies of functions that stand in it
    belong to those (`ModuleFacts.functions`) and are not among them."""
    stack: list[object] = [start]
    while stack:
        item = stack.pop()
        if isinstance(item, Node):
            yield item
            stack.extend(reversed([getattr(item, name) for name in item.__struct_fields__]))
        elif isinstance(item, (tuple, list)):
            stack.extend(reversed(item))
