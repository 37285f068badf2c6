"""An index with another name or other fields is a new index: the push builds it over all documents
(docs/convex.md 14.2)."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from convexlint.findings import Category, Concern, Finding, Level
from convexlint.program.evolution.schema_changes import IndexChange, index_changes
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.EVOLUTION, concern=Concern.COST, level=Level.INFO)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    before = program.before()
    for found in index_changes(program) if before is not None else ():
        assert before is not None
        if not any(fnmatchcase(found.index.table, pattern) for pattern in program.settings.may_change):
            yield _finding(found, before.revision)


def _finding(found: IndexChange, revision: str) -> Finding:
    index = found.index
    if found.kind == "renamed":
        what = f"index `{index.name}` of `{index.table}` is `{found.old.name}` of {revision} by another name"
    else:
        old, new = (", ".join(fields or ()) for fields in (found.old.fields, index.fields))
        what = f"index `{index.name}` of `{index.table}` is over ({new}) and was over ({old}) in {revision}"
    waits = "" if index.staged else ", and the push waits for it"
    return Finding(
        index.module.path,
        index.name_span,
        f"{what}: the deploy drops the old one and builds this one over all documents{waits}",
        help="for a large table, add the new index as `staged: true` beside the old one, deploy, and let the queries "
        "use it when it is built",
    )
