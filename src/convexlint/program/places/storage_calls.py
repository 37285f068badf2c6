"""Calls of `ctx.storage`, whatever it is called."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import Bound, Part, members, present
from convexlint.program.model import Place
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

METHODS = frozenset({"getUrl", "getMetadata", "generateUploadUrl", "delete", "store", "get"})


class StorageCall(Struct, frozen=True, eq=False):
    """`ctx.storage.method(...)`. `place.span` is the method's name, `storage_span` the expression before it (the
    name itself where it was taken out of `ctx.storage`)."""

    place: Place
    method: str
    storage_span: Span
    call_span: Span
    args: tuple[ir.Expr, ...]


@listed
def storage_calls(program: Program) -> Iterator[StorageCall]:
    """Calls of `ctx.storage`, by module and place."""
    ev, places = program.ev, placing(program)
    for module in ev.world.looked_at:
        for site in ev.world.index(module).code_calls:
            callee = site.expr.callee
            if isinstance(callee, ir.Member) and callee.name in METHODS:
                found = members(present(ev.expr(module, callee.object)))
                if not any(isinstance(v, Part) and v.name == "storage" for v in found):
                    continue
                start, name, before = callee.name_start, callee.name, callee.object
            elif isinstance(callee, ir.Name) and callee.ref >= 0:
                value = ev.expr(module, callee)
                if not isinstance(value, Bound) or not isinstance(value.receiver, Part):
                    continue
                if value.receiver.name != "storage" or value.name not in METHODS:
                    continue
                start, name, before = callee.start, value.name, callee
            else:
                continue
            yield StorageCall(
                places.at(module, start, callee.end, site.owner),
                name,
                Span(before.start, before.end),
                Span(site.expr.start, site.expr.end),
                site.expr.args,
            )
