"""Whether the project hands its schema to a package that may read any table by any index."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.evaluation.values import External, ExternalResult, SchemaOf, present
from convexlint.program.modules.nodes import bare
from convexlint.program.program import Program
from convexlint.program.queries import query

_ASK_FOR_NAMES = ("convex", "convex-ents", "convex-helpers", "convex-test")
"""Packages that take a schema for its types and validators, and the names of indexes from the project."""


@query
def is_schema_handed_out(program: Program) -> bool:
    """Whether some function of a package gets the schema and may choose among its indexes, as `createApi` of
    @convex-dev/better-auth does by the fields of each request."""
    ev = program.ev
    for module in program.modules:
        if not any("schema" in specifier.text.lower() for specifier in module.head.specifiers):
            continue
        for site in ev.world.index(module).code_calls:
            call = site.expr
            if not isinstance(call, (ir.Call, ir.New)):
                continue
            given = [bare(a) for a in call.args if not isinstance(a, ir.Spread)]
            if not any(isinstance(a, (ir.Name, ir.Member)) for a in given):
                continue
            value = present(ev.expr(module, bare(call.callee)))
            source = value.source if isinstance(value, ExternalResult) else value
            if not isinstance(source, External) or source.package.split("/")[0] in _ASK_FOR_NAMES:
                continue
            if any(isinstance(present(ev.expr(module, a)), SchemaOf) for a in given):
                return True
    return False
