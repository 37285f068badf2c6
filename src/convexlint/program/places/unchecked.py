"""Where no type checker objects: JavaScript, `@ts-nocheck`, `@ts-ignore`, and what passes as `any`.

Level error is a promise. What only TypeScript refuses is refused nowhere there: it works at run time, and a rule that
depends on TypeScript alone says at most "warning". Rules of level error ask `unchecked` before they do.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Level, Span
from convexlint.program.model import Module
from convexlint.program.modules.nodes import descendants, parts_backwards

_JAVASCRIPT = (".js", ".mjs", ".cjs", ".jsx")
_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|//[^\n]*|/\*.*?\*/|#![^\n]*)*", re.DOTALL)
_NOCHECK = re.compile(rb"//+\s*@ts-nocheck|/\*+[\s*]*@ts-nocheck")
_CHECK = re.compile(rb"//+\s*@ts-check")
_IGNORE = re.compile(rb"^\s*(?://+|/?\*+|\{\s*/\*+)\s*@ts-(?:ignore|expect-error)")
_COMMENT = re.compile(rb"^\s*(?://.*|/?\*.*)?$")
_LOOSE = frozenset({"any", "never"})
_MAX_NAMES = 3  # variables that an `any` is followed through

CAST, IGNORE, NOCHECK, JAVASCRIPT = "cast", "ignore", "nocheck", "javascript"


def unchecked(module: Module, span: Span) -> str:
    """Why TypeScript does not look at what stands at `span`, "" where it does.

    "javascript": the file is (without `@ts-check`). "nocheck": the file begins with `@ts-nocheck`. "ignore": above the
    line stands `@ts-ignore` or `@ts-expect-error`. "cast": the thing itself, what it is a member of, or the receiver of
    the call that takes it is cast to `any` or `never`, or declared as `any`.
    """
    head = _HEAD.match(module.source)
    comments = head[0] if head is not None else b""
    if module.path.endswith(_JAVASCRIPT) and not _CHECK.search(comments):
        return JAVASCRIPT
    if _NOCHECK.search(comments):
        return NOCHECK
    if _is_ignored(module.source, span.start):
        return IGNORE
    return CAST if _loose(module).at(span) else ""


def promised(module: Module, span: Span) -> Level | None:
    """The level of a finding that only types are sure of: None, the rule's own, unless no type checker objects
    there."""
    return Level.WARNING if unchecked(module, span) else None


def _is_ignored(source: bytes, at: int) -> bool:
    """Whether the nearest comment above the line says that the compiler passes over it."""
    end = source.rfind(b"\n", 0, at)
    while end > 0:
        start = source.rfind(b"\n", 0, end) + 1
        line = source[start:end].rstrip()
        if _IGNORE.match(line):
            return True
        if not _COMMENT.match(line):
            return False
        end = start - 1
    return False


@functools.lru_cache(maxsize=4)
def _loose(module: Module) -> _Loose:
    """Rules ask about many places of one module, then of the next."""
    return _Loose(module)


class _Loose:
    """What passes as `any` in one module."""

    def __init__(self, module: Module) -> None:
        self.facts = module.facts

    @functools.cached_property
    def _params(self) -> dict[int, ir.Type | None]:
        """The annotations of parameters, by the names that they bind."""
        found: dict[int, ir.Type | None] = {}
        for function in self.facts.functions:
            for param in function.params:
                for part in descendants(param.pattern):
                    if isinstance(part, ir.BindName):
                        found.setdefault(part.ref, param.annotation)
        return found

    @functools.cached_property
    def _declares(self) -> dict[int, ir.Declare]:
        """The declarations of variables, by the names that they bind."""
        found: dict[int, ir.Declare] = {}
        for function in self.facts.functions:
            for node in descendants(function.body):
                if isinstance(node, ir.Declare):
                    for part in descendants(node.pattern):
                        if isinstance(part, ir.BindName):
                            found.setdefault(part.ref, node)
        return found

    def at(self, span: Span) -> bool:
        path = list(self._path(span))
        if not path:
            return False
        node = path[-1]
        if self._is_loose(node, _MAX_NAMES):
            return True
        for parent in reversed(path[:-1]):
            if isinstance(parent, ir.Cast) and _casts_away(parent):
                return True
            if isinstance(parent, (ir.Call, ir.New)):
                return self._is_loose(parent.callee, _MAX_NAMES)
            if not isinstance(
                parent,
                (
                    ir.Cast,
                    ir.Member,
                    ir.Index,
                    ir.Object,
                    ir.Prop,
                    ir.Array,
                    ir.Spread,
                    ir.Conditional,
                    ir.Binary,
                ),
            ):
                return False
            node = parent
        return False

    def _path(self, span: Span) -> Iterator[ir.Node]:
        """The nodes around `span`, outermost first, within the innermost function."""
        around = [f for f in self.facts.functions if f.start <= span.start and span.end <= f.end]
        node: ir.Node | None = min(around, key=lambda f: f.size, default=None)
        while node is not None:
            yield node
            node = next((n for n in _children(node) if n.start <= span.start and span.end <= n.end), None)

    def _is_loose(self, node: object, names: int) -> bool:
        """Whether the type of an expression is `any` because somebody wrote so."""
        while True:
            if isinstance(node, ir.Cast):
                if _casts_away(node):
                    return True
                if node.annotation is not None and node.kind == "as":
                    if _is_made_of_any(node.annotation):  # `require("...") as { api: any }`
                        return True
                    inner = node.value
                    return isinstance(inner, ir.Cast) and _casts_away(inner)  # `as unknown as Function`
                node = node.value
            elif isinstance(node, (ir.Member, ir.Index)):
                node = node.object
            elif isinstance(node, ir.Await):
                node = node.value
            elif isinstance(node, ir.Call):
                node = node.callee
                if isinstance(node, ir.Name) and node.ref < 0 and node.name == "require":
                    return True
            else:
                return isinstance(node, ir.Name) and node.ref >= 0 and self._holds_any(node.ref, names)

    def _holds_any(self, binding: int, names: int) -> bool:
        """Whether a name is declared as `any`, or is a variable that takes such a value."""
        if binding in self._params:
            return _is_any(self._params[binding])
        declare = self._declares.get(binding)
        if names == 0 or declare is None or self.facts.bindings[binding].kind not in ("const", "let", "var"):
            return False
        if isinstance(declare.pattern, ir.BindName) and declare.annotation is not None:
            return _is_any(declare.annotation)
        return declare.init is not None and self._is_loose(declare.init, names - 1)


def _children(node: ir.Node) -> Iterator[ir.Node]:
    stack: list[object] = list(parts_backwards(node))
    while stack:
        item = stack.pop()
        if isinstance(item, ir.Node):
            yield item
        elif isinstance(item, (tuple, list)):
            stack.extend(reversed(item))


def _is_any(annotation: ir.Type | None) -> bool:
    return isinstance(annotation, ir.TypeKeyword) and annotation.name in _LOOSE


def _is_made_of_any(annotation: ir.Type) -> bool:
    """`{ api: any; internal: any }`."""
    fields = annotation.fields if isinstance(annotation, ir.TypeObject) else ()
    return bool(fields) and all(_is_any(field.type) for field in fields)


def _casts_away(cast: ir.Cast) -> bool:
    """`as unknown` is only ever written on the way to another type."""
    kind = cast.annotation
    doubt = isinstance(kind, ir.TypeKeyword) and kind.name == "unknown"
    return cast.kind == "as" and (doubt or _is_any(kind))
