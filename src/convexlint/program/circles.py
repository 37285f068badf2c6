"""Questions that lead to other questions, in circles and to any depth, answered in time that grows with their number.

Every question has a key. Its answer is kept for good, but where it depends on a question that is still open (a circle):
then it is held as long as the outermost of these is open, so that each question of a circle is worked on once for
each way into it, not once for each way through it. A circle that is too large to be gone into from every side is
unknown as a whole, whichever of its questions comes first. What is nested too deeply is asked by itself first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MAX_CIRCLE = 100
"""Questions of one circle. (In real projects: up to 26.)"""

MAX_TURNS = 300
"""Answers that may be thrown away below one question, because more became known of what it depends on."""

LARGE_CIRCLE = "circle of values or functions that lead to each other"
LONG_CIRCLE = "long circle of values or functions that lead to each other"


class Held:
    """Stands in a memo for an answer that is being worked on (`number` -1), or that depends on an open question.

    `number`: its place among all that are held."""

    def __init__(self, answer: Any, number: int) -> None:
        self.answer = answer
        self.number = number


OPEN = Held(None, -1)
"""A question that is being worked on."""


class _DeepError(Exception):
    """A question is nested too deeply to be answered on the way."""

    def __init__(self, key: Any, compute: Callable[[], Any]) -> None:
        super().__init__()
        self.key = key
        self.compute = compute


class Circles:
    """Answers by key, in `memo`, or in a memo that the caller brings along. No answer is None.

    `unplaced`: what was not followed since somebody asked, in words; who knows where that was takes it from here."""

    def __init__(self, unknown: Any, max_depth: int) -> None:
        """`max_depth`: nested questions; each takes some Python frames."""
        self.memo: dict[Any, Any] = {}
        self.unplaced: list[str] = []
        self._unknown = unknown
        self._max_depth = max_depth
        self._no_circle = max_depth + 1
        self.hopeless: set[Any] = set()  # keys of large circles
        # What is being worked on, the innermost last: its key, the memo that it is for, how to work on it, and how much
        # was held when it was begun.
        self._open: list[tuple[Any, dict[Any, Any], Callable[[], Any], int]] = []
        self._low = self._no_circle  # the outermost of these that was asked for again
        # What is held, and for each the outermost open question that it depends on.
        self._held: list[tuple[dict[Any, Any], Any]] = []
        self._lows: list[int] = []
        self._turns = 0  # answers that were thrown away since the outermost question was begun
        self._waiting: set[Any] = set()  # what waits for a question too deep below it
        self._is_long = False  # whether one of these was asked for: a circle of more than max_depth questions

    def guarded(self, key: Any, memo: dict[Any, Any], compute: Callable[[], Any]) -> Any:
        """`compute()` once per key; a question that is asked while it is open is unknown."""
        found = memo.get(key)
        if found is not None:
            return self._again(key, memo, found) if type(found) is Held else found
        here = len(self._open)
        if here == 0:
            return self._outermost(key, memo, compute)
        if self._waiting and memo is self.memo and key in self._waiting:
            self._is_long = True
            self._low = 0
            return self._unknown
        if here >= self._max_depth:
            self._interrupt(key, memo, compute)
            self._low = 0
            return self._unknown
        return self._work(key, memo, compute, here)

    def is_hopeless(self, key: Any) -> bool:
        """Whether a question belongs to a circle that is unknown as a whole, or depends on an open one amid so many
        others that it will be."""
        return key in self.hopeless or (
            len(self._held) > MAX_CIRCLE // 2 and type(self.memo.get(key)) is Held
        )

    def next_turn(self) -> bool:
        """Forget what depends on the innermost question, to work on it again. False when there were too many turns."""
        mark = self._open[-1][3]
        self._turns += len(self._held) - mark
        self._drop(mark)
        return self._turns <= MAX_TURNS

    def known_so_far(self, key: Any) -> Any:
        """What is known of a question that is asked while it is open."""
        return self._unknown

    def interrupted(self) -> None:
        """All open questions were left; they will be asked again."""

    def finished(self, answer: Any) -> Any:
        """The answer as it is kept."""
        return answer

    def _interrupt(self, key: Any, memo: dict[Any, Any], compute: Callable[[], Any]) -> None:
        """See to it that this question, or the nearest around it that is in `self.memo`, is asked first: other memos do
        not outlive an interruption. Returns where that was tried in vain."""
        depth = len(self._open)
        while memo is not self.memo and depth > 1:
            depth -= 1
            key, memo, compute, _ = self._open[depth]
        if memo is self.memo and key not in self._waiting:
            raise _DeepError(key, compute)
        self.unplaced.append(LONG_CIRCLE)

    def _outermost(self, key: Any, memo: dict[Any, Any], compute: Callable[[], Any]) -> Any:
        """Answer a question on which no other waits."""
        self._turns = 0
        self._is_long = False
        try:
            return self._work(key, memo, compute, 0)
        except _DeepError as deep:
            first = deep
        waiting = [first]
        self._waiting = {key} if memo is self.memo else set()
        try:
            while True:
                self.interrupted()
                self._turns = 0
                self._is_long = False
                try:
                    if not waiting:
                        return self._work(key, memo, compute, 0)
                    one = waiting[-1]
                    if one.key not in self.memo:
                        self._work(one.key, self.memo, one.compute, 0)
                    waiting.pop()
                    self._waiting.discard(waiting[-1].key if waiting else key)
                except _DeepError as deep:
                    self._waiting.add(waiting[-1].key if waiting else key)
                    waiting.append(deep)
        finally:
            self._waiting = set()
            self.interrupted()

    def _work(self, key: Any, memo: dict[Any, Any], compute: Callable[[], Any], here: int) -> Any:
        outer = self._low
        self._low = self._no_circle
        mark = len(self._held)
        turns = self._turns
        self._open.append((key, memo, compute, mark))
        memo[key] = OPEN
        answer: Any = None
        try:
            answer = self.finished(compute())
        finally:
            self._open.pop()
            low = self._low
            self._low = outer if low >= here else min(outer, low)
            if answer is None:
                self._drop(mark)
                memo.pop(key, None)
            elif low >= here:
                circle = len(self._held) - mark
                long = here == 0 and self._is_long
                if circle > MAX_CIRCLE or self._turns - turns > MAX_TURNS or long:
                    self.hopeless.add(key)
                    answer = self._give_up(mark)
                elif circle:
                    self._drop(mark)
                memo[key] = answer
            else:
                self._hold(key, memo, answer, low, mark, here)
        return answer

    def _hold(self, key: Any, memo: dict[Any, Any], answer: Any, low: int, mark: int, here: int) -> None:
        """Hold an answer. What depends on it depends on what it depends on itself."""
        for number in range(mark, len(self._lows)):
            if self._lows[number] == here:
                self._lows[number] = low
        memo[key] = Held(answer, len(self._held))
        self._held.append((memo, key))
        self._lows.append(low)

    def _drop(self, mark: int) -> None:
        while len(self._held) > mark:
            memo, key = self._held.pop()
            memo.pop(key, None)
        del self._lows[mark:]

    def _give_up(self, mark: int) -> Any:
        """All questions of a circle are unknown."""
        self.unplaced.append(LARGE_CIRCLE)
        for memo, key in self._held[mark:]:
            memo[key] = self._unknown
            self.hopeless.add(key)
        del self._held[mark:]
        del self._lows[mark:]
        return self._unknown

    def _again(self, key: Any, memo: dict[Any, Any], found: Held) -> Any:
        """What is known of a question that is open, or depends on an open one."""
        if found.number >= 0:
            self._low = min(self._low, self._lows[found.number])
            return found.answer
        depth = len(self._open) - 1
        while self._open[depth][1] is not memo or self._open[depth][0] != key:
            depth -= 1
        if depth < self._low:
            self._low = depth
        return self.known_so_far(key)
