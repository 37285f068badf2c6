"""Queries: questions about a program that are answered once.

    @query
    def routes(program: Program) -> tuple[Route, ...]: ...

The program remembers the answer by the query and its further arguments (`Memo`), so that everybody may ask: rules,
reports, other queries. An argument counts by what it equals: modules, tables and functions by themselves. No list
names the queries; `python -m tools.queries` (or `make queries`) finds and prints them all.

A query that comes to ask itself has no answer: that is a mistake in our code, and raises `QueryCycleError`.
Recursion that is honest (functions that call each other) belongs inside of one query.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

Key = tuple[Hashable, ...]


class QueryCycleError(Exception):
    """A query asks for its own answer. `chain`: the queries that wait for each other, as text."""


class HasMemo(Protocol):
    @property
    def memo(self) -> Memo: ...


A = TypeVar("A", bound=HasMemo)


class Memo:
    """The answers to the queries about one program.

    With `record`, it also knows which modules (paths) each answer was made from: whatever reads a module calls
    `note_read`, and an answer that is used again hands its reads on to the question that asked. Evaluation, indices
    of modules and summaries of functions tell it; what rules read of `module.source` does not. A run takes an eighth
    more time with it, and a quarter more memory.
    """

    def __init__(self, record: bool = False) -> None:
        self._answers: dict[Key, Any] = {}
        self._asked: dict[Key, None] = {}  # what is being answered, the innermost last
        self._record = record
        self._reading: list[set[str]] = [
            set()
        ]  # what each of these has read so far; first: outside of any query
        self._read: dict[Key, frozenset[str]] = {}

    @property
    def records(self) -> bool:
        return self._record

    def answer(self, key: Key, compute: Callable[[], R]) -> R:
        """The remembered answer, or that of `compute`, from now on.

        Raises QueryCycleError where `compute` asks for the same. When `compute` raises, nothing is remembered."""
        answers = self._answers
        if key in answers:
            if self._record:
                self.hand_on(self._read[key])
            return cast(R, answers[key])
        if key in self._asked:
            raise QueryCycleError(" -> ".join(_named(k) for k in (*self._asked, key)))
        self._asked[key] = None
        try:
            if self._record:
                found, self._read[key] = self.recorded(compute)
            else:
                found = compute()
        finally:
            del self._asked[key]
        answers[key] = found
        return found

    def recorded(self, compute: Callable[[], R]) -> tuple[R, frozenset[str]]:
        """What `compute` gives, and the modules that it read, which the question that asks for it has read as well."""
        self._reading.append(set())
        try:
            found = compute()
        finally:
            read = self._reading.pop()
            self._reading[-1] |= read
        return found, frozenset(read)

    def hand_on(self, paths: frozenset[str]) -> None:
        """What is used now was made from these modules."""
        self._reading[-1] |= paths

    def note_read(self, path: str) -> None:
        """The module at `path` is read for the query that is being answered."""
        self._reading[-1].add(path)

    def modules_read(self, ask: Callable[..., object], *args: Hashable) -> frozenset[str]:
        """The paths of the modules that the answer to a query was made from.

        Raises KeyError where it was not asked yet, or nothing is recorded."""
        key: Key = (_behind(ask), *args)
        return self._read[key]


def _named(key: Key) -> str:
    asked = key[0]
    return getattr(asked, "__name__", str(asked))


def _behind(ask: Callable[..., object]) -> Callable[..., object]:
    return cast("Callable[..., object]", ask.__wrapped__)  # type: ignore[attr-defined]


def query(function: Callable[Concatenate[A, P], R]) -> Callable[Concatenate[A, P], R]:
    """Makes a function of the program a query. Its further arguments are positional and can be hashed."""

    @functools.wraps(function)
    def ask(program: A, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return program.memo.answer((function, *args), lambda: function(program, *args, **kwargs))

    return _marked(ask)


def listed(function: Callable[Concatenate[A, P], Iterable[T]]) -> Callable[Concatenate[A, P], tuple[T, ...]]:
    """A query that is written as a generator: its answer is the tuple of what is yielded."""

    @functools.wraps(function)
    def ask(program: A, /, *args: P.args, **kwargs: P.kwargs) -> tuple[T, ...]:
        return program.memo.answer((function, *args), lambda: tuple(function(program, *args, **kwargs)))

    return _marked(ask)


def is_query(thing: object) -> bool:
    return getattr(thing, "is_query", False) is True


def _marked(ask: T) -> T:
    ask.is_query = True  # type: ignore[attr-defined]
    return ask
