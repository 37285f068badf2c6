"""What the evaluator remembers."""

from __future__ import annotations

from typing import Any

from convexlint.program.circles import Circles, Held
from convexlint.program.evaluation.values import UNKNOWN, ListOf, Value
from convexlint.program.evaluation.weight import COMPOSED, MAX_WEIGHT, Weights

__all__ = ["Held", "Memory"]

MAX_DEPTH = 300
"""Nested questions; each takes up to ten Python frames."""

LARGE_VALUE = "very large value"


class Memory(Circles):
    """Values by key, in memos that the caller brings along (`memo` for the program, one for each frame)."""

    def __init__(self) -> None:
        super().__init__(UNKNOWN, MAX_DEPTH)
        # What is known so far of variables that are assigned from themselves.
        self.so_far: dict[Any, Value] = {}
        self.weights = Weights()

    def known_so_far(self, key: Any) -> Value:
        return self.so_far.get(key, UNKNOWN) if type(key) is tuple and len(key) == 2 else UNKNOWN

    def interrupted(self) -> None:
        self.so_far.clear()

    def finished(self, answer: Any) -> Value:
        """A value that is too large to be looked at is unknown."""
        value: Value = answer
        if type(value) in COMPOSED and self.weights.of(value) > MAX_WEIGHT:
            self.unplaced.append(LARGE_VALUE)
            return ListOf(UNKNOWN) if type(value) is ListOf else UNKNOWN
        return value
