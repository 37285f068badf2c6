"""Parts of the program that only some rules read: made when the first of them asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar, overload

T = TypeVar("T")


class Once(Generic[T]):
    """What is computed once, when it is first called."""

    def __init__(self, compute: Callable[[], T]) -> None:
        self._compute = compute
        self._made: tuple[T] | None = None

    def __call__(self) -> T:
        if self._made is None:
            self._made = (self._compute(),)
        return self._made[0]


class LazySequence(Sequence[T]):
    """A sequence that is computed once, at its first use."""

    def __init__(self, compute: Callable[[], Iterable[T]]) -> None:
        self._compute = compute
        self._items: tuple[T, ...] | None = None

    def _made(self) -> tuple[T, ...]:
        if self._items is None:
            self._items = tuple(self._compute())
        return self._items

    def __bool__(self) -> bool:
        """Whether there is an item: to know that, not all have to be made."""
        if self._items is None:
            return next(iter(self._compute()), None) is not None
        return bool(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._made())

    @overload
    def __getitem__(self, position: int) -> T: ...

    @overload
    def __getitem__(self, position: slice) -> tuple[T, ...]: ...

    def __getitem__(self, position: int | slice) -> T | tuple[T, ...]:
        return self._made()[position]

    def __len__(self) -> int:
        return len(self._made())
