"""Which calls a query or mutation could make as well: what stands between two run calls without needing an action."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import (
    UNKNOWN,
    Bound,
    BuilderOf,
    ClassOf,
    Closure,
    CtxOf,
    External,
    ExternalResult,
    Global,
    Part,
    Value,
    members,
    present,
)
from convexlint.program.model import Module
from convexlint.program.modules.nodes import bare

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_GLOBALS = frozenset(
    """console Math JSON Object Array String Number Boolean BigInt Date Error TypeError RangeError Set Map
    parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent structuredClone""".split()  # noqa: SIM905
)
_COMBINATORS = frozenset({"Promise.all", "Promise.allSettled"})
_METHODS = frozenset(
    """map filter find findIndex findLast some every includes indexOf join slice splice push pop shift unshift sort
    reverse reduce forEach flatMap flat concat at fill keys values entries get has set add delete trim toLowerCase
    toUpperCase split startsWith endsWith replace replaceAll padStart padEnd substring charAt match repeat toString
    toFixed toISOString getTime localeCompare toSorted test""".split()  # noqa: SIM905
)
_NODE = frozenset({"Buffer", "process", "require", "fetch", "setTimeout"})
_ELSEWHERE = frozenset({"auth", "scheduler"})


_start = attrgetter("start")


class PlainCalls:
    """Tells calls that any function could make from those that only an action can, or that nothing is known of."""

    def __init__(self, ev: Evaluator) -> None:
        self._ev = ev
        self._by_start: dict[str, list[ir.Call | ir.New]] = {}
        self._portable: dict[tuple[str, int], bool] = {}

    def only(self, module: Module, span: Span, *but: ir.Node) -> bool:
        """Whether every call within `span` is plain or runs a query or a mutation (those in `but` aside)."""
        calls = self._by_start.get(module.path)
        if calls is None:
            sites = self._ev.world.index(module).calls
            calls = sorted((site.expr for site in sites), key=_start)
            self._by_start[module.path] = calls
        first, last = (bisect_left(calls, at, key=_start) for at in (span.start, span.end))
        for node in calls[first:last]:
            inside = node.end <= span.end
            if inside and not any(node is one for one in but) and not self.is_plain(module, node):
                return False
        return True

    def is_plain(self, module: Module, node: ir.Call | ir.New) -> bool:
        if isinstance(node.callee, ir.Atom):
            return False
        return all(self._value(module, node, v) for v in members(present(self._ev.expr(module, node.callee))))

    def _value(self, module: Module, node: ir.Call | ir.New, value: Value) -> bool:
        if isinstance(value, Global):
            return value.name.partition(".")[0] in _GLOBALS or value.name in _COMBINATORS
        if isinstance(value, Bound):
            if isinstance(value.receiver, CtxOf):
                return value.name in ("runQuery", "runMutation")
            if isinstance(value.receiver, Part):
                return value.receiver.name in _ELSEWHERE
            return not isinstance(value.receiver, BuilderOf)
        if isinstance(value, Closure):
            return not value.module.facts.functions[value.index].is_async and self._is_portable(value)
        if isinstance(value, External):
            return value.package.startswith("convex/") or value.package == "_generated/server"
        if isinstance(value, ClassOf):
            return True
        if value is UNKNOWN:
            callee = bare(node.callee)
            return isinstance(callee, ir.Member) and callee.name in _METHODS
        return False

    def _is_portable(self, function: Closure) -> bool:
        """Whether a function calls no package and nothing that only Node.js has, also through other functions."""
        key = (function.module.path, function.index)
        known = self._portable.get(key)
        if known is None:
            self._portable[key] = True  # where it comes back to itself
            sites = self._ev.world.index(function.module).calls_by_owner.get(function.index, ())
            known = all(self._may_move(function.module, site.expr) for site in sites)
            self._portable[key] = known
        return known

    def _may_move(self, module: Module, node: ir.Call | ir.New) -> bool:
        for value in members(present(self._ev.expr(module, node.callee))):
            if isinstance(value, Closure) and not self._is_portable(value):
                return False
            if isinstance(value, (External, ExternalResult)):
                package = value.package if isinstance(value, External) else value.source.package
                if not package.startswith("convex/"):
                    return False
            if isinstance(value, Global) and value.name.partition(".")[0] in _NODE:
                return False
        return True
