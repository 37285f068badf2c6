"""Clients that page through a query: React's hooks send an `id` beside the size of a page and its cursor."""

from __future__ import annotations

from convexlint.discovery.roles import is_test
from convexlint.program.model import RegisteredFunction
from convexlint.program.places.clients.calls import function_path
from convexlint.program.places.clients.scripts import ScriptUse, script_uses
from convexlint.program.program import Program
from convexlint.program.queries import query


@query
def _paging(program: Program) -> dict[str, ScriptUse]:
    """The first use of each function that is paged through, by the function's path."""
    found: dict[str, ScriptUse] = {}
    for use in script_uses(program):
        if use.taker is not None and use.taker.sends_id and not is_test(use.module.name):
            found.setdefault(function_path(use.path), use)
    return found


def paging_client(program: Program, function: RegisteredFunction) -> ScriptUse | None:
    """Where a client pages through a function with a hook of React. Asks for the clients, with a focus too."""
    if function.path is None or function.visibility != "public" or program.project.component:
        return None
    return _paging(program).get(function.path)
