"""Parts of the program that nobody asks for cost nothing."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.program.lazy import LazySequence


def test_a_lazy_sequence_is_computed_at_its_first_use_and_once() -> None:
    runs: list[str] = []

    def compute() -> Iterator[int]:
        runs.append("run")
        yield from (1, 2, 3)

    lazy = LazySequence(compute)
    assert runs == []
    assert list(lazy) == [1, 2, 3]
    assert (len(lazy), lazy[1], lazy[1:]) == (3, 2, (2, 3))
    assert runs == ["run"]
