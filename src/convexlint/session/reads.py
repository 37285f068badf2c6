"""What a lint was made from, as far as a later edit can matter to it.

A lint of some files of a project reads few of its modules. Of the others it knows the head, and answers about their
text: whether a word stands there. As long as an edit leaves alone what was read, and these answers, the lint would say
the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from convexlint.facts.ir import Head
from convexlint.facts.lowered import Lowered, TextQuestion
from convexlint.program.program import Program


class Reads(Struct, frozen=True):
    """`modules`: paths of what was read. `heads`, `answers`: of each other module, by path."""

    modules: frozenset[str]
    heads: Mapping[str, tuple[object, ...]]
    answers: Mapping[str, Mapping[TextQuestion, bool]]

    def outlive(self, path: str, content: bytes | str, lower: Callable[[str, bytes], Lowered | None]) -> bool:
        """Whether what was made from them still holds when this is the content of a file that had another one.
        `lower`: the module with that content, None where it cannot be read as one."""
        if path in self.modules or path not in self.heads or isinstance(content, str):
            return False
        lowered = lower(path, content)
        if lowered is None or _known(lowered.head) != self.heads[path]:
            return False
        return all(
            lowered.holds(question, content) == answer for question, answer in self.answers[path].items()
        )


def reads_of(program: Program) -> Reads:
    """What was read of the modules of a program since it was built: see `Lowered.watch`."""
    read = {module.path for module in program.modules if module.lowered.is_read}
    others = [module for module in program.modules if module.path not in read]
    return Reads(
        frozenset(read),
        {module.path: _known(module.head) for module in others},
        {module.path: dict(module.lowered.answers or {}) for module in others},
    )


def _known(head: Head) -> tuple[object, ...]:
    """What others may know of a module by its head: not where something stands in it."""
    return (
        head.directives,
        tuple((one.text, one.kind, one.type_only) for one in head.specifiers),
        head.problem is None,
        head.truncated,
    )
