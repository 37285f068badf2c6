"""When a scheduled function is to run, as far as that is a constant (convex-facts 3)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import NOTHING, Global, Lit, Scalar, members
from convexlint.program.model import Module
from convexlint.program.modules.nodes import bare
from convexlint.program.places.numbers import MAX_DEPTH, constant
from convexlint.program.program import Program

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

YEAR = 365.25 * 24 * 60 * 60 * 1000
FAR = 5 * YEAR
"""Milliseconds from now, on either side, within which a date must lie."""

EARLIEST, LATEST = 1_546_300_800_000.0, 2_051_222_400_000.0
"""1 January 2019 and 2035: what lies beyond is more than five years away whenever this version is used."""

_NOW = ("Date.now",)
_ISO = re.compile(r"(-?\d{4,6})(?:-\d\d)?(?:-\d\d)?(?:[T ].*)?$")


def delay_problem(program: Program, module: Module, method: str, node: ir.Expr) -> str | None:
    """Why the scheduler refuses the time that `method` (runAfter, runAt) is given, to be read after it; None where
    it takes it, or where that is not known."""
    ev = program.ev
    if method == "runAfter":
        number = constant(ev, module, node)
        if number is not None:
            if math.isnan(number):
                return "is not a number"
            if number < 0:
                return "is below zero"
            return "is more than five years" if number > FAR else None
        value = ev.expr(module, node)
        texts = [m for m in members(value) if isinstance(m, (Lit, Scalar)) and _kind(m) == "string"]
        return "is not a number" if texts and len(texts) == len(members(value)) else None
    away = _from_now(ev, module, node)
    if away is not None:
        return _FAR_AWAY if abs(away) > FAR else None
    moment = _moment(ev, module, node)
    return _FAR_AWAY if moment is not None and not EARLIEST <= moment <= LATEST else None


_FAR_AWAY = "is more than five years away"


def _from_now(ev: Evaluator, module: Module, node: ir.Expr, depth: int = MAX_DEPTH) -> float | None:
    """How many milliseconds after now the moment is that an expression gives: `Date.now() + DAY`."""
    node = bare(node)
    if depth <= 0:
        return None
    if isinstance(node, ir.Call):
        value = ev.expr(module, node.callee)
        return 0.0 if isinstance(value, Global) and value.name in _NOW else None
    if isinstance(node, ir.New) and _is_date(ev, module, node):
        return (
            0.0
            if not node.args
            else _from_now(ev, module, node.args[0], depth - 1)
            if len(node.args) == 1
            else None
        )
    if isinstance(node, ir.Name) and node.ref >= 0:
        held = ev.world.index(module).constant(node.ref)
        if held is not None:
            return _from_now(ev, module, held, depth - 1)
    if isinstance(node, ir.Binary) and node.op in ("+", "-"):
        left, right = _from_now(ev, module, node.left, depth - 1), constant(ev, module, node.right)
        if left is None and node.op == "+":
            left, right = _from_now(ev, module, node.right, depth - 1), constant(ev, module, node.left)
        if left is not None and right is not None:
            return left + right if node.op == "+" else left - right
    return None


def _moment(ev: Evaluator, module: Module, node: ir.Expr) -> float | None:
    """The moment that a constant gives: a number, `new Date("2050-01-01")`, `new Date(2050, 0)`, `Date.UTC(2050, 0)`;
    of a date the year alone counts."""
    node = bare(node)
    number = constant(ev, module, node)
    if number is not None:
        return number
    if isinstance(node, ir.Name) and node.ref >= 0:
        definition = ev.world.index(module).definitions.get(node.ref)
        if definition is None or definition.keyword != "const" or definition.path or definition.expr is None:
            return None
        return _moment(ev, module, definition.expr) if bare(definition.expr) != node else None
    if (
        isinstance(node, ir.Call)
        and isinstance(node.callee, ir.Member)
        and node.callee.name in ("getTime", "valueOf")
    ):
        return _moment(ev, module, node.callee.object)
    made = isinstance(node, ir.New) and _is_date(ev, module, node)
    called = ev.expr(module, node.callee) if isinstance(node, ir.Call) else None
    if not made and called not in (Global("Date.UTC"), Global("Date.parse")):
        return None
    assert isinstance(node, (ir.New, ir.Call))
    first = node.args[0] if node.args else None
    if first is None:
        return None
    if len(node.args) == 1:
        value = ev.expr(module, first)
        if isinstance(value, Lit) and isinstance(value.value, str):
            found = _ISO.match(value.value.strip())
            return None if found is None else _year(float(found[1]))
        return constant(ev, module, first) if made else None
    year = constant(ev, module, first)
    return None if year is None or 0 <= year <= 99 else _year(year)


def _year(year: float) -> float:
    """The middle of a year, in milliseconds since 1970."""
    return (year - 1970 + 0.5) * YEAR


def _is_date(ev: Evaluator, module: Module, node: ir.New) -> bool:
    return ev.expr(module, node.callee) == Global("Date")


def _kind(value: Lit | Scalar) -> str:
    if isinstance(value, Scalar):
        return "" if value in NOTHING else value.kind
    return "string" if isinstance(value.value, str) else ""
