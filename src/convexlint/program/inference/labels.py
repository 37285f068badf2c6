"""Literals that a union of literals gives their meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import Frame, Lit, Value, members, one_of
from convexlint.program.model import Module

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


def with_labels(results: list[Value]) -> list[Value]:
    """`return "coach"` beside a result of type "coach" | "member" is that literal, not any text."""
    labels = {
        (type(m.value), m.value) for v in results for m in members(v) if isinstance(m, Lit) and m.declared
    }
    if not labels:
        return results

    def labelled(value: Value) -> Value:
        known = isinstance(value, Lit) and (type(value.value), value.value) in labels
        return Lit(value.value, declared=True) if known and isinstance(value, Lit) else value

    return [one_of([labelled(member) for member in members(value)]) for value in results]


def with_texts(nodes: list[ir.Expr], results: list[Value]) -> list[Value]:
    """`return "missing"` beside `return "deleted"`: TypeScript widens no union of texts, so they stay what they are.
    Not where anything but texts and null is returned, nor where a single text is."""
    written = [text for node in nodes for text in _texts(node)]
    texts = {text for text in written if text is not None}
    if len(texts) < 2 or any(text is None for text in written):
        return results

    def kept(value: Value) -> Value:
        return Lit(value.value, declared=True) if isinstance(value, Lit) and value.value in texts else value

    return [one_of([kept(member) for member in members(value)]) for value in results]


def _texts(node: ir.Expr) -> list[str | None]:
    """The texts that a returned expression may be; None for everything else, nothing for null."""
    if isinstance(node, ir.Cast) and node.kind == "const":
        node = node.value
    if isinstance(node, ir.Conditional):
        return [*_texts(node.yes), *_texts(node.no)]
    if isinstance(node, ir.Atom) and node.kind in ("null", "undefined"):
        return []
    return [node.value if isinstance(node, ir.Text) else None]


def of_choice(ev: Evaluator, module: Module, node: ir.Expr, value: Value, frame: Frame | None) -> Value:
    """`late ? "expired" : invite.status` has the type of `status` where that may be "expired" as well."""
    if isinstance(node, ir.Name) and node.ref >= 0:
        held = ev.world.index(module).constant(node.ref)
        node = node if held is None else held
    if isinstance(node, ir.Conditional):
        ways: tuple[ir.Expr, ...] = (node.yes, node.no)
    elif isinstance(node, ir.Binary) and node.op in ("??", "||"):
        ways = (node.left, node.right)
    else:
        return value
    return with_labels([*(ev.expr(module, way, frame) for way in ways), value])[-1]
