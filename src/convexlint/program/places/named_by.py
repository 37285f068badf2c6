"""Who around the backend names a public function, in words: what a person asks who hears that it is open."""

from __future__ import annotations

from os.path import commonpath

from convexlint.program.model import RegisteredFunction
from convexlint.program.places.unreferenced import is_of_application, unreferenced
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
    files = [path for path in program.naming(function.path) if is_of_application(path)]
    if not files:
        return "nothing in this repository calls it" if id(function) in _unreferenced(program) else ""
    rest = len(files) - 1
    others = f" and {rest} other file{'' if rest == 1 else 's'}" if rest else ""
    return f"called from {below(files[0], program.project.root)}{others}"


def below(path: str, root: str) -> str:
    """A file as a person of the project names it: from the project's root, or from the folder that holds both."""
    return path[len(commonpath((path, root))) :].lstrip("/")
