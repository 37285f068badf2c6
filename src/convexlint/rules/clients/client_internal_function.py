"""A client that calls an internal function: only the backend itself may."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.places.clients.calls import NamedCall, at_name, client_calls, is_in_test
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.CLIENTS, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for named in client_calls(program):
        function = named.function
        if (
            function is None
            or function.visibility != "internal"
            or named.admin
            or named.again
            or not _is_called(named)
        ):
            continue
        yield at_name(
            named,
            f"`{named.path}` is internal: no client may call it, and this call fails",
            help=f"call a public function that does what clients may ask for, or give the client admin rights "
            f"({_admin(named)}) where this program is part of the backend; `{function.builder}` makes it internal",
        )


def _is_called(named: NamedCall) -> bool:
    """Tests may call internal functions (convex-test), and a name alone is not a call."""
    return named.use is None or (named.kind != "" and not is_in_test(named))


def _admin(named: NamedCall) -> str:
    return "`set_admin_auth`" if named.use is None else "`setAdminAuth`"
