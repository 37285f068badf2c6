"""Binding and assignment patterns, and the names that a pattern declares."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.facts.literals import unescape
from convexlint.facts.lowering import COMMENTS, MAX_DEPTH, Lowering, expression
from convexlint.syntax import Node

_NAMES = frozenset({"identifier", "shorthand_property_identifier_pattern", "undefined"})
_NESTS = frozenset({"object_pattern", "array_pattern"})
_FIRST = frozenset({"assignment_pattern", "object_assignment_pattern"})
_LAST = frozenset({"rest_pattern", "pair_pattern"})


def declared_names(node: Node) -> list[Node]:
    """The identifiers that a declaring pattern binds, in order of writing."""
    if node.type == "identifier":
        return [node]
    found = []
    stack = [node]
    while stack:
        node = stack.pop()
        kind = node.type
        if kind in _NAMES:
            found.append(node)
        elif kind in _NESTS:
            stack.extend(reversed(node.named_children))
        elif kind in _FIRST and node.children:
            stack.append(node.children[0])
        elif kind in _LAST and node.children:
            stack.append(node.children[-1])
    return found


def pattern(low: Lowering, node: Node, assigns: bool = False, default: ir.Expr | None = None) -> ir.Pattern:
    """Lower a pattern whose names are declared already. `assigns`: it is the target of an assignment.

    The span of a part with a default covers the default too.
    """
    kind = node.type
    start, end = node.start_byte, node.end_byte
    if kind in _NAMES:
        name = low.text(start, end)
        ref = low.env.get(name, -1)
        if assigns and ref >= 0:
            low.written.add(ref)
        return ir.BindName(start, (end if default is None else default.end) - start, name, ref, default)
    if low.depth >= MAX_DEPTH:
        low.truncated = True
        return ir.OtherTarget(start, end - start, ir.Opaque(start, end - start, "deep", ()), None)
    low.depth += 1
    try:
        if kind in _FIRST:
            kids = node.children
            value = expression(low, kids[-1])
            inner = pattern(low, kids[0], assigns, value)
            # The default's own span leaves out parentheses; the whole part's end does not.
            return _stretched(inner, start, end)
        if kind == "object_pattern":
            return _object(low, node, assigns, default)
        if kind == "array_pattern":
            return _array(low, node, assigns, default)
        if kind == "non_null_expression" and node.named_children:
            return pattern(low, node.named_children[0], assigns, default)
        value = expression(low, node)
        if assigns:
            mark_written(low, value)
        return ir.OtherTarget(start, (end if default is None else default.end) - start, value, default)
    finally:
        low.depth -= 1


def _stretched(inner: ir.Pattern, start: int, end: int) -> ir.Pattern:
    if isinstance(inner, ir.BindName):
        return ir.BindName(start, end - start, inner.name, inner.ref, inner.default)
    if isinstance(inner, ir.ObjectPattern):
        return ir.ObjectPattern(start, end - start, inner.fields, inner.rest, inner.default)
    if isinstance(inner, ir.ArrayPattern):
        return ir.ArrayPattern(start, end - start, inner.items, inner.rest, inner.default)
    return ir.OtherTarget(start, end - start, inner.value, inner.default)


def mark_written(low: Lowering, target: ir.Expr) -> None:
    """An assignment writes the name under parentheses, `!` and casts."""
    while isinstance(target, ir.Cast):
        target = target.value
    if isinstance(target, ir.Name) and target.ref >= 0:
        low.written.add(target.ref)


def _object(low: Lowering, node: Node, assigns: bool, default: ir.Expr | None) -> ir.ObjectPattern:
    fields = []
    rest = None
    for child in node.named_children:
        kind = child.type
        start, end = child.start_byte, child.end_byte
        if kind in COMMENTS:
            continue
        if kind == "rest_pattern":
            rest = pattern(low, child.children[-1], assigns)
        elif kind == "pair_pattern":
            key = child.children[0]
            if key.type == "computed_property_name":
                for part in key.named_children:
                    if part.type not in COMMENTS:
                        expression(low, part)
            fields.append(
                ir.PatternField(
                    start, end - start, static_key(low, key), pattern(low, child.children[-1], assigns)
                )
            )
        elif kind == "object_assignment_pattern":
            name = low.node_text(child.children[0])
            fields.append(ir.PatternField(start, end - start, name, pattern(low, child, assigns)))
        else:
            inner = pattern(low, child, assigns)
            own = inner.name if isinstance(inner, ir.BindName) else None
            fields.append(ir.PatternField(start, end - start, own, inner))
    end = node.end_byte if default is None else default.end
    return ir.ObjectPattern(node.start_byte, end - node.start_byte, tuple(fields), rest, default)


def _array(low: Lowering, node: Node, assigns: bool, default: ir.Expr | None) -> ir.ArrayPattern:
    items: list[ir.Pattern | None] = []
    rest = None
    filled = False
    for child in node.children:
        kind = child.type
        if kind == ",":
            if not filled:
                items.append(None)
            filled = False
        elif not child.is_named or kind in COMMENTS:
            continue
        elif kind == "rest_pattern":
            rest = pattern(low, child.children[-1], assigns)
            filled = True
        else:
            items.append(pattern(low, child, assigns))
            filled = True
    end = node.end_byte if default is None else default.end
    return ir.ArrayPattern(node.start_byte, end - node.start_byte, tuple(items), rest, default)


def static_key(low: Lowering, node: Node) -> str | None:
    """The name a key spells: identifier, string or number; a bracketed string literal too. Else None."""
    kind = node.type
    if kind == "string":
        return unescape(low.text(node.start_byte + 1, max(node.start_byte + 1, node.end_byte - 1)))
    if kind == "computed_property_name":
        inner = [child for child in node.named_children if child.type not in COMMENTS]
        return static_key(low, inner[0]) if len(inner) == 1 and inner[0].type == "string" else None
    return low.node_text(node)
