"""What stands in `_generated/` is written anew by every `npx convex dev`."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Span
from convexlint.program.places.generated_files import generated_files
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_WHOLE = Span(0, 0)


@rule(category=Category.SCHEMA, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for file in generated_files(program):
        if file.kind == "foreign":
            yield Finding(
                path=file.path,
                span=_WHOLE,
                message=f"`{file.name}` is written by hand, in a folder that belongs to `npx convex dev`",
                help="move it out of `_generated/`, into a module of your own",
            )
        elif file.headless:
            yield Finding(
                path=file.path,
                span=_WHOLE,
                message=f"`{file.name}` is not as Convex wrote it: the header of generated files is gone",
                help="run `npx convex codegen`, and keep your own code in modules of your own",
            )
        for name, span in file.added:
            what = f"`{name}`" if name.isidentifier() else "this export"
            yield Finding(
                path=file.path,
                span=span,
                message=f"{what} was added to `{file.name}` by hand: the next `npx convex dev` deletes it",
                help="move it into a module of your own and import it from there",
            )
