"""A result that the `returns` validator refuses throws, after all the work is done."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.model import Program
from convexlint.program.shapes import Mismatch
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for mismatch in program.return_mismatches:
        if not mismatch.module.reported:
            continue
        function = mismatch.function
        declared = function.returns.span
        yield Finding(
            path=mismatch.module.path,
            span=mismatch.span,
            message=f"gives {mismatch.refusal.text}: the `returns` validator refuses it, and the call throws",
            help=_help(mismatch),
            function=function.path,
            related=(Related(function.module.path, declared, "the `returns` validator"),) if declared else (),
        )


def _help(mismatch: Mismatch) -> str:
    fields = mismatch.refusal.fields
    if not fields:
        return "correct the validator, or what is returned"
    listed = ", ".join(f"`{name}`" for name in fields)
    return f"return the listed fields alone, or add {listed} to the validator"
