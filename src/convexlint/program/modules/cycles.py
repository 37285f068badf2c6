"""Graphs that go round in circles."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def strongly_connected(nodes: Iterable[Node], after: Callable[[Node], Iterable[Node]]) -> list[list[Node]]:
    """The nodes in groups in which each is reached from each other, those that are reached before those that reach
    them (Tarjan's algorithm, without recursion). Every node that is reached must be one of `nodes`."""
    groups: list[list[Node]] = []
    number: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    on_stack: set[Node] = set()
    for start in nodes:
        if start in number:
            continue
        number[start] = low[start] = len(number)
        stack.append(start)
        on_stack.add(start)
        pending = [(start, iter(after(start)))]
        while pending:
            node, rest = pending[-1]
            for one in rest:
                if one not in number:
                    number[one] = low[one] = len(number)
                    stack.append(one)
                    on_stack.add(one)
                    pending.append((one, iter(after(one))))
                    break
                if one in on_stack:
                    low[node] = min(low[node], number[one])
            else:
                pending.pop()
                if pending:
                    above = pending[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == number[node]:
                    group = []
                    while True:
                        one = stack.pop()
                        on_stack.discard(one)
                        group.append(one)
                        if one == node:
                            break
                    groups.append(group)
    return groups
