"""References into components: `components.ledger.entries.add`, and what the component lets others call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from convexlint.discovery.project import Role
from convexlint.facts import ir
from convexlint.facts.lowered import Lowered
from convexlint.program.evaluation.values import Lit, present
from convexlint.program.model import Module, Reference
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.mounted import ComponentSource
from convexlint.program.places.references import references
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.structs import Struct

_INTERNAL = frozenset({"internalQuery", "internalMutation", "internalAction"})
_BUILDERS = ("./_generated/server", "_generated/server", "convex/server")


class Mounted(Struct, frozen=True, eq=False):
    """`by_name`: the components of `app.use(component, { name })`. `all`: whether all that is mounted is known."""

    by_name: Mapping[str, ComponentSource]
    all: bool


class ComponentMistake(Struct, frozen=True, eq=False):
    """`reference` names what the app cannot call. why: "unmounted" (no component of that `name`), "missing" (the
    component has no such function), "internal" (it has, for itself alone). `path`: the function, as "lib:add". `known`:
    the names or paths that there are."""

    reference: Reference
    name: str
    path: str
    why: Literal["unmounted", "missing", "internal"]
    known: tuple[str, ...] = ()


@query
def mounted_components(program: Program) -> Mounted:
    """The components that the project mounts by name."""
    config = next(
        (m for m in program.modules if m.role is Role.CONVEX_CONFIG and not m.name.startswith("/")), None
    )
    sources = {source.specifier: source for source in program.components}
    if config is None or not sources:
        return Mounted({}, False)
    index = program.ev.world.index(config)
    found: dict[str, ComponentSource] = {}
    apps: set[int] = set()
    whole = True
    for site in index.code_calls:
        call = site.expr
        if not isinstance(call.callee, ir.Member) or call.callee.name != "use" or not call.args:
            continue
        if isinstance(call.callee.object, ir.Name):
            apps.add(call.callee.object.ref)
        source = _source(config, sources, call.args[0])
        name = _given_name(program, config, call) if len(call.args) > 1 else ""
        if name == "" and source is not None and source.config is not None:
            name = _own_name(source.config)
        if source is None or not name:
            whole = False
        else:
            found[name] = source
    for app in apps:
        for use in index.uses.get(app, ()):
            parent = index.parent(use)
            if isinstance(parent, ir.Call) and use in parent.args:
                whole = False  # somebody else may mount more
    return Mounted(found, whole and bool(found))


def _source(config: Module, sources: Mapping[str, ComponentSource], node: ir.Expr) -> ComponentSource | None:
    node = bare(node)
    if not isinstance(node, ir.Name):
        return None
    for statement in config.facts.imports:
        if any(name.binding == node.ref and name.imported == "default" for name in statement.names):
            return sources.get(statement.specifier)
    return None


def _given_name(program: Program, config: Module, call: ir.Call | ir.New) -> str | None:
    """The `name` of the options; "" where they have none, None where it is not known."""
    options = bare(call.args[1])
    if not isinstance(options, ir.Object) or any(prop.key is None for prop in options.props):
        return None
    given = next((prop.value for prop in options.props if prop.key == "name"), None)
    if given is None:
        return ""
    value = present(program.ev.expr(config, given))
    return value.value if isinstance(value, Lit) and isinstance(value.value, str) else None


def _own_name(config: Lowered) -> str:
    """The name that `defineComponent("ledger")` gives, "" where it is not a plain text."""
    for node in descendants(config.facts().functions[0].body):
        if (
            isinstance(node, ir.Call)
            and isinstance(node.callee, ir.Name)
            and node.callee.name == "defineComponent"
        ):
            text = bare(node.args[0]) if node.args else None
            return text.value if isinstance(text, ir.Text) else ""
    return ""


@listed
def component_mistakes(program: Program) -> Iterator[ComponentMistake]:
    """References to functions that no mounted component lets the project call, by module and place."""
    if not program.components:
        return
    mounted = mounted_components(program)
    for reference in references(program):
        if reference.root != "components" or not reference.parts:
            continue
        name, *rest = reference.parts
        source = mounted.by_name.get(name)
        if source is None:
            if mounted.all:
                yield ComponentMistake(reference, name, "", "unmounted", tuple(sorted(mounted.by_name)))
            continue
        if not rest:
            continue
        path = "/".join(rest[:-1]) + ":" + rest[-1]
        if source.types is not None:
            functions = _functions(source.types)
            if functions and not _leads(functions, rest):
                yield ComponentMistake(reference, name, path, "missing", tuple(functions))
        elif len(rest) > 1:
            why = _local(source, rest)
            if why is not None:
                yield ComponentMistake(reference, name, path, why, _exports(source))


def _leads(functions: Mapping[str, str], parts: list[str]) -> bool:
    """Whether members lead to a function of a component, or to a module or a folder of it."""
    prefix = "/".join(parts)
    if "/".join(parts[:-1]) + ":" + parts[-1] in functions:
        return True
    return any(path.startswith((f"{prefix}/", f"{prefix}:")) for path in functions)


def _functions(types: Lowered) -> dict[str, str]:
    """What the generated types of a component list: "lib:add" with its kind. Empty where they are of another form."""
    declared = next((t for t in types.facts().types if t.name == "ComponentApi"), None)
    found: dict[str, str] = {}
    if declared is None or not _collect(declared.type, (), found):
        return {}
    return found


def _collect(node: ir.Type, way: tuple[str, ...], found: dict[str, str]) -> bool:
    if not isinstance(node, ir.TypeObject) or node.index is not None:
        return False
    for field in node.fields:
        inner = field.type
        if isinstance(inner, ir.TypeName) and inner.name == "FunctionReference":
            kind = inner.args[0] if inner.args else None
            said = kind.value if isinstance(kind, ir.TypeLiteral) else ""
            found["/".join(way) + ":" + field.name] = str(said)
        elif not _collect(inner, (*way, field.name), found):
            return False
    return True


def _local(source: ComponentSource, parts: list[str]) -> Literal["missing", "internal"] | None:
    """What is wrong with a function of a component that stands in the repository; None where it is there, or where
    that is not known."""
    module, export = "/".join(parts[:-1]), parts[-1]
    whole = "/".join(parts)
    if not source.modules or any(name == whole or name.startswith(f"{whole}/") for name in source.modules):
        return None  # a module or a folder that is handed on
    lowered = source.modules.get(module)
    if lowered is None:
        return "missing" if module not in source.modules else None
    facts = lowered.facts()
    if lowered.head.problem is not None or any(e.kind == "star" for e in facts.exports):
        return None
    exported = next((e for e in facts.exports if e.name == export and not e.type_only), None)
    if exported is None:
        return "missing"
    return "internal" if exported.kind == "local" and _is_internal(facts, exported.binding) else None


def _exports(source: ComponentSource) -> tuple[str, ...]:
    """The functions of a component in the repository that others may call, as far as its modules were read."""
    found: list[str] = []
    for module, lowered in source.modules.items():
        facts = lowered.facts() if lowered is not None else None
        for export in facts.exports if facts is not None else ():
            if facts is not None and export.kind == "local" and not _is_internal(facts, export.binding):
                found.append(f"{module}:{export.name}")
    return tuple(found)


def _is_internal(facts: ir.ModuleFacts, binding: int) -> bool:
    """Whether an export is made by a builder of internal functions."""
    made = next(
        (
            statement.init
            for statement in facts.functions[0].body
            if isinstance(statement, ir.Declare)
            and isinstance(statement.pattern, ir.BindName)
            and statement.pattern.ref == binding
        ),
        None,
    )
    if not isinstance(made, ir.Call) or not isinstance(made.callee, ir.Name):
        return False
    for imported in facts.imports:
        stem = imported.specifier.removesuffix(".js").removesuffix(".ts")
        if stem.endswith(_BUILDERS):
            for name in imported.names:
                if name.binding == made.callee.ref:
                    return name.imported.removesuffix("Generic") in _INTERNAL
    return False
