"""Where a database index is used, and what must change when it gets another name or goes away."""

from __future__ import annotations

from dataclasses import dataclass

from convexlint.discovery.project import Role
from convexlint.findings import Edit, Span
from convexlint.program.editing import quoted, replace
from convexlint.program.model import IndexDef, Program, QueryStep


@dataclass(frozen=True, slots=True)
class IndexUses:
    """`steps`: the `.withIndex` calls that name the index.

    `doubt`: why there may be more of them, as the end of the sentence "unsafe because ..."; None when these
    are all. `lost`: some use names the index of another table too, so it cannot be rewritten.
    """

    steps: tuple[QueryStep, ...]
    doubt: str | None
    lost: bool


def uses_of(program: Program, index: IndexDef) -> IndexUses:
    """The uses of `index` in the project's modules."""
    steps: list[QueryStep] = []
    doubt: str | None = None
    lost = False
    for step in program.query_steps:
        if step.method != "withIndex" or step.index_name not in (index.name, None):
            continue
        tables = {state.table for state in step.before}
        if index.table not in tables and None not in tables:
            continue
        if step.index_name is None:
            doubt = f"a query of `{index.table}` computes the name of its index"
        elif tables != {index.table} or step.index_span is None:
            doubt = f"a query whose table is not known names an index `{index.name}`"
            lost = lost or index.table in tables
        else:
            steps.append(step)
    return IndexUses(tuple(steps), doubt or _other_mention(program, index.name), lost)


def renamed(uses: IndexUses, name: str) -> list[Edit]:
    """Edits that make every known use name the index `name`."""
    edits = {}
    for step in uses.steps:
        if step.index_span is not None:
            module = step.place.module
            edits[module.path, step.index_span] = replace(module, step.index_span, quoted(module, name))
    return list(edits.values())


def _other_mention(program: Program, name: str) -> str | None:
    """A place that quotes `name` and is neither the definition of an index nor a query step.

    Helpers of packages take index names too, and so do tests; what is not understood must not be lost.
    """
    known = {
        (index.module.path, index.name_span.start)
        for table in program.schema.tables.values()
        for index in table.indexes
    }
    for step in program.query_steps:
        if step.index_span is not None and None not in {state.table for state in step.before}:
            known.add((step.place.module.path, step.index_span.start))
    for module in program.modules:
        for mark in (b'"', b"'", b"`"):
            needle = mark + name.encode() + mark
            at = module.source.find(needle)
            while at >= 0:
                if (module.path, at) not in known and module.role is not Role.GENERATED:
                    line = module.source.count(b"\n", 0, at) + 1
                    return f"`{name}` is also written in `{module.name}`, line {line}"
                at = module.source.find(needle, at + 1)
    read = {module.path for module in program.modules}
    if any(f.role is Role.TEST and f.path not in read for f in program.project.files):
        return "the project's tests may name the index too"
    return None


def shares_literal(program: Program, index: IndexDef) -> bool:
    """Several tables take the index from the same definition, so it cannot change for one of them alone."""
    spot: tuple[str, Span] = (index.module.path, index.name_span)
    return any(
        other is not index and (other.module.path, other.name_span) == spot
        for table in program.schema.tables.values()
        for other in table.indexes
    )
