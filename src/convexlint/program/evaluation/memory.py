"""What the evaluator remembers, and how it goes round in circles without end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convexlint.program.evaluation.values import UNKNOWN, Scalar, Value

MAX_DEPTH = 300  # nested evaluations; deeper is unknown (each takes a few Python frames)
MAX_RETRIES = 50_000  # evaluations that a cycle keeps from being remembered, over a whole program

_NO_CYCLE = MAX_DEPTH + 1

OPEN = Scalar("open")
"""Stands in a memo for a value that is being computed. Told by identity."""


class Memory:
    """Answers by key, in memos that whoever asks brings along (one for the program, one for each frame)."""

    def __init__(self) -> None:
        # What is being computed, the innermost last: the memo that it is for and its key there.
        self._memos: list[dict[Any, Value]] = []
        self._keys: list[Any] = []
        self._low = _NO_CYCLE  # the outermost of these that was asked for again
        self._retries = 0
        # What is known so far of variables that are assigned from themselves.
        self.so_far: dict[Any, Value] = {}

    def guarded(self, key: Any, memo: dict[Any, Value], compute: Callable[[], Value]) -> Value:
        """`compute()` once per key; a cycle is unknown, and nothing computed inside an open cycle is kept."""
        found = memo.get(key)
        if found is OPEN:
            return self._again(key, memo)
        if found is not None:
            return found
        here = len(self._keys)
        if here >= MAX_DEPTH:
            self._low = 0
            return UNKNOWN
        outer = self._low
        self._low = _NO_CYCLE
        self._keys.append(key)
        self._memos.append(memo)
        memo[key] = OPEN
        value: Value | None = None
        try:
            value = compute()
        finally:
            self._keys.pop()
            self._memos.pop()
            low = self._low
            self._low = outer if low >= here else min(outer, low)
            if value is not None and (low >= here or self._retries > MAX_RETRIES):
                memo[key] = value
            else:
                del memo[key]
                self._retries += value is not None
        return value

    def _again(self, key: Any, memo: dict[Any, Value]) -> Value:
        """What is known of a value that is asked for while it is computed."""
        depth = len(self._keys) - 1
        while self._memos[depth] is not memo or self._keys[depth] != key:
            depth -= 1
        if depth < self._low:
            self._low = depth
        return self.so_far.get(key, UNKNOWN) if type(key) is tuple and len(key) == 2 else UNKNOWN
