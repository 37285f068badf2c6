"""Registered functions that their module does not export: Convex never sees them (convex-facts 1.5)."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.discovery.project import Role
from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.model import RegisteredFunction
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct


class Unexported(Struct, frozen=True, eq=False):
    """A registered function that is not exported. `name`: its variable ("" without one), at `span`."""

    function: RegisteredFunction
    name: str
    span: Span


@listed
def unexported(program: Program) -> Iterator[Unexported]:
    """Registered functions that their module does not export, by module and place."""
    ev = program.ev
    for function in program.functions:
        module = function.module
        if function.export or function.owner_function or function.kind == "httpAction":
            continue
        if module.role is not Role.MODULE:
            continue
        index = ev.world.index(module)
        node = next(
            (
                site.expr
                for site in index.calls_by_owner.get(0, ())
                if site.expr.start == function.call_span.start and site.expr.end == function.call_span.end
            ),
            None,
        )
        parent = None if node is None else index.parent(node)
        while isinstance(parent, ir.Cast):
            parent = index.parent(parent)
        if isinstance(parent, ir.Evaluate):
            yield Unexported(function, "", function.builder_span)
        elif isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.BindName):
            uses = index.uses.get(parent.pattern.ref, ())
            # At module level it may be wrapped, collected or exported in another way.
            if all(index.owner(use) > 0 for use in uses):
                name = parent.pattern
                yield Unexported(function, name.name, _name_span(module.facts, name))


def _name_span(facts: ir.ModuleFacts, name: ir.BindName) -> Span:
    if name.ref < 0:
        return Span(name.start, name.end)
    binding = facts.bindings[name.ref]
    return Span(binding.start, binding.end)
