"""What `auth.config` exports: the providers whose tokens Convex accepts (docs/convex.md 10.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.discovery.project import Role
from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import (
    BOOLEAN,
    NULL,
    NUMBER,
    STRING,
    UNDEFINED,
    ClassOf,
    Closure,
    Fields,
    Frame,
    ListOf,
    Lit,
    ObjectLiteral,
    Value,
    members,
)
from convexlint.program.model import Module
from convexlint.program.modules.nodes import bare
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_DEEPEST = 8


class AuthField(Struct, frozen=True, eq=False):
    """An entry of a provider, or of the whole config. `span`: its value, `key_span`: its key.

    `holds`: "text" (a string, `text` where it is known), "undefined", "other" (surely no string), "unknown". `source`:
    the value as written, through variables of the module.
    """

    key: str
    module: Module
    span: Span
    key_span: Span
    holds: str
    text: str | None
    source: str


class AuthProvider(Struct, frozen=True, eq=False):
    """An object among the providers, which begins at `span` (its brace). `complete`: it has no other entries than
    `fields`."""

    module: Module
    span: Span
    fields: dict[str, AuthField]
    complete: bool


class AuthConfig(Struct, frozen=True, eq=False):
    """The default export of an `auth.config`. `wrong`: what it certainly is instead of an object ("a function"), with
    `span`. `entries`, `complete`: as a provider's. `listed`: False where `providers` is surely no array. `providers`:
    those that are objects of the project."""

    module: Module
    span: Span
    wrong: str | None
    entries: dict[str, AuthField]
    complete: bool
    listed: bool
    providers: tuple[AuthProvider, ...]


@listed
def auth_configs(program: Program) -> Iterator[AuthConfig]:
    """What the `auth.config` of the project exports by default, where that is known."""
    for module in program.ev.world.looked_at:
        if module.role is Role.AUTH_CONFIG and not module.name.startswith("/"):
            yield from _Reader(program.ev).config(module)


class _Reader:
    def __init__(self, ev: Evaluator) -> None:
        self._ev = ev

    def config(self, module: Module) -> Iterator[AuthConfig]:
        value = self._ev.export_value(module, "default")
        span = _default_export(module)
        if not isinstance(value, ObjectLiteral):
            wrong = _kind_of(value)
            if wrong is not None:
                yield AuthConfig(module, span, wrong, {}, False, True, ())
            return
        props, complete = self._props(value, 0)
        providers: tuple[AuthProvider, ...] = ()
        is_list = True
        if "providers" in props:
            holder, prop, frame = props["providers"]
            found = self._ev.expr(holder, prop.value, frame)
            kinds = [m if isinstance(m, ObjectLiteral) else _kind_of(m) for m in members(found)]
            is_list = any(kind is None or kind == "an array" for kind in kinds)
            providers = tuple(map(self._provider, self._items(holder, prop.value, frame, 0)))
        start = Span(value.expr.start, value.expr.start + 1)
        entries = {key: self._field(key, *at) for key, at in props.items()}
        yield AuthConfig(value.module, start, None, entries, complete, is_list, providers)

    def _items(
        self, module: Module, node: ir.Expr, frame: Frame | None, depth: int
    ) -> Iterator[ObjectLiteral]:
        """The objects that stand in a list, each where it is written; what a condition adds is read, too."""
        node = bare(node)
        if depth > _DEEPEST:
            return
        if isinstance(node, ir.Name) and node.ref >= 0:
            definition = self._ev.world.index(module).definitions.get(node.ref)
            if definition is not None and definition.kind == "var" and definition.expr is not None:
                yield from self._items(module, definition.expr, frame, depth + 1)
                for _, added in self._ev.world.index(module).pushes.get(node.ref, ()):
                    for item in added:
                        yield from self._item(module, item, frame, depth)
                return
        if isinstance(node, ir.Conditional):
            yield from self._items(module, node.yes, frame, depth + 1)
            yield from self._items(module, node.no, frame, depth + 1)
        elif isinstance(node, ir.Binary) and node.op in ("&&", "||", "??"):
            yield from self._items(module, node.right, frame, depth + 1)
        elif isinstance(node, ir.Array):
            for item in node.items:
                yield from self._item(module, item, frame, depth)
        else:
            for member in members(self._ev.expr(module, node, frame)):
                if isinstance(member, ListOf):
                    for value in (member.element, *(member.items or ())):
                        yield from _objects(value)

    def _item(
        self, module: Module, item: ir.Expr, frame: Frame | None, depth: int
    ) -> Iterator[ObjectLiteral]:
        if isinstance(item, ir.Spread):
            yield from self._items(module, item.value, frame, depth + 1)
        else:
            yield from _objects(self._ev.expr(module, item, frame))

    def _provider(self, value: ObjectLiteral) -> AuthProvider:
        props, complete = self._props(value, 0)
        fields = {key: self._field(key, *at) for key, at in props.items()}
        return AuthProvider(value.module, Span(value.expr.start, value.expr.start + 1), fields, complete)

    def _props(
        self, value: ObjectLiteral, depth: int
    ) -> tuple[dict[str, tuple[Module, ir.Prop, Frame | None]], bool]:
        """The entries of an object, those that it spreads too, and whether there are no others. What a later spread may
        overwrite is left out."""
        found: dict[str, tuple[Module, ir.Prop, Frame | None]] = {}
        complete = True
        for prop in value.expr.props:
            if prop.kind == "spread":
                inner = self._ev.expr(value.module, prop.value, value.frame)
                if not isinstance(inner, ObjectLiteral) or depth > _DEEPEST:
                    found, complete = {}, False
                    continue
                more, whole = self._props(inner, depth + 1)
                found = {**found, **more} if whole else more
                complete = complete and whole
            elif prop.key is None:
                found, complete = {}, False
            else:
                found[prop.key] = (value.module, prop, value.frame)
        return found, complete

    def _field(self, key: str, module: Module, prop: ir.Prop, frame: Frame | None) -> AuthField:
        written = bare(prop.value)
        for _ in range(_DEEPEST):
            if not isinstance(written, ir.Name) or written.ref < 0:
                break
            definition = self._ev.world.index(module).definitions.get(written.ref)
            if definition is None or definition.kind != "var" or definition.expr is None or definition.path:
                break
            written = bare(definition.expr)
        holds, text = "unknown", None
        if prop.kind == "method":
            holds = "other"
        elif prop.kind in ("pair", "shorthand", "computed"):
            holds, text = _holds(self._ev.expr(module, prop.value, frame))
        span = Span(prop.value.start, prop.value.end)
        source = module.text(Span(written.start, written.end))
        return AuthField(key, module, span, Span(prop.key_start, prop.key_end), holds, text, source)


def _objects(value: Value) -> Iterator[ObjectLiteral]:
    yield from (member for member in members(value) if isinstance(member, ObjectLiteral))


def _holds(value: Value) -> tuple[str, str | None]:
    if isinstance(value, Lit) and isinstance(value.value, str):
        return "text", value.value
    if value == STRING:
        return "text", None
    if value == UNDEFINED:
        return "undefined", None
    parts = members(value)
    return ("other" if all(_is_no_text(part) for part in parts) else "unknown"), None


def _is_no_text(value: Value) -> bool:
    if isinstance(value, Lit):
        return not isinstance(value.value, str)
    return value in (NULL, NUMBER, BOOLEAN) or isinstance(
        value, (ListOf, ObjectLiteral, Fields, Closure, ClassOf)
    )


def _kind_of(value: Value) -> str | None:
    """What a value certainly is, where it certainly is not an object of entries."""
    if isinstance(value, Closure):
        return "a function"
    if isinstance(value, ClassOf):
        return "a class"
    if isinstance(value, ListOf):
        return "an array"
    if isinstance(value, Lit):
        return "a string" if isinstance(value.value, str) else "a constant"
    return "null" if value == NULL else None


def _default_export(module: Module) -> Span:
    """Where the default export stands."""
    for statement in module.facts.functions[0].body:
        if isinstance(statement, ir.ExportDefault):
            return Span(statement.value.start, statement.value.end)
    export = next((e for e in module.facts.exports if e.name == "default"), None)
    return Span(0, 0) if export is None else Span(export.start, export.end)
