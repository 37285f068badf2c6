"""A lowered module: its head is there at once, its facts when somebody asks for them.

A run over a few files reads the heads of all modules, and the facts of one in ten.
"""

from __future__ import annotations

from collections.abc import Callable

from convexlint.facts.ir import Head, ModuleFacts


class Lowered:
    """A module of which the facts are made at most once."""

    def __init__(self, head: Head, make: Callable[[], ModuleFacts]) -> None:
        self.head = head
        self._make: Callable[[], ModuleFacts] | None = make
        self._facts: ModuleFacts | None = None

    @property
    def is_made(self) -> bool:
        """Whether the facts are there already."""
        return self._facts is not None

    def facts(self) -> ModuleFacts:
        """All facts of the module."""
        facts = self._facts
        if facts is None:
            assert self._make is not None
            facts = self._facts = self._make()
            self._make = None  # what it holds is not needed any more
        return facts


def lowered(facts: ModuleFacts) -> Lowered:
    """A module whose facts are there."""
    made = Lowered(facts.head, lambda: facts)
    made.facts()
    return made
