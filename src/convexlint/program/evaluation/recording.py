"""An evaluator that tells which modules each value was made from, also where it was remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convexlint.facts import ir
from convexlint.program.evaluation.evaluate import Evaluator
from convexlint.program.evaluation.expressions import SIMPLE
from convexlint.program.evaluation.memory import Held
from convexlint.program.evaluation.values import Frame, Global, Value
from convexlint.program.model import Module
from convexlint.program.modules.world import World
from convexlint.program.queries import Memo


class _Reads(Value, frozen=True):
    """What a remembered value was made from: it lies beside the value, in the same memo."""

    paths: frozenset[str]


class RecordingEvaluator(Evaluator):
    """Slower than its base, which leaves memos by a shorter way."""

    def __init__(self, world: World, log: Memo) -> None:
        super().__init__(world)
        self.log = log

    def expr(self, module: Module, node: ir.Expr, frame: Frame | None = None) -> Value:
        self.log.note_read(module.path)
        if isinstance(node, ir.Name):
            return self.binding(module, node.ref, frame) if node.ref >= 0 else Global(node.name)
        if not isinstance(node, (ir.Member, ir.Call)):
            simple = SIMPLE.get(type(node))
            if simple is not None:
                return simple(self, module, node, frame)
        return self._computed(id(node), module, node, frame, self.memo if frame is None else frame.memo)

    def binding(self, module: Module, binding: int, frame: Frame | None = None) -> Value:
        self.log.note_read(module.path)
        if frame is not None and not self.in_frame(module, binding, frame):
            frame = None
        key = (module.path, binding)
        return self._bound(key, module, binding, frame, self.memo if frame is None else frame.memo)

    def guarded(self, key: Any, memo: dict[Any, Any], compute: Callable[[], Value]) -> Value:
        found = memo.get(key)
        beside = ("read", key)
        if found is not None and type(found) is not Held:
            reads = memo.get(beside)
            if isinstance(reads, _Reads):
                self.log.hand_on(reads.paths)
            known: Value = found
            return known
        value: Value
        value, paths = self.log.recorded(lambda: super(RecordingEvaluator, self).guarded(key, memo, compute))
        if memo.get(key) is value:
            memo[beside] = _Reads(paths)
        return value
