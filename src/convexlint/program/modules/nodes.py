"""Walking facts without knowing their kinds."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator

from convexlint.facts.ir import Node

_PLAIN = frozenset({"int", "str", "bool", "bytes", "float", "None", "tuple"})


def descendants(start: Node | Iterable[object]) -> Iterator[Node]:
    """All facts nodes of `start` in written order, itself included; the bodies of functions that stand in it
    belong to those (`ModuleFacts.functions`) and are not among them."""
    stack: list[object] = [start]
    while stack:
        item = stack.pop()
        if isinstance(item, Node):
            yield item
            names = _FIELDS.get(type(item))
            if names is None:
                names = _FIELDS[type(item)] = _backwards(type(item))
            for name in names:
                below = getattr(item, name)
                if below is not None and below != ():
                    stack.append(below)
        elif isinstance(item, (tuple, list)):
            stack.extend(reversed(item))


_FIELDS: dict[type[Node], tuple[str, ...]] = {}


def _backwards(kind: type[Node]) -> tuple[str, ...]:
    """The fields that can hold nodes, last first. Most fields are numbers and texts: looking at each of them in
    each node is what a walk would spend its time on."""
    annotations: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        annotations.update(inspect.get_annotations(base))
    fields = [name for name in kind.__struct_fields__ if set(re.findall(r"\w+", annotations[name])) - _PLAIN]
    return tuple(reversed(fields))
