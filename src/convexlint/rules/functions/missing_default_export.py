"""Convex loads schema, http, crons, auth.config and convex.config for their default export."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Fix, Level, Span
from convexlint.program.model import Module
from convexlint.program.places.special import WANTED, SpecialFile, special_files
from convexlint.program.program import Program
from convexlint.program.writing.editing import insert
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, level=Level.ERROR, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for special in special_files(program):
        module = special.module
        if special.present and special.wrong is None:
            continue
        wanted = WANTED[special.file]
        if special.wrong is not None:
            span, what = special.wrong
            message = (
                f"`{special.file}` exports {what} by default; Convex wants {wanted} and refuses the push"
            )
        else:
            span = Span(0, 0)
            message = (
                f"`{special.file}` has no default export: Convex wants {wanted} there and refuses the push"
            )
        yield Finding(
            path=module.path,
            span=span,
            message=message,
            help=_help(special),
            fix=_fix(special) if special.wrong is None else None,
        )


def _help(special: SpecialFile) -> str:
    if len(special.names) == 1:
        return f"end the file with `export default {special.names[0]};`"
    return f"`export default` {WANTED[special.file]}"


def _fix(special: SpecialFile) -> Fix | None:
    module = special.module
    if len(special.names) == 1:
        (name,) = special.names
        return Fix.safe(
            f"export `{name}` by default", insert(module, len(module.source), _ending(module, name))
        )
    if not special.names and special.statement_start is not None:
        return Fix.safe(
            f"export the {special.file} by default",
            insert(module, special.statement_start, "export default "),
        )
    return None


def _ending(module: Module, name: str) -> str:
    """The last line of the file, in its own manner."""
    source = module.source
    line = "\r\n" if b"\r\n" in source else "\n"
    semicolon = ";" if b";" + line.encode() in source or source.endswith(b";") else ""
    gap = line if source.endswith(line.encode()) else line * 2
    return f"{gap}export default {name}{semicolon}{line}"
