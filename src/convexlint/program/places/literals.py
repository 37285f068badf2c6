"""Texts that stand in the code as literals; comments and types are none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.findings import Span
from convexlint.program.model import Module
from convexlint.program.program import Program


def long_literals(program: Program, module: Module) -> bytes:
    """All string and template literals of `module` of at least `LONG_TEXT` bytes, a line each: a tenth of its
    source."""
    texts = program.ev.world.index(module).long_texts
    return b"\n".join([module.source[node.start : node.end] for node in texts])


def literals_matching(
    program: Program, module: Module, pattern: re.Pattern[bytes]
) -> Iterator[tuple[Span, re.Match[bytes]]]:
    """Those that contain `pattern`, with the first match in each."""
    for node in program.ev.world.index(module).long_texts:
        match = pattern.search(module.source, node.start, node.end)
        if match is not None:
            yield Span(node.start, node.end), match
