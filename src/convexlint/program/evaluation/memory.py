"""What the evaluator remembers, and how it goes round in circles without end.

Every question has a key. Its answer is kept for good, but where it leans on a question that is still open (a circle):
then it is held as long as the outermost of these is open, so that each question of a circle is worked on once for
each way into it, not once for each way through it. A circle that is too large to be gone into from every side is
unknown as a whole, whichever of its questions comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convexlint.program.evaluation.values import UNKNOWN, ListOf, Value
from convexlint.program.evaluation.weight import COMPOSED, MAX_WEIGHT, Weights

MAX_DEPTH = 300
"""Nested questions (each takes a few Python frames). What is deeper is asked first, by itself."""

MAX_CIRCLE = 100
"""Questions of one circle. (In real projects: up to 26.)"""

MAX_TURNS = 300
"""Answers that may be thrown away below one question, because more became known of a variable that is assigned from
itself."""

LARGE_CIRCLE = "circle of values that define each other"
LONG_CIRCLE = "long circle of values that define each other"
LARGE_VALUE = "very large value"

_NO_CYCLE = MAX_DEPTH + 1


class Held(Value, frozen=True, eq=False):
    """Stands in a memo for an answer that is being worked on (`value` None), or that leans on an open question.

    `number`: its place among all that are held."""

    value: Value | None
    number: int


OPEN = Held(None, 0)
"""A question that is being worked on."""


class _DeepError(Exception):
    """A question of the program is nested too deeply to be answered on the way."""

    def __init__(self, key: Any, compute: Callable[[], Value]) -> None:
        super().__init__()
        self.key = key
        self.compute = compute


class Memory:
    """Answers by key, in memos that whoever asks brings along (`memo` for the program, one for each frame).

    `unplaced`: what was not followed since somebody asked, in words; who knows where that was takes it from here."""

    def __init__(self) -> None:
        self.memo: dict[Any, Value] = {}
        self.unplaced: list[str] = []
        # What is known so far of variables that are assigned from themselves.
        self.so_far: dict[Any, Value] = {}
        # What is being computed, the innermost last: the memo that it is for, its key there, how to compute it, and how
        # much was held when it was begun.
        self._memos: list[dict[Any, Value]] = []
        self._keys: list[Any] = []
        self._computes: list[Callable[[], Value]] = []
        self._marks: list[int] = []
        self._low = _NO_CYCLE  # the outermost of these that was asked for again
        # What is held, and for each the outermost open question that it leans on.
        self._held: list[tuple[dict[Any, Value], Any]] = []
        self._lows: list[int] = []
        self._turns = 0  # answers that were thrown away since the outermost question was begun
        self._given_up: set[Any] = set()  # what leads back to itself over more than MAX_DEPTH others
        self._weights = Weights()

    def guarded(self, key: Any, memo: dict[Any, Value], compute: Callable[[], Value]) -> Value:
        """`compute()` once per key; a question that is asked while it is open is unknown."""
        found = memo.get(key)
        if found is not None:
            return self._again(key, memo, found) if type(found) is Held else found
        here = len(self._keys)
        if here == 0:
            return self._outermost(key, memo, compute)
        if here >= MAX_DEPTH:
            self._interrupt(key, memo, compute)
            self._low = 0
            return UNKNOWN
        return self._work(key, memo, compute, here)

    def next_turn(self) -> bool:
        """Forget what leans on the innermost question: it is worked on again, and more is known of it (`so_far`). False
        when there were too many turns."""
        mark = self._marks[-1]
        self._turns += len(self._held) - mark
        self._drop(mark)
        return self._turns <= MAX_TURNS

    def _interrupt(self, key: Any, memo: dict[Any, Value], compute: Callable[[], Value]) -> None:
        """See to it that this question, or the nearest around it that is one of the program, is asked first: the memo
        of a frame does not outlive an interruption. Returns where that was tried in vain."""
        depth = len(self._keys)
        while memo is not self.memo and depth > 1:
            depth -= 1
            key, memo, compute = self._keys[depth], self._memos[depth], self._computes[depth]
        if memo is self.memo and key not in self._given_up:
            raise _DeepError(key, compute)
        self.unplaced.append(LONG_CIRCLE)

    def _outermost(self, key: Any, memo: dict[Any, Value], compute: Callable[[], Value]) -> Value:
        """Answer a question on which no other waits."""
        self._turns = 0
        try:
            return self._work(key, memo, compute, 0)
        except _DeepError as deep:
            first = deep
        waiting = [first]
        asked = {first.key}
        try:
            while True:
                self.so_far.clear()
                self._turns = 0
                try:
                    if not waiting:
                        return self._work(key, memo, compute, 0)
                    one = waiting[-1]
                    if one.key not in self.memo:
                        self._work(one.key, self.memo, one.compute, 0)
                    waiting.pop()
                except _DeepError as deep:
                    if deep.key in asked:
                        self._given_up.add(deep.key)
                    else:
                        asked.add(deep.key)
                        waiting.append(deep)
        finally:
            self._given_up.clear()
            self.so_far.clear()

    def _work(self, key: Any, memo: dict[Any, Value], compute: Callable[[], Value], here: int) -> Value:
        outer = self._low
        self._low = _NO_CYCLE
        mark = len(self._held)
        turns = self._turns
        self._keys.append(key)
        self._memos.append(memo)
        self._computes.append(compute)
        self._marks.append(mark)
        memo[key] = OPEN
        value: Value | None = None
        try:
            value = compute()
            if type(value) in COMPOSED and self._weights.of(value) > MAX_WEIGHT:
                self.unplaced.append(LARGE_VALUE)
                value = ListOf(UNKNOWN) if type(value) is ListOf else UNKNOWN
        finally:
            self._keys.pop()
            self._memos.pop()
            self._computes.pop()
            self._marks.pop()
            low = self._low
            self._low = outer if low >= here else min(outer, low)
            if value is None:
                self._drop(mark)
                memo.pop(key, None)
            elif low >= here:
                circle = len(self._held) - mark
                if circle > MAX_CIRCLE or (self._turns - turns > MAX_TURNS):
                    value = self._give_up(mark)
                else:
                    self._drop(mark)
                memo[key] = value
            else:
                self._hold(key, memo, value, low, mark, here)
        return value

    def _hold(self, key: Any, memo: dict[Any, Value], value: Value, low: int, mark: int, here: int) -> None:
        """Hold an answer. What leans on it leans on what it leans on itself."""
        for number in range(mark, len(self._lows)):
            if self._lows[number] == here:
                self._lows[number] = low
        memo[key] = Held(value, len(self._held))
        self._held.append((memo, key))
        self._lows.append(low)

    def _drop(self, mark: int) -> None:
        while len(self._held) > mark:
            memo, key = self._held.pop()
            memo.pop(key, None)
        del self._lows[mark:]

    def _give_up(self, mark: int) -> Value:
        """All questions of a circle are unknown."""
        self.unplaced.append(LARGE_CIRCLE)
        for memo, key in self._held[mark:]:
            memo[key] = UNKNOWN
        del self._held[mark:]
        del self._lows[mark:]
        return UNKNOWN

    def _again(self, key: Any, memo: dict[Any, Value], found: Value) -> Value:
        """What is known of a question that is open, or leans on an open one."""
        assert isinstance(found, Held)
        if found.value is not None:
            self._low = min(self._low, self._lows[found.number])
            return found.value
        depth = len(self._keys) - 1
        while self._memos[depth] is not memo or self._keys[depth] != key:
            depth -= 1
        if depth < self._low:
            self._low = depth
        return self.so_far.get(key, UNKNOWN) if type(key) is tuple and len(key) == 2 else UNKNOWN
