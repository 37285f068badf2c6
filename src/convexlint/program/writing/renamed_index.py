"""Another name for an index, wherever queries name it."""

from __future__ import annotations

from convexlint.findings import Edit
from convexlint.program.places.index_uses import IndexUses
from convexlint.program.writing.editing import quoted, replace


def renamed(uses: IndexUses, name: str) -> list[Edit]:
    """Edits that make every use name the index `name`, in the quotes of its module."""
    edits = {}
    for step in uses.steps:
        if step.index_span is not None:
            module = step.place.module
            edits[module.path, step.index_span] = replace(module, step.index_span, quoted(module, name))
    return list(edits.values())
