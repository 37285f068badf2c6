"""Edits that keep a value: computed once in the life of a component instead of in every render."""

from __future__ import annotations

import re

from convexlint.facts import ir
from convexlint.findings import Edit, Span
from convexlint.program.model import Module
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.writing.editing import insert, line_indent, replace
from convexlint.program.writing.imports import ensure_import

_TIMES = ("now", "openedAt", "renderedAt")
_CHANCES = ("seed", "chosen", "picked")


def kept_in_state(
    module: Module, index: ModuleIndex, node: ir.Expr, by_chance: bool
) -> tuple[Edit, ...] | None:
    """`const [now] = useState(() => Date.now())` in front of the statement that `node` stands in, and its name in
    place of `node`. None where that statement is not one of the component's own, which runs in every render."""
    statement = own_statement(index, node)
    state = ensure_import(module, "react", "useState")
    name = _free(module, by_chance)
    if statement is None or state is None or name is None or statement[1].kind == "module":
        return None
    first, text = statement[0], module.source[node.start : node.end].decode("utf-8", "replace")
    made = f"{state.text}(() => {text})"
    if isinstance(first, ir.Declare) and isinstance(first.pattern, ir.BindName) and first.init is node:
        name_span = Span(first.pattern.start, first.pattern.start + len(first.pattern.name.encode()))
        if first.annotation is None and first.keyword == "const":
            return (
                *state.edits,
                replace(module, name_span, f"[{first.pattern.name}]"),
                replace(module, Span(node.start, node.end), made),
            )
    return (*state.edits, *_in_front(module, first, node, f"const [{name}] = {made}", name))


def kept_outside(
    module: Module, index: ModuleIndex, call: ir.Expr, node: ir.Expr, by_chance: bool
) -> tuple[Edit, ...] | None:
    """`const now = Date.now()` in front of the statement that `call` stands in, and its name in place of `node`."""
    statement, name = own_statement(index, call), _free(module, by_chance)
    if statement is None or name is None:
        return None
    text = module.source[node.start : node.end].decode("utf-8", "replace")
    return _in_front(module, statement[0], node, f"const {name} = {text}", name)


def _in_front(module: Module, first: ir.Stmt, node: ir.Expr, made: str, name: str) -> tuple[Edit, ...]:
    at = first.statement_start if isinstance(first, ir.Declare) else first.start
    semicolon = ";" if module.source[first.end :].lstrip()[:1] == b";" else ""
    written = f"{made}{semicolon}\n{line_indent(module, at)}"
    return insert(module, at, written), replace(module, Span(node.start, node.end), name)


def own_statement(index: ModuleIndex, node: ir.Node) -> tuple[ir.Stmt, ir.Function] | None:
    """The statement of a function's body itself that a node stands in; None in an inner block, and for a lone value."""
    parent = index.parent(node)
    while parent is not None and not isinstance(parent, ir.Function):
        node, parent = parent, index.parent(parent)
    found = next((one for one in parent.body if one is node), None) if parent is not None else None
    return None if found is None or parent is None else (found, parent)


def _free(module: Module, by_chance: bool) -> str | None:
    """A name that stands nowhere in the module."""
    names = _CHANCES if by_chance else _TIMES
    return next((n for n in names if re.search(rb"\b" + n.encode() + rb"\b", module.source) is None), None)
