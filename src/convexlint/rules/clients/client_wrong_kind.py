"""A client that calls a function as another kind than it is: the call fails at run time."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.places.client_calls import at_name, client_calls
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_KINDS = {"query": "query", "subscribe": "query", "mutation": "mutation", "action": "action"}


@rule(category=Category.CLIENTS, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for named in client_calls(program):
        function, call = named.function, named.call
        if function is None or function.kind == _KINDS[call.method]:
            continue
        if function.kind == "httpAction":
            said, advice = "an HTTP action", "call its route by HTTP"
        else:
            article = "an" if function.kind == "action" else "a"
            said, advice = f"{article} {function.kind}", f"call it with `.{function.kind}(...)`"
        yield at_name(
            named,
            f"`{named.path}` is {said}, so `.{call.method}(...)` fails",
            span=call.method_span,
            help=advice,
        )
