"""A public function that hands on to plain functions can be read, tested and reused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from convexlint.findings import Category, Concern, Finding
from convexlint.program.model import FunctionRef
from convexlint.program.program import Program
from convexlint.rules.rule import rule


@dataclass(frozen=True, slots=True)
class Options:
    """What is still thin.

    Attributes:
        max_lines: the most lines that the handler of a public function may have, its braces' lines included.
    """

    max_lines: int = 50


@rule(category=Category.FUNCTIONS, concern=Concern.STYLE, level=None, options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    for function in program.functions:
        if not function.is_public or function.handler is None:
            continue
        lines = _lines(function.handler)
        if lines > options.max_lines:
            yield Finding.at(
                function.place,
                f"the handler of this public {function.kind} has {lines} lines, "
                f"more than {options.max_lines}",
                help="move the work to a plain function that takes `ctx`, and call it here",
            )


def _lines(handler: FunctionRef) -> int:
    facts = handler.module.facts.functions[handler.index]
    body = handler.module.source[facts.body_start : facts.body_end]
    return len(body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"))
