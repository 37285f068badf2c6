"""Members of `ctx` that it does not have in this kind of function, where a handler names them (convex-facts 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.ctx_members import MEMBERS, lacks
from convexlint.program.evaluation.values import CtxOf
from convexlint.program.model import Module, Place, RegisteredFunction
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct


class ForeignMember(Struct, frozen=True, eq=False):
    """`ctx.runAction` in the handler of a mutation. `place.span`: the member's name. `member`: its path below ctx.
    `why`: "kind", the release that brings it, or "nowhere": Convex has no such member. `call`: the call of it, None
    where it is not called; `dropped`: nothing uses what that gives."""

    place: Place
    function: RegisteredFunction
    member: str
    why: str
    call: ir.Call | None
    dropped: bool


@listed
def foreign_members(program: Program) -> Iterator[ForeignMember]:
    """Members of the ctx of official builders that their handlers name in vain, by function and place."""
    for function in program.functions:
        handler = function.handler
        if handler is None or function.custom or function.wrapper is not None:
            continue
        module = handler.module
        if program.reports(module):
            yield from _Handler(program, function, module, module.facts.functions[handler.index]).members()


class _Handler:
    def __init__(
        self, program: Program, function: RegisteredFunction, module: Module, handler: ir.Function
    ) -> None:
        self._program = program
        self._function = function
        self._module = module
        self._handler = handler
        self._index = program.ev.world.index(module)

    def members(self) -> Iterator[ForeignMember]:
        params = self._handler.params
        pattern = params[0].pattern if params else None
        if isinstance(pattern, ir.BindName) and self._is_ctx(pattern.ref):
            yield from self._named(pattern.ref, "")
        elif isinstance(pattern, ir.ObjectPattern):
            yield from self._taken(pattern, "")

    def _is_ctx(self, ref: int) -> bool:
        value = self._program.ev.binding(self._module, ref)
        return isinstance(value, CtxOf) and not value.extras and not self._module.facts.bindings[ref].assigned

    def _named(self, ref: int, above: str) -> Iterator[ForeignMember]:
        uses = self._index.uses.get(ref, ())
        tested = {self._tested(use) for use in uses}
        for use in uses:
            parent = self._index.parent(use)
            name = self._name(parent)
            if name is not None and isinstance(parent, (ir.Member, ir.Index)) and parent.object == use:
                if name not in tested and not parent.optional:
                    yield from self._member(parent, above + name)
            elif isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.ObjectPattern):
                yield from self._taken(parent.pattern, above)

    def _name(self, node: object) -> str | None:
        """The name in `ctx.name`, `ctx["name"]` and, where a constant holds it, `ctx[key]`."""
        if isinstance(node, ir.Member):
            return node.name
        key = node.key if isinstance(node, ir.Index) else None
        held = self._index.constant(key.ref) if isinstance(key, ir.Name) and key.ref >= 0 else key
        return held.value if isinstance(held, ir.Text) else None

    def _member(self, node: ir.Member | ir.Index, member: str) -> Iterator[ForeignMember]:
        parent = self._index.parent(node)
        span = (
            Span(node.name_start, node.end)
            if isinstance(node, ir.Member)
            else Span(node.key.start, node.key.end)
        )
        why = self._why(member)
        inner = (
            self._name(parent)
            if isinstance(parent, (ir.Member, ir.Index)) and parent.object == node
            else None
        )
        if why is None and member in MEMBERS and inner is not None:
            yield from self._member(parent, f"{member}.{inner}")
        elif why is not None and self._is_needed(node, parent, why):
            call = parent if isinstance(parent, ir.Call) and parent.callee == node else None
            yield self._found(span, member, why, call)

    def _taken(self, pattern: ir.ObjectPattern, above: str) -> Iterator[ForeignMember]:
        """`const { runAction } = ctx`."""
        for field in pattern.fields:
            if field.key is None or field.pattern is None:
                continue
            member = above + field.key
            why = self._why(member)
            name = field.pattern
            if isinstance(name, ir.BindName) and name.default is None and why not in (None, "nowhere"):
                assert why is not None
                yield self._found(Span(name.start, name.start + len(name.name.encode())), member, why, None)
            elif isinstance(name, ir.BindName) and member in MEMBERS:
                yield from self._named(name.ref, f"{member}.")
            elif isinstance(name, ir.ObjectPattern):
                yield from self._taken(name, f"{member}.")

    def _why(self, member: str) -> str | None:
        kind = self._function.kind
        if member in MEMBERS:
            return (
                None
                if _is_others_matter(kind, member)
                else lacks(kind, member, self._program.project.convex_version)
            )
        if "." in member or self._is_set(member):
            return None
        return "nowhere"

    def _is_needed(self, node: ir.Member | ir.Index, parent: object, why: str) -> bool:
        """Whether the lack is felt: what Convex never has is undefined, and fails when something is asked of it."""
        if why != "nowhere":
            return not isinstance(parent, ir.Assign) or parent.target != node
        if isinstance(parent, ir.Call):
            return parent.callee == node and not parent.optional
        return isinstance(parent, (ir.Member, ir.Index)) and parent.object == node and not parent.optional

    def _is_set(self, name: str) -> bool:
        """Whether somebody puts such a member on some object: `ctx.user = user`."""
        written = re.compile(rb"\.\s*%b\s*=(?!=)|Object\.assign\s*\(\s*ctx\b" % re.escape(name.encode()))
        return any(module.holds(written) for module in self._program.modules)

    def _tested(self, use: ir.Name) -> str:
        """The member whose presence is tested around a use: `if (ctx.runAction)`, `"runAction" in ctx`."""
        parent = self._index.parent(use)
        if isinstance(parent, ir.Binary) and parent.op == "in" and isinstance(parent.left, ir.Text):
            return parent.left.value
        if not isinstance(parent, ir.Member):
            return ""
        above = self._index.parent(parent)
        tests = isinstance(above, (ir.If, ir.Conditional)) and above.test == parent
        words = isinstance(above, ir.Binary) and above.op not in ("+", "-", "*", "/")
        return parent.name if tests or words or isinstance(above, ir.Unary) else ""

    def _found(self, span: Span, member: str, why: str, call: ir.Call | None) -> ForeignMember:
        owner = 0 if call is None else self._index.owner(call)
        place = placing(self._program).at(self._module, span.start, span.end, owner)
        above = None if call is None else self._index.parent(call)
        if isinstance(above, ir.Await):
            above = self._index.parent(above)
        return ForeignMember(place, self._function, member, why, call, isinstance(above, ir.Evaluate))


def _is_others_matter(kind: str, member: str) -> bool:
    """no-db-in-action and no-write-in-query speak of these."""
    if member == "db":
        return kind in ("action", "httpAction")
    return kind == "query" and member in ("scheduler", "runMutation", "runAction", "storage.store")
