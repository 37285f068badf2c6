"""The files in `_generated/` folders."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.program.modules.generated import GeneratedFile, read_generated
from convexlint.program.program import Program
from convexlint.program.queries import listed


@listed
def generated_files(program: Program) -> Iterator[GeneratedFile]:
    """What stands in the project's `_generated/` folders, and who wrote it, by path."""
    yield from read_generated(program.generated())
