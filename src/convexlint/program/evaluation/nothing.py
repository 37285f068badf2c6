"""null and undefined, and literals that a variable is held against."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.structs import Struct

NULL, UNDEFINED = "null", "undefined"


class Nothing(Struct, frozen=True):
    """null or undefined, by its name."""

    name: str


def literal(node: ir.Expr) -> str | float | bool | Nothing | None:
    """The value of a literal that is written; None for other expressions."""
    if isinstance(node, ir.Cast) and node.kind in ("const", "as"):
        return literal(node.value)
    if isinstance(node, (ir.Text, ir.Number)):
        return node.value
    if isinstance(node, ir.Atom) and node.kind in ("true", "false"):
        return node.kind == "true"
    if isinstance(node, ir.Atom) and node.kind in (NULL, UNDEFINED):
        return Nothing(node.kind)
    return None
