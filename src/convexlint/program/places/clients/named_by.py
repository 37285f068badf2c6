"""Who around the backend names a public function, in words: what a person asks who hears that it is open."""

from __future__ import annotations

from convexlint.discovery.around import is_application
from convexlint.program.model import RegisteredFunction
from convexlint.program.places.clients.calls import below_root
from convexlint.program.places.unreferenced import unreferenced
from convexlint.program.program import Program
from convexlint.program.queries import query


@query
def _unreferenced(program: Program) -> frozenset[int]:
    return frozenset(id(function) for function in unreferenced(program))


def callers_in_words(program: Program, function: RegisteredFunction) -> str:
    """ "called from src/App.tsx and 2 other files", "nothing in this repository calls it", or "" where neither was
    seen. Tests do not count; whatever the focus is."""
    if function.path is None or program.project.component:
        return ""
    files = [path for path in program.naming(function.path) if is_application(path)]
    if not files:
        return "nothing in this repository calls it" if id(function) in _unreferenced(program) else ""
    rest = len(files) - 1
    others = f" and {rest} other file{'' if rest == 1 else 's'}" if rest else ""
    return f"called from {below_root(program, files[0])}{others}"
