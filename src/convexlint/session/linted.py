"""What a lint of one whole project says, as plain data that can be kept on disk."""

from __future__ import annotations

from msgspec import Struct

from convexlint.defects import Defect
from convexlint.findings import Diagnostic


class Judgement(Struct, frozen=True):
    """Sorted by path, start, rule. `suppressed`: those that a comment silences; not among `diagnostics`. `defects`:
    rules that failed, each once a place. `waiting`: what asks for more than the project's convex can do."""

    diagnostics: tuple[Diagnostic, ...]
    suppressed: tuple[Diagnostic, ...]
    defects: tuple[Defect, ...] = ()
    waiting: tuple[Diagnostic, ...] = ()


class Linted(Struct, frozen=True, eq=False):
    """A lint of the whole project, whatever of it was asked for; or, with a `focus`, of these files of it.

    `broken`: files with a syntax error. `functions`: for every registered function in which findings may stand,
    its module's path. `unreadable`: files that could not be read. `notes`: (kind, path, start) of what was not
    followed. `modules`: all modules of the program. `outside`: those of them that lie outside of the functions
    folder. `clients`: the files around the program that may call it, `calling`: those that do. `defects`: what
    convexlint could not do; then it is not the whole lint.
    """

    judgement: Judgement
    broken: frozenset[str]
    functions: tuple[str, ...]
    unreadable: frozenset[str]
    notes: tuple[tuple[str, str, int], ...]
    modules: tuple[str, ...]
    outside: tuple[str, ...]
    focus: frozenset[str] | None = None
    defects: tuple[Defect, ...] = ()
    clients: tuple[str, ...] = ()
    calling: tuple[str, ...] = ()


def order(diagnostic: Diagnostic) -> tuple[str, int, str, int, str]:
    """How diagnostics are sorted: path, start, rule, then what makes the order total."""
    finding = diagnostic.finding
    return (finding.path, finding.span.start, diagnostic.rule, finding.span.end, finding.message)
