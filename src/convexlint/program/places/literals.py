"""Texts that stand in the code as literals; comments and types are none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.facts.ir import Template, Text
from convexlint.findings import Span
from convexlint.program.model import Module
from convexlint.program.modules.nodes import descendants


def literals_matching(module: Module, pattern: re.Pattern[bytes]) -> Iterator[tuple[Span, re.Match[bytes]]]:
    """The string and template literals of `module` that contain `pattern`, with the first match in each.

    Modules whose source does not have it anywhere are not walked."""
    if not module.holds(pattern):
        return
    seen: set[int] = set()
    for part in (*module.facts.functions, *module.facts.classes):
        for node in descendants(part):
            if isinstance(node, (Text, Template)) and node.start not in seen:
                seen.add(node.start)
                match = pattern.search(module.source, node.start, node.end)
                if match is not None:
                    yield Span(node.start, node.end), match
