"""What clients in TypeScript and JavaScript ask of the backend: which function they name, by which hook or method,
with which arguments.

References are read as in the backend: `api.tasks.list` through imports, constants and re-exports. A reference is
followed to the call that takes it: of a hook, of a client's method, or of a function of the client that hands it on
to one. What `useMutation` gives is followed to where it is called, through constants, destructuring and hooks of
the client's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.discovery.mentions import mentions_in
from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.takers import CALLED_LATER, Taker, taker
from convexlint.program.evaluation.references import reference_path
from convexlint.program.evaluation.values import (
    Closure,
    External,
    ExternalResult,
    RefName,
    RefPath,
    Value,
    present,
)
from convexlint.program.model import Module
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.modules.nodes import bare, callee_name, descendants
from convexlint.program.places.clients.takers import argument_at, handed_on, taker_of
from convexlint.program.places.reference_sites import begins_reference, is_reference_root, whole_reference
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct, replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_DEPTH = 6
_SAME = "withOptimisticUpdate"
_OF_TYPES = frozenset({"_returnType", "_args", "_type", "_visibility", "_componentPath"})
"""What a FunctionReference has for types alone."""
_TYPEOF = re.compile(rb"typeof(?<!\wtypeof)\s+[\w$]*\s*\.")
_WITH_TEMPLATES = (".svelte", ".vue")
_WITH_ENTRIES = frozenset({"useQueries", "useQuery", "useQuery_experimental"})
"""Hooks of React that take `{ query, args }`."""


class ScriptUse(Struct, frozen=True, eq=False):
    """A function of the backend in a client.

    `place`: the reference as written (`api.tasks.list`, `"tasks:list"`). `root`: api, internal, anyApi, string.
    `path`: "tasks:list". `taker`: what it is given to, None where that is not known; then it is named there at
    `name` ("useQuery"), `name_span`. `call`: the call with the function's arguments, None where there is none:
    `args` is what it is given, None for nothing. `args_known`: the arguments are known to be that. `owner`: the facts
    function of `module` around it. `method`: it is a client's method. `in_type`: it is a type. `in_template`: it stands
    in a component's template, which is read as text: what is done with it is not known.
    """

    module: Module
    owner: int
    place: Span
    root: str
    path: str
    taker: Taker | None = None
    name: str = ""
    name_span: Span | None = None
    call: ir.Call | None = None
    args: ir.Expr | None = None
    args_known: bool = False
    method: bool = False
    in_type: bool = False
    in_template: bool = False


@listed
def script_uses(program: Program) -> Iterator[ScriptUse]:
    """The uses of the backend's functions in the scripts around it, by module; one for each call that takes one,
    and one without a call for a reference that nothing known takes."""
    scripts = program.scripts()
    if scripts.ev is not None:
        for module in scripts.modules:
            if _may_use(scripts.ev, module):
                yield from _Reader(scripts.ev, module).all()


def _may_use(ev: Evaluator, module: Module) -> bool:
    """Whether its imports allow that it names a function or calls what another client gives it: most others are never
    looked into."""
    specifiers = [one.text for one in module.head.specifiers]
    if any("_generated/api" in text for text in specifiers):
        return True
    targets = (ev.world.specifier(module, text) for text in specifiers)
    return any(isinstance(one, Module) or one in ("", "_generated/api", "convex/server") for one in targets)


class _Reader:
    """Reads one module."""

    def __init__(self, ev: Evaluator, module: Module) -> None:
        self._ev = ev
        self._module = module
        self._index: ModuleIndex = ev.world.index(module)

    def all(self) -> Iterator[ScriptUse]:
        found = [*self._named(), *self._called_later()]
        yield from sorted(found, key=lambda use: (use.place.start, use.place.end))

    # ------------------------------------------------------------------------------------------- references

    def _named(self) -> Iterator[ScriptUse]:
        index = self._index
        for binding in sorted(index.uses):
            if self._begins(binding):
                for use in index.uses[binding]:
                    node, value = self._whole(use)
                    path = _path(value)
                    if (
                        path is not None
                        and isinstance(value, RefPath)
                        and not self._is_written_before(use, node)
                    ):
                        yield from self._uses(node, value.root, path)
        yield from self._in_types()
        yield from self._in_template()
        for site in index.code_calls:
            node = site.expr
            if callee_name(node.callee)[0] == "makeFunctionReference" and isinstance(node, ir.Call):
                value = self._ev.expr(self._module, node)
                if isinstance(value, RefName) and ":" in value.name:
                    yield from self._uses(node, "string", value.name)

    def _in_types(self) -> Iterator[ScriptUse]:
        """`typeof api.tasks.list` as a type."""
        module = self._module
        if _TYPEOF.search(module.source) is None:
            return
        facts = module.facts
        for node in descendants((*facts.functions, *facts.classes, *facts.types)):
            if not isinstance(node, ir.TypeQuery):
                continue
            first: ir.Expr = node.value
            while isinstance(first, ir.Member):
                first = first.object
            if not isinstance(first, ir.Name) or first.ref < 0 or not self._begins(first.ref):
                continue
            value = self._reference(node.value)
            path = _path(value)
            if path is not None and isinstance(value, RefPath):
                at = Span(node.value.start, node.value.end)
                yield ScriptUse(module, 0, at, value.root, path, in_type=True)

    def _in_template(self) -> Iterator[ScriptUse]:
        """`api.tasks.list` in a component's template."""
        module, facts = self._module, self._module.facts
        if not module.path.endswith(_WITH_TEMPLATES):
            return
        for name in [
            n for one in facts.imports for n in one.names if n.binding >= 0 and self._begins(n.binding)
        ]:
            root = self._ev.binding(module, name.binding)
            local = name.local.encode()
            if not isinstance(root, RefPath) or root.parts:
                continue
            for found in mentions_in(module.source, (local,)):
                if len(found.path) > 1 and _is_in_template(module.source, found.start):
                    path = f"{'/'.join(found.path[:-1])}:{found.path[-1]}"
                    place = Span(found.start, found.start + len(local))
                    yield ScriptUse(module, 0, place, root.root, path, in_template=True)

    def _whole(self, use: ir.Name) -> tuple[ir.Expr, Value]:
        """The whole reference that begins with a name, and what it is."""
        node = whole_reference(self._index, use, self._reference)
        return node, self._reference(node)

    def _begins(self, binding: int) -> bool:
        return begins_reference(self._ev, self._module, binding, _is_root, _DEPTH)

    def _reference(self, node: ir.Expr) -> Value:
        value = present(self._ev.expr(self._module, node))
        return _of_any_api(value) or value

    def _is_written_before(self, use: ir.Name, node: ir.Expr) -> bool:
        """Whether it is a constant that holds a whole reference: that was read where it is written out."""
        definition = self._index.definitions.get(use.ref)
        return node is use and definition is not None and definition.kind == "var" and not definition.path

    def _uses(self, node: ir.Expr, root: str, path: str) -> Iterator[ScriptUse]:
        owner, span = self._index.owner(node), Span(node.start, node.end)
        plain = ScriptUse(self._module, owner, span, root, path)
        found = False
        for taken in self._taken(node, 0):
            found = True
            yield ScriptUse(self._module, self._index.owner(taken.call), span, root, path, *taken.rest())
        if not found:
            yield plain

    # --------------------------------------------------------------------------------------------- what takes

    def _taken(self, node: ir.Expr, depth: int) -> Iterator[_Taken]:
        """The calls that take a reference."""
        node, parent = outward(self._index, node)
        one_of_several = False
        while isinstance(parent, ir.Conditional) and node is not parent.test:
            node, parent = outward(self._index, parent)
            one_of_several = True  # and so may the arguments be, by the same test
        if isinstance(parent, ir.Call):
            position = next((n for n, a in enumerate(parent.args) if a is node), -1)
            for taken in self._by_call(parent, position, depth) if position >= 0 else ():
                yield replace(taken, args_known=False) if one_of_several else taken
        elif isinstance(parent, ir.Prop):
            entry = self._by_entry(parent)
            if entry is not None:
                yield entry
        elif isinstance(parent, ir.Declare) and parent.keyword == "const" and depth < _DEPTH:
            held = parent.pattern.ref if isinstance(parent.pattern, ir.BindName) else -1
            for use in self._index.uses.get(held, ()):
                yield from self._taken(use, depth + 1)

    def _by_call(self, call: ir.Call, position: int, depth: int) -> Iterator[_Taken]:
        name, span = callee_name(call.callee)
        found, method = self._taker(call)
        if found is not None:
            if found.at == position:
                args_known = found.args is not None and not any(isinstance(a, ir.Spread) for a in call.args)
                args = argument_at(call, found.args)
                yield _Taken(call, found, name, span, args, args_known, method)
            return
        value = present(self._ev.expr(self._module, call.callee))
        if isinstance(value, Closure) and depth < _DEPTH:
            handed = handed_on(self._ev, value, position, 0)
            if handed is not None:
                args_known = handed.args is not None and not any(isinstance(a, ir.Spread) for a in call.args)
                yield _Taken(call, handed, name, span, argument_at(call, handed.args), args_known, False)

    def _by_entry(self, prop: ir.Prop) -> _Taken | None:
        """`{ query: api.tasks.list, args: {...} }` of useQueries and its relatives."""
        whole = self._index.parent(prop)
        if prop.key != "query" or not isinstance(whole, ir.Object):
            return None
        args = next((p.value for p in whole.props if p.key == "args" and p.kind != "method"), None)
        above: object = whole
        while above is not None and not isinstance(above, (ir.Call, ir.Function)):
            above = self._index.parent(above) if isinstance(above, ir.Node) else None
        if args is None or not isinstance(above, ir.Call):
            return None
        key = Span(prop.key_start, prop.key_end)
        name = callee_name(above.callee)[0]
        anew = "render" if name in _WITH_ENTRIES else ""
        return _Taken(above, Taker("query", anew=anew), name or "query", key, args, True, False)

    def _taker(self, call: ir.Call) -> tuple[Taker | None, bool]:
        return taker_of(self._ev, self._module, call)

    # ------------------------------------------------------------------------------------- called afterwards

    def _called_later(self) -> Iterator[ScriptUse]:
        """Calls of what `useMutation(api.tasks.add)` gave, wherever that stands."""
        for site in self._index.code_calls:
            call, callee = site.expr, site.expr.callee
            if not isinstance(call, ir.Call) or not isinstance(callee, (ir.Name, ir.Member, ir.Call)):
                continue
            if isinstance(callee, ir.Name) and callee.ref < 0:
                continue
            if isinstance(callee, ir.Member) and callee.name not in CALLED_LATER:
                continue
            made = self._maker(callee)
            if made is None:
                continue
            value, found = made
            reference = present(self._ev.expr(value.module, value.args[found.at], value.frame))
            path = _path(_of_any_api(reference) or reference)
            if path is None:
                continue
            root = reference.root if isinstance(reference, RefPath) else "string"
            name, span = callee_name(callee)
            args_known = not any(isinstance(a, ir.Spread) for a in call.args)
            args = argument_at(call, 0)
            yield ScriptUse(
                self._module, site.owner, span, root, path, found, name, span, call, args, args_known, False
            )

    def _maker(self, callee: ir.Expr) -> tuple[ExternalResult, Taker] | None:
        """The call of a hook that gave what is called."""
        value = present(self._ev.expr(self._module, self._plain(callee)))
        if not isinstance(value, ExternalResult) or not value.args:
            return None
        found = taker(value.source.package, value.source.path[-1]) if value.source.path else None
        if found is not None and found.later:
            plain = all(step in CALLED_LATER for step in value.path)
            return (value, found) if plain and len(value.args) > found.at else None
        return self._wrapped(value)

    def _plain(self, callee: ir.Expr) -> ir.Expr:
        """`useMutation(api.tasks.add).withOptimisticUpdate(...)` is called like what it begins with."""
        definition = self._index.definitions.get(callee.ref) if isinstance(callee, ir.Name) else None
        made = definition.expr if definition is not None and not definition.path else None
        method = bare(made.callee) if isinstance(made, ir.Call) else None
        return method.object if isinstance(method, ir.Member) and method.name == _SAME else callee

    def _wrapped(self, value: ExternalResult) -> tuple[ExternalResult, Taker] | None:
        """`useMutation({ mutationFn: useConvexMutation(api.tasks.add) })` of TanStack."""
        options = bare(value.args[0])
        if value.source.path[-1:] != ("useMutation",) or not isinstance(options, ir.Object):
            return None
        if not value.path or value.path[-1] not in CALLED_LATER:
            return None
        given = next((p.value for p in options.props if p.key == "mutationFn"), None)
        inner = present(self._ev.expr(value.module, given, value.frame)) if given is not None else None
        if not isinstance(inner, ExternalResult) or inner.path or not inner.source.path or not inner.args:
            return None
        found = taker(inner.source.package, inner.source.path[-1])
        return (inner, found) if found is not None and found.later else None


def _is_in_template(source: bytes, at: int) -> bool:
    """Whether it stands neither in a script block nor in a comment."""
    inside = ((b"<script", b"</script"), (b"<!--", b"-->"))
    return all(source.rfind(opened, 0, at) <= source.rfind(closed, 0, at) for opened, closed in inside)


class _Taken(Struct, frozen=True, eq=False):
    call: ir.Call
    taker: Taker
    name: str
    span: Span
    args: ir.Expr | None
    args_known: bool
    method: bool

    def rest(self) -> tuple[Taker, str, Span, ir.Call, ir.Expr | None, bool, bool]:
        return self.taker, self.name, self.span, self.call, self.args, self.args_known, self.method


def _is_root(value: Value) -> bool:
    return is_reference_root(value) or _of_any_api(value) is not None


def _of_any_api(value: Value) -> RefPath | None:
    """`anyApi.tasks.list` as the reference that it is."""
    if isinstance(value, External) and value.package == "convex/server" and value.path[:1] == ("anyApi",):
        return RefPath("anyApi", value.path[1:])
    return None


def _path(value: Value) -> str | None:
    """The function's path that a reference means."""
    if isinstance(value, RefPath):
        parts = value.parts[:-1] if value.parts and value.parts[-1] in _OF_TYPES else value.parts
        value = RefPath("api" if value.root == "anyApi" else value.root, parts)
    return reference_path(value)
