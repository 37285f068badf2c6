"""A client that calls an internal function: only the backend itself may."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.places.client_calls import at_name, client_calls
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.CLIENTS, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for named in client_calls(program):
        function = named.function
        if function is not None and function.visibility == "internal" and not named.call.admin:
            yield at_name(
                named,
                f"`{named.path}` is internal: no client may call it, and this call fails",
                help=f"call a public function that does what clients may ask for, or give the client admin rights "
                f"(`set_admin_auth`) where this program is part of the backend; `{function.builder}` makes it internal",
            )
