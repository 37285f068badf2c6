"""Environment variables: where modules read `process.env`, and which names `convex.config` declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.discovery.project import Role
from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.members import member
from convexlint.program.evaluation.values import ExternalResult, Fields, Global, ObjectLiteral, Value, present
from convexlint.program.model import Module, Place
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.modules.nodes import bare
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.places.sites import Locator


_GLOBAL_THIS = ("globalThis", "self")
# What asks an object for its own keys. In the default runtime the environment has none: a Proxy with `get` alone.
_OWN = frozenset({"hasOwnProperty", "propertyIsEnumerable"})
_LISTING = frozenset(
    {f"Object.{name}" for name in ("assign", "entries", "getOwnPropertyNames", "hasOwn", "keys", "values")}
    | {"JSON.stringify", "Reflect.has", "Reflect.ownKeys", "Object.getOwnPropertyDescriptors"}
)


class EnvRead(Struct, frozen=True, eq=False):
    """A use of `process.env`. `place.span`: `process.env` as written. `name`: the variable it reads, None when the
    whole object is used or the name is computed. `span`: the whole read (`process.env.X`), which `node` is.

    `declared`: convex.config declares the name (of a destructuring: some of `names`; `all_declared`: all, and nothing
    else is taken). `written`: it is assigned to. `listing`: how it asks which variables there are, as written ("..."
    for a spread and the rest of a destructuring, "in", "for in", "Object.keys", ...), "" where it does not.
    """

    place: Place
    name: str | None
    names: tuple[str, ...]
    span: Span
    declared: bool
    all_declared: bool
    written: bool
    node: ir.Expr
    listing: str = ""


@listed
def env_reads(program: Program) -> Iterator[EnvRead]:
    """Uses of `process.env`, by module and place."""
    ev, places = program.ev, placing(program)
    declared = declared_names(ev)
    for module in ev.world.looked_at:
        if module.reported:
            yield from _reads(ev, places, module, declared)


def declared_names(ev: Evaluator) -> frozenset[str]:
    """The names in `env: {...}` of the project's `defineApp` or `defineComponent`."""
    names: set[str] = set()
    for module in ev.world.modules.values():
        if module.role is not Role.CONVEX_CONFIG or module.name.startswith("/"):
            continue
        for site in ev.world.index(module).calls:
            value = ev.expr(module, site.expr)
            if not isinstance(value, ExternalResult) or value.path or value.source.package != "convex/server":
                continue
            if value.source.path in (("defineApp",), ("defineComponent",)):
                for argument in value.args:
                    names.update(_keys(ev, member(ev, present(ev.expr(value.module, argument)), "env")))
    return frozenset(names)


def _keys(ev: Evaluator, value: Value) -> Iterator[str]:
    value = present(value)
    if isinstance(value, ObjectLiteral):
        for prop in value.expr.props:
            if prop.kind == "spread":
                yield from _keys(ev, ev.expr(value.module, prop.value, value.frame))
            elif prop.key is not None:
                yield prop.key
    elif isinstance(value, Fields):
        for key, _, _ in value.entries:
            yield key


def _reads(ev: Evaluator, places: Locator, module: Module, declared: frozenset[str]) -> Iterator[EnvRead]:
    index = ev.world.index(module)
    for node, owner, alias in _environments(ev, module, index):
        place = places.at(module, node.start, node.end, owner)
        holder: ir.Expr = node
        holder, parent = outward(index, node)
        variable: str | None = None
        names: tuple[str, ...] = ()
        rest = False
        if isinstance(parent, ir.Member) and parent.object is holder:
            variable = parent.name
        elif isinstance(parent, ir.Index) and parent.object is holder and isinstance(parent.key, ir.Text):
            variable = parent.key.value
        elif isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.ObjectPattern):
            names = tuple(f.key for f in parent.pattern.fields if f.key is not None)
            rest = parent.pattern.rest is not None or len(names) < len(parent.pattern.fields)
        whole = parent if variable is not None else node
        above = index.parent(whole)
        written = isinstance(above, ir.Assign) and above.target is whole
        written = written or (isinstance(above, ir.Unary) and above.op == "delete")
        if variable is not None:
            names = (variable,)
        known = [name in declared for name in names]
        whole_span = Span(whole.start, whole.end)
        listing = _listing(holder, parent)
        if alias and not names and not listing:
            continue  # the whole object goes on: it was told where it was taken
        settled = bool(known) and all(known) and not rest and not alias
        if isinstance(above, ir.Call) and above.callee is whole and variable in _OWN:
            listing = variable or ""
        yield EnvRead(place, variable, names, whole_span, any(known), settled, written, whole, listing)


def _listing(node: ir.Expr, parent: ir.Node | None) -> str:
    """How the object `node` is asked which keys it has; "" where it is not."""
    if isinstance(parent, ir.Prop) and parent.kind == "spread":
        return "..."
    if isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.ObjectPattern):
        return "..." if parent.pattern.rest is not None else ""
    if isinstance(parent, ir.Binary) and parent.op == "in" and bare(parent.right) is bare(node):
        return "in"
    if isinstance(parent, ir.Loop) and parent.kind == "in":
        return "for in"
    if isinstance(parent, ir.Call) and any(bare(argument) is bare(node) for argument in parent.args):
        callee = bare(parent.callee)
        if isinstance(callee, ir.Member) and isinstance(callee.object, ir.Name):
            name = f"{callee.object.name}.{callee.name}"
            # What `Object.assign` writes into is the object's own affair.
            is_target = name == "Object.assign" and bare(parent.args[0]) is bare(node)
            return name if name in _LISTING and not is_target else ""
    return ""


def _environments(
    ev: Evaluator, module: Module, index: ModuleIndex
) -> Iterator[tuple[ir.Member | ir.Index | ir.Name, int, bool]]:
    """Every expression that is `process.env`, with the facts function around it, and whether it is a variable that
    holds it: `const { env } = process`, `const it = globalThis.process.env`."""
    found: list[tuple[ir.Member | ir.Index | ir.Name, int, bool]] = []
    for name, owner in index.globals:
        if name.name in ("process", *_GLOBAL_THIS):
            environment = _along(index, name, ("env",) if name.name == "process" else ("process", "env"))
            if environment is not None:
                found.append((environment, owner, False))
    for ref, definition in index.definitions.items() if module.holds(b"process") else ():
        held = definition.expr if definition.kind == "var" else None
        if held is None or not _may_be_process(held):
            continue
        value = present(ev.binding(module, ref))
        if value == Global("process.env"):
            found += ((use, index.owner(use), True) for use in index.uses.get(ref, ()))
        elif value == Global("process"):
            environments = (_along(index, use, ("env",)) for use in index.uses.get(ref, ()))
            found += ((one, index.owner(one), False) for one in environments if one is not None)
    yield from sorted(found, key=lambda one: one[0].start)


def _along(index: ModuleIndex, node: ir.Expr, names: tuple[str, ...]) -> ir.Member | ir.Index | None:
    """The member that is read from `node` by these names, one after the other: `.process["env"]`, also behind casts."""
    for name in names:
        whole, parent = outward(index, node)
        if isinstance(parent, ir.Member):
            is_wanted = parent.object is whole and parent.name == name
        else:
            is_wanted = isinstance(parent, ir.Index) and parent.object is whole
            key = bare(parent.key) if isinstance(parent, ir.Index) else None
            is_wanted = is_wanted and isinstance(key, ir.Text) and key.value == name
        if not is_wanted:
            return None
        node = parent
    return node if isinstance(node, (ir.Member, ir.Index)) else None


def _may_be_process(node: ir.Expr) -> bool:
    node = bare(node)
    while isinstance(node, (ir.Member, ir.Index)):
        node = bare(node.object)
    return isinstance(node, ir.Name)
