"""Packages that make random ids: all of them give texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.package import Package
from convexlint.program.evaluation.values import STRING, External, Frame, Value

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_MAKE_TEXT = ("v1", "v3", "v4", "v5", "v6", "v7", "nanoid", "ulid", "createId", "typeidUnboxed")


def _text(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value | None:
    """`uuid.v4(undefined, bytes)` fills an array that it is given, and gives that."""
    fills = target.package == "uuid" and len(node.args) > 1 and target.path[-1] not in ("v3", "v5")
    return None if fills else STRING


PACKAGE = Package(
    ("uuid", "nanoid", "ulid", "ulidx", "@paralleldrive/cuid2", "typeid-js"),
    calls=dict.fromkeys(_MAKE_TEXT, _text),
)
